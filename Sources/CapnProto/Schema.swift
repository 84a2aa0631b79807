// What generated code conforms to. The types that conform are namespaces without values: `Foo`, with `Foo.Reader`,
// `Foo.Builder` and `Foo.Value` inside.

/// What a list may have as elements.
public protocol ListElement {
    /// An element read in place.
    associatedtype Reader: ~Escapable
    /// The encoding that a list of these has when it is new.
    static var elementSize: ElementSize { get }
    /// The sections of an element of a list of structs; empty for other elements.
    static var structSize: StructSize { get }
    @_lifetime(copy list)
    static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Reader
}

extension ListElement {
    @inlinable public static var structSize: StructSize { StructSize(dataWords: 0, pointerCount: 0) }
}

/// An element that can be copied out into a plain Swift value, and written from one.
public protocol ListValueElement: ListElement {
    associatedtype Value: Sendable & Hashable & Codable
    static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Value
    static func write(_ value: Value, to list: ListBuilder, at index: Int)
}

/// A typed reader of a struct: generated, and nothing but a wrapper of the untyped one.
public protocol SchemaReader: ~Escapable {
    @_lifetime(copy raw)
    init(_ raw: StructReader)
    var raw: StructReader { @_lifetime(copy self) get }
}

/// A typed builder of a struct: generated, and nothing but a wrapper of the untyped one.
public protocol SchemaBuilder: ~Escapable {
    @_lifetime(copy raw)
    init(_ raw: StructBuilder)
    var raw: StructBuilder { @_lifetime(copy self) get }
}

/// A struct of a schema.
public protocol StructSchema: PointerSchema
where Reader: SchemaReader, Builder: SchemaBuilder, Value: StructValue, Value.Schema == Self {}

extension StructSchema {
    @inlinable public static var elementSize: ElementSize { .composite }
    @inlinable @_lifetime(copy list)
    public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Reader {
        Reader(list.structure(at: index))
    }
    @inlinable public static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Value {
        try Value(Reader(list.structure(at: index)))
    }
    @inlinable public static func write(_ value: Value, to list: ListBuilder, at index: Int) {
        var builder = Builder(list.structure(at: index))
        value.write(to: &builder)
    }
}

/// The plain form of a struct: what stores, logs and tests keep.
public protocol StructValue: Sendable, Hashable, Codable {
    associatedtype Schema: StructSchema where Schema.Value == Self
    /// Copies the struct out of its message.
    init(_ reader: Schema.Reader) throws(CapnProtoError)
    /// Fills in a new struct; fields that equal their default need not be written.
    func write(to builder: inout Schema.Builder)
}

extension StructValue {
    /// Reads a message that is framed for a stream and has this struct as its root.
    /// - Throws: also `trailingBytes` when more follows the frame.
    public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) {
        let limits = limits.proportionate(toWords: bytes.count / 8)
        try self.init(root: Message(framed: bytes, limits: limits))
    }

    /// Copies the root out of a message.
    public init(root message: Message) throws(CapnProtoError) {
        try self.init(message.root(Schema.self))
    }

    /// A message that is framed for a stream and has this struct as its root.
    public func framed() -> [UInt8] {
        var message = MessageBuilder()
        message.setRoot(self)
        return message.framed()
    }
}

/// An enum of a schema. Numbers that the schema doesn't know must survive: `unknown(UInt16)`.
public protocol EnumSchema: ListValueElement, Sendable, Hashable, Codable where Reader == Self, Value == Self {
    init(rawValue: UInt16)
    var rawValue: UInt16 { get }
}

extension EnumSchema {
    @inlinable public static var elementSize: ElementSize { .twoBytes }
    @inlinable public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Self {
        Self(rawValue: list.integer(at: index))
    }
    @inlinable public static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Self {
        Self(rawValue: list.integer(at: index))
    }
    @inlinable public static func write(_ value: Self, to list: ListBuilder, at index: Int) {
        list.setInteger(value.rawValue, at: index)
    }
}
