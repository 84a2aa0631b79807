// The schema types that leave open what lies behind a pointer. `StructReader`, `ListReader` and `AnyPointerReader` (and
// their builders) are what reads them; the names here stand where a type is asked for, as in `List<AnyStruct>` or
// `Owned<AnyStruct>`.

/// The schema type AnyPointer: a struct, a list or a capability.
public enum AnyPointer: PointerSchema, PointerElement {
    public typealias Builder = AnyPointerBuilder

    /// An object and all that it leads to, outside of any message; nothing for a null pointer. Capabilities become null.
    public struct Value: Sendable, Hashable, Codable {
        /// A segment in canonical form, so that objects that are equal have equal values.
        public let segment: [UInt8]

        /// Null.
        public init() { segment = [UInt8](repeating: 0, count: 8) }
        public init(_ pointer: AnyPointerReader) throws(CapnProtoError) {
            segment = try pointer.canonical(capabilities: .null)
        }
        /// The message whose root is the object.
        /// - Throws: when the value was decoded from elsewhere and is no whole number of words.
        public func message(limits: ReadLimits = .default) throws(CapnProtoError) -> Message {
            try Message(flat: segment, limits: limits)
        }
    }

    @inlinable public static var elementSize: ElementSize { .pointer }
    @inlinable @_lifetime(copy list)
    public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> AnyPointerReader {
        list.anyPointer(at: index)
    }
    @inlinable public static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Value {
        try Value(list.anyPointer(at: index))
    }
    @inlinable public static func write(_ value: Value, to list: ListBuilder, at index: Int) {
        write(value, to: list.pointer(at: index))
    }
    @inlinable @_lifetime(copy pointer)
    public static func read(_ pointer: AnyPointerReader) throws(CapnProtoError) -> AnyPointerReader { pointer }
    @inlinable @_lifetime(copy pointer)
    public static func edit(_ pointer: AnyPointerBuilder) throws(CapnProtoError) -> AnyPointerBuilder { pointer }
    @inlinable public static func copy(
        _ source: AnyPointerReader, to pointer: AnyPointerBuilder
    ) throws(CapnProtoError) {
        try pointer.copy(source)
    }
    @inlinable public static func value(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Value {
        try Value(pointer)
    }
    /// A value that was decoded from elsewhere and is damaged is written as far as it can be read.
    public static func write(_ value: Value, to pointer: AnyPointerBuilder) {
        do throws(CapnProtoError) {
            let message = try value.message(limits: ReadLimits(traversalWords: .max, nesting: Int(builderNesting)))
            try pointer.copy(message.rootPointer)
        } catch {
            return
        }
    }
}

/// A struct about whose fields nothing is known: what `raw` gives is all there is. Its reader and builder have the sizes
/// that the struct has; a new one has none (`AnyPointerBuilder.initRawStructure` makes others).
public enum AnyStruct: StructSchema {
    @inlinable public static var structSize: StructSize { StructSize(dataWords: 0, pointerCount: 0) }

    @frozen public struct Reader: SchemaReader, ~Escapable {
        public let raw: StructReader
        @inlinable @inline(__always) @_lifetime(copy raw) public init(_ raw: StructReader) { self.raw = raw }
    }

    @frozen public struct Builder: SchemaBuilder, ~Escapable {
        public let raw: StructBuilder
        @inlinable @inline(__always) @_lifetime(copy raw) public init(_ raw: StructBuilder) { self.raw = raw }
    }

    /// The struct and all that it leads to, outside of any message. Capabilities become null.
    public struct Value: StructValue, Hashable, Codable {
        public typealias Schema = AnyStruct
        /// A segment in canonical form whose root is the struct.
        public let segment: [UInt8]

        public init() { segment = [0xFC, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0] }
        public init(_ reader: AnyStruct.Reader) throws(CapnProtoError) {
            segment = try reader.raw.canonical(capabilities: .null)
        }
        /// Writes what the builder has room for.
        public func write(to builder: inout AnyStruct.Builder) {
            do throws(CapnProtoError) {
                let message = try Message(flat: segment, limits: ReadLimits(traversalWords: .max))
                try builder.raw.copyFields(of: message.rootPointer.structure())
            } catch {
                return
            }
        }
    }

    /// With room for all of it.
    public static func write(_ value: Value, to pointer: AnyPointerBuilder) {
        do throws(CapnProtoError) {
            let message = try Message(flat: value.segment, limits: ReadLimits(traversalWords: .max))
            try pointer.copy(message.rootPointer.structure())
        } catch {
            return
        }
    }
}

/// A list of elements of any kind: `ListReader.elementSize` tells which.
public enum AnyList: PointerSchema, PointerElement {
    public typealias Builder = ListBuilder
    public typealias Value = AnyPointer.Value

    @inlinable public static var elementSize: ElementSize { .pointer }
    @inlinable @_lifetime(copy list)
    public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> ListReader {
        try list.list(at: index, expecting: .void)
    }
    @inlinable public static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Value {
        try Value(list.anyPointer(at: index))
    }
    @inlinable public static func write(_ value: Value, to list: ListBuilder, at index: Int) {
        AnyPointer.write(value, to: list.pointer(at: index))
    }
    @inlinable @_lifetime(copy pointer)
    public static func read(_ pointer: AnyPointerReader) throws(CapnProtoError) -> ListReader {
        try pointer.anyList()
    }
    @inlinable @_lifetime(copy pointer)
    public static func edit(_ pointer: AnyPointerBuilder) throws(CapnProtoError) -> ListBuilder {
        try pointer.anyList()
    }
    @inlinable public static func copy(
        _ source: ListReader, to pointer: AnyPointerBuilder
    ) throws(CapnProtoError) {
        try pointer.copy(source)
    }
    @inlinable public static func value(_ pointer: AnyPointerReader) throws(CapnProtoError) -> Value {
        try Value(pointer)
    }
    @inlinable public static func write(_ value: Value, to pointer: AnyPointerBuilder) {
        AnyPointer.write(value, to: pointer)
    }
}

/// The schema type Capability: a reference to an object of any interface.
public enum AnyCapability: InterfaceSchema {}
