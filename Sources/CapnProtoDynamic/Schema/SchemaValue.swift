public import CapnProto
import CapnProtoSchema

/// The value of a constant, an annotation, or a field's default.
public enum SchemaValue: Sendable {
    case void
    case bool(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    case float32(Float)
    case float64(Double)
    case enumerant(UInt16)
    /// Text, Data, a list, a struct or an AnyPointer, as the root of a message; nil for null.
    case pointer(Message?)
    case capability

    init(_ value: CapnProtoSchema.ConstantValue.Reader) throws(CapnProtoError) {
        let which = try value.which
        switch which {
        case .void: self = .void
        case .bool(let value): self = .bool(value)
        case .int8(let value): self = .signed(Int64(value))
        case .int16(let value): self = .signed(Int64(value))
        case .int32(let value): self = .signed(Int64(value))
        case .int64(let value): self = .signed(value)
        case .uint8(let value): self = .unsigned(UInt64(value))
        case .uint16(let value): self = .unsigned(UInt64(value))
        case .uint32(let value): self = .unsigned(UInt64(value))
        case .uint64(let value): self = .unsigned(value)
        case .float32(let value): self = .float32(value)
        case .float64(let value): self = .float64(value)
        case .enum(let number): self = .enumerant(number)
        case .text, .data: self = .pointer(try Self.copy(value.raw.anyPointer(0)))
        case .list(let pointer), .struct(let pointer), .anyPointer(let pointer):
            self = .pointer(try Self.copy(pointer))
        case .interface: self = .capability
        case .unknown: self = .void
        }
    }

    /// At the expense of the source's traversal allowance. A copy in canonical form has no object twice, so it can be
    /// read as often as one likes.
    private static func copy(_ source: AnyPointerReader) throws(CapnProtoError) -> Message? {
        if source.isNull { return nil }
        return try Message(segments: [source.canonical()])
    }

    /// Whether `tag`, a union member of schema.capnp's Value, is what constants of `type` have.
    static func matches(_ tag: UInt16, _ type: SchemaType) -> Bool {
        switch type {
        case .void: tag == 0
        case .bool: tag == 1
        case .int8: tag == 2
        case .int16: tag == 3
        case .int32: tag == 4
        case .int64: tag == 5
        case .uint8: tag == 6
        case .uint16: tag == 7
        case .uint32: tag == 8
        case .uint64: tag == 9
        case .float32: tag == 10
        case .float64: tag == 11
        case .text: tag == 12
        case .data: tag == 13
        case .list: tag == 14
        case .enumeration: tag == 15
        case .structure: tag == 16
        case .interface: tag == 17
        case .anyPointer, .parameter, .methodParameter: tag == 18
        }
    }

    /// What the wire's number is XORed with when this is a field's default.
    var mask: UInt64 {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .signed(let value): UInt64(bitPattern: value)
        case .unsigned(let value): value
        case .float32(let value): UInt64(value.bitPattern)
        case .float64(let value): value.bitPattern
        case .enumerant(let value): UInt64(value)
        case .void, .pointer, .capability: 0
        }
    }

    var message: Message? {
        if case .pointer(let message) = self { return message }
        return nil
    }

    /// The text that it is; nil when it is something else, or no text.
    public var string: String? {
        guard let message else { return nil }
        do throws(CapnProtoError) {
            message.renewTraversalAllowance()
            let text = try message.rootPointer.text()
            return try text.string
        } catch {
            return nil
        }
    }
}

extension SchemaValue: Equatable {
    public static func == (left: SchemaValue, right: SchemaValue) -> Bool {
        switch (left, right) {
        case (.void, .void), (.capability, .capability): true
        case (.bool, .bool), (.signed, .signed), (.unsigned, .unsigned), (.enumerant, .enumerant),
            (.float32, .float32), (.float64, .float64):
            left.mask == right.mask
        case (.pointer(let left), .pointer(let right)): left?.framed() == right?.framed()
        default: false
        }
    }
}
