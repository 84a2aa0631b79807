public import CapnProto

/// A value whose type is known at run time only.
public enum DynamicValue {
    /// A value in place.
    public enum Reader: ~Escapable {
        case void
        case bool(Bool)
        case signed(Int64)
        case unsigned(UInt64)
        case float32(Float)
        case float64(Double)
        case enumerant(DynamicEnum)
        case text(Text.Reader)
        case data(Bytes.Reader)
        case list(DynamicList.Reader)
        case structure(DynamicStruct.Reader)
        /// The index of a reference in the message's table of capabilities; nil for a null pointer.
        case capability(UInt32?)
        case anyPointer(AnyPointerReader)
    }

    /// A value to be written into a field or element that isn't a list or struct; those are initialised and filled.
    /// Numbers fit any field that has room for them; integers fit fields of floating point.
    public enum Plain: Sendable, Hashable {
        case void
        case bool(Bool)
        case signed(Int64)
        case unsigned(UInt64)
        case float(Double)
        case text(String)
        case data([UInt8])
        case enumerant(String)
    }
}

extension DynamicValue.Plain: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation
{
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .signed(value) }
    public init(floatLiteral value: Double) { self = .float(value) }
    public init(stringLiteral value: String) { self = .text(value) }
}

/// The number of an enum, and the enum.
public struct DynamicEnum: Sendable {
    public let definition: EnumDefinition
    public let number: UInt16

    public init(_ definition: EnumDefinition, number: UInt16) {
        self.definition = definition
        self.number = number
    }

    /// Nil when the schema doesn't know the number.
    public var name: String? { definition.name(of: number) }
}

extension DynamicValue.Reader {
    /// What a pointer leads to, read as `type`, which has no parameters; null reads as empty.
    @_lifetime(copy pointer)
    init(_ pointer: AnyPointerReader, as type: SchemaType, in schemas: Schemas) throws(CapnProtoError) {
        switch type {
        case .text: self = .text(try pointer.text())
        case .data: self = .data(try pointer.bytes())
        case .list(let element):
            let list = try pointer.list(expecting: element.elementSize)
            self = .list(DynamicList.Reader(list, of: element, in: schemas))
        case .structure(let id, let brand):
            let structure = try pointer.structure()
            self = .structure(DynamicStruct.Reader(structure, schemas, schemas.definition(id), brand))
        case .interface: self = .capability(try pointer.capability())
        default: self = .anyPointer(pointer)
        }
    }
}
