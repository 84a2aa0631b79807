import Synchronization

/// The nodes of a schema file and of what it refers to, as generated code carries them: a packed CodeGeneratorRequest.
/// Files with `$Swift.schema` have them; CapnProtoDynamic reads them.
public final class SchemaNodes: Sendable {
    private let text: StaticString
    private let cache = AtomicLazyReference<Box>()

    private final class Box: Sendable {
        let content: any Sendable
        init(_ content: any Sendable) { self.content = content }
    }

    /// - Parameter text: generated; lines and spaces in it don't count.
    public init(base64 text: StaticString) { self.text = text }

    /// The packed message.
    public var packed: [UInt8] {
        var bytes = [UInt8]()
        var group: UInt32 = 0
        var count = 0
        for index in 0..<text.utf8CodeUnitCount {
            guard let digit = Self.digit(text.utf8Start[index]) else { continue }
            group = group << 6 | digit
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(count)))
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// What is made of the nodes, made once. Callers ask for one type.
    public func cached<T: Sendable>(_ make: (SchemaNodes) -> T) -> T {
        if let content = cache.load()?.content as? T { return content }
        let made = make(self)
        return cache.storeIfNil(Box(made)).content as? T ?? made
    }
}

/// A struct whose module carries its schema.
public protocol DescribedSchema: StructSchema {
    /// The struct's id in the schema.
    static var typeID: UInt64 { get }
    static var schemaNodes: SchemaNodes { get }
}
