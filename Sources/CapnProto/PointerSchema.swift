// What a pointer of a message may lead to, as one type: the parameter of a generic struct (`Box(T)`), the content of an
// AnyPointer whose type is known from elsewhere, the type of an orphan.

/// A schema type that lies behind a pointer: a struct, Text, Data, a list, an interface, or one of the types that leave
/// it open.
///
///     let name = try pointer.as(Text.self)
///     let points = try pointer.as(List<Point>.self)
public protocol PointerSchema: ListValueElement {
    /// What edits the object in place.
    associatedtype Builder: ~Escapable
    /// What a pointer leads to; null reads as the default of the type.
    @_lifetime(copy pointer)
    static func read(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Reader
    /// The object that is there; for a null pointer a new struct, or an empty list, text or data.
    @_lifetime(copy pointer)
    static func edit(_ pointer: AnyPointerBuilder) throws(CapnProtoError) -> Builder
    /// Copies an object of this or another message to where `pointer` leads.
    static func copy(_ source: Reader, to pointer: AnyPointerBuilder) throws(CapnProtoError)
    /// A plain copy of what a pointer leads to. A caller to whom null is something else asks `isNull` first.
    static func value(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Value
    /// Writes a plain value; an empty text, data or list is written as such, not as null.
    static func write(_ value: Value, to pointer: AnyPointerBuilder)
}

/// A type whose new objects have a length: lists, Text (in bytes, without the zero at its end) and Data.
public protocol SizedPointerSchema: PointerSchema {
    /// A new object of `count` elements instead of what is there.
    @_lifetime(copy pointer)
    static func initialize(_ pointer: AnyPointerBuilder, count: Int) -> Builder
}

/// `List` of anything, for code that is generic over lists.
public protocol ListSchema: SizedPointerSchema
where Reader == List<Element>.Reader, Builder == List<Element>.Builder, Value == [Element.Value] {
    associatedtype Element: ListValueElement
}

/// An interface of a schema. This module knows its references only as indices into the message's table of capabilities,
/// and a plain value has no form of them.
public protocol InterfaceSchema: PointerSchema
where Reader == UInt32?, Builder == AnyPointerBuilder, Value == Unit {}

// MARK: Structs

extension StructSchema {
    @inlinable @_lifetime(copy pointer)
    public static func read(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Reader {
        Reader(try pointer.structure())
    }
    @inlinable @_lifetime(copy pointer)
    public static func edit(_ pointer: AnyPointerBuilder) throws(CapnProtoError) -> Builder {
        try pointer.structure(Self.self)
    }
    @inlinable public static func copy(
        _ source: Reader, to pointer: AnyPointerBuilder
    ) throws(CapnProtoError) {
        try pointer.copy(source.raw)
    }
    @inlinable public static func value(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Value {
        try Value(Reader(pointer.structure()))
    }
    @inlinable public static func write(_ value: Value, to pointer: AnyPointerBuilder) {
        pointer.setValue(value)
    }
}

// MARK: Lists

extension List: PointerSchema, SizedPointerSchema, ListSchema where Element: ListValueElement {
    @inlinable @_lifetime(copy pointer)
    public static func read(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Reader {
        try pointer.list(of: Element.self)
    }
    @inlinable @_lifetime(copy pointer)
    public static func edit(_ pointer: AnyPointerBuilder) throws(CapnProtoError) -> Builder {
        try pointer.list(of: Element.self)
    }
    @inlinable @_lifetime(copy pointer)
    public static func initialize(_ pointer: AnyPointerBuilder, count: Int) -> Builder {
        pointer.initList(of: Element.self, count: count)
    }
    @inlinable public static func copy(
        _ source: Reader, to pointer: AnyPointerBuilder
    ) throws(CapnProtoError) {
        try pointer.copy(source.raw)
    }
    @inlinable public static func value(
        _ pointer: AnyPointerReader
    ) throws(CapnProtoError) -> [Element.Value] {
        try read(pointer).values()
    }
    @inlinable public static func write(_ value: [Element.Value], to pointer: AnyPointerBuilder) {
        var list = pointer.initList(of: Element.self, count: value.count)
        list.set(value)
    }
}

// MARK: Text and Data

extension Text: SizedPointerSchema {
    @inlinable @_lifetime(copy pointer)
    public static func read(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Reader { try pointer.text() }
    @inlinable @_lifetime(copy pointer)
    public static func edit(_ pointer: AnyPointerBuilder) throws(CapnProtoError) -> Builder { try pointer.text() }
    @inlinable @_lifetime(copy pointer)
    public static func initialize(_ pointer: AnyPointerBuilder, count: Int) -> Builder {
        pointer.initText(byteCount: count)
    }
    @inlinable public static func copy(
        _ source: Reader, to pointer: AnyPointerBuilder
    ) throws(CapnProtoError) {
        pointer.setText(source)
    }
    @inlinable public static func value(_ pointer: AnyPointerReader) throws(CapnProtoError) -> String {
        try pointer.text().string
    }
    @inlinable public static func write(_ value: String, to pointer: AnyPointerBuilder) { pointer.setText(value) }
}

extension Bytes: SizedPointerSchema {
    @inlinable @_lifetime(copy pointer)
    public static func read(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Reader { try pointer.bytes() }
    @inlinable @_lifetime(copy pointer)
    public static func edit(_ pointer: AnyPointerBuilder) throws(CapnProtoError) -> Builder { try pointer.bytes() }
    @inlinable @_lifetime(copy pointer)
    public static func initialize(_ pointer: AnyPointerBuilder, count: Int) -> Builder {
        pointer.initBytes(count: count)
    }
    @inlinable public static func copy(
        _ source: Reader, to pointer: AnyPointerBuilder
    ) throws(CapnProtoError) {
        pointer.setBytes(source.bytes)
    }
    @inlinable public static func value(_ pointer: AnyPointerReader) throws(CapnProtoError) -> [UInt8] {
        try pointer.bytes().array
    }
    @inlinable public static func write(_ value: [UInt8], to pointer: AnyPointerBuilder) { pointer.setBytes(value) }
}

// MARK: Interfaces

extension InterfaceSchema {
    @inlinable public static var elementSize: ElementSize { .pointer }
    @inlinable public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> UInt32? {
        try list.capability(at: index)
    }
    @inlinable public static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Unit { Unit() }
    @inlinable public static func write(_ value: Unit, to list: ListBuilder, at index: Int) {}
    @inlinable public static func read(_ pointer: AnyPointerReader) throws(CapnProtoError) -> UInt32? {
        try pointer.capability()
    }
    @inlinable @_lifetime(copy pointer)
    public static func edit(_ pointer: AnyPointerBuilder) throws(CapnProtoError) -> AnyPointerBuilder { pointer }
    @inlinable public static func copy(_ source: UInt32?, to pointer: AnyPointerBuilder) throws(CapnProtoError) {
        pointer.setCapability(source)
    }
    @inlinable public static func value(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Unit { Unit() }
    @inlinable public static func write(_ value: Unit, to pointer: AnyPointerBuilder) { pointer.clear() }
}

// MARK: Any pointer as one of them

extension AnyPointerReader {
    /// The object, taken for a `T`; null reads as the default of the type.
    /// - Throws: when it is something else.
    @inlinable @_lifetime(copy self)
    public func `as`<T: PointerSchema>(_: T.Type) throws(CapnProtoError) -> T.Reader { try T.read(self) }
}

extension AnyPointerBuilder {
    /// The object that is there, taken for a `T`; for a null pointer a new struct, or an empty list, text or data.
    @inlinable @_lifetime(copy self)
    public func getAs<T: PointerSchema>(_: T.Type) throws(CapnProtoError) -> T.Builder { try T.edit(self) }
    /// A new struct instead of what is there.
    @inlinable @_lifetime(copy self)
    public func initAs<S: StructSchema>(_: S.Type) -> S.Builder { initStructure(S.self) }
    /// A new list, text or data of `count` elements instead of what is there.
    @inlinable @_lifetime(copy self)
    public func initAs<T: SizedPointerSchema>(_: T.Type, count: Int) -> T.Builder { T.initialize(self, count: count) }
    /// A copy of an object of this or another message instead of what is there.
    @inlinable public func setAs<T: PointerSchema>(_: T.Type, _ source: T.Reader) throws(CapnProtoError) {
        try T.copy(source, to: self)
    }
}
