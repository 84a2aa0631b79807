public import CapnProto

/// A struct about whose fields nothing is known here: what `StructReader` and `StructBuilder` give is all there is.
public enum AnyStruct: StructSchema {
    @inlinable public static var structSize: StructSize { StructSize(dataWords: 0, pointerCount: 0) }

    @frozen public struct Reader: SchemaReader, ~Escapable {
        public let raw: StructReader
        @inlinable @_lifetime(copy raw) public init(_ raw: StructReader) { self.raw = raw }
    }

    @frozen public struct Builder: SchemaBuilder, ~Escapable {
        public let raw: StructBuilder
        @inlinable @_lifetime(copy raw) public init(_ raw: StructBuilder) { self.raw = raw }
    }

    /// Keeps nothing: a struct without known fields.
    public struct Value: StructValue, Hashable {
        public typealias Schema = AnyStruct
        public init() {}
        public init(_ reader: AnyStruct.Reader) throws(CapnProtoError) {}
        public func write(to builder: inout AnyStruct.Builder) {}
    }
}
