/// The schema type Text: UTF-8 that ends in a zero byte on the wire.
public enum Text {
    /// A text of a message, in place.
    @frozen public struct Reader: ~Escapable {
        @usableFromInline let start: UnsafeRawPointer?
        /// In bytes, without the zero at the end.
        public let count: Int

        @inlinable @_lifetime(immortal)
        init(_ bytes: UnsafeRawBufferPointer) {
            start = bytes.baseAddress
            count = bytes.count
        }
        /// An empty text.
        @inlinable @_lifetime(immortal)
        public init() {
            start = nil
            count = 0
        }
        /// A text that lives as long as the program.
        @inlinable @_lifetime(immortal)
        public init(constant: StaticString) {
            start = constant.hasPointerRepresentation ? UnsafeRawPointer(constant.utf8Start) : nil
            count = constant.hasPointerRepresentation ? constant.utf8CodeUnitCount : 0
        }

        @inlinable public var isEmpty: Bool { count == 0 }
        @inlinable var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
        @inlinable public var bytes: RawSpan {
            @_lifetime(copy self) get { _overrideLifetime(RawSpan(_unsafeBytes: buffer), copying: self) }
        }
        /// - Throws: `textNotUTF8`.
        public var string: String {
            get throws(CapnProtoError) {
                guard let text = String(validating: buffer, as: UTF8.self) else { throw .textNotUTF8 }
                return text
            }
        }
        /// The text with every ill-formed sequence replaced: for display only, as two texts may look alike.
        public var repaired: String { String(decoding: buffer, as: UTF8.self) }

        /// Whether the bytes are those of `text`, without making a string.
        public func equals(_ text: StaticString) -> Bool {
            let other = Reader(constant: text)
            return buffer.elementsEqual(other.buffer)
        }
    }
}

/// The schema type Data: any bytes. (Not named Data, which Foundation's users couldn't tell from theirs.)
public enum Bytes {
    /// A data of a message, in place.
    @frozen public struct Reader: ~Escapable {
        @usableFromInline let start: UnsafeRawPointer?
        public let count: Int

        @inlinable @_lifetime(immortal)
        init(_ bytes: UnsafeRawBufferPointer) {
            start = bytes.baseAddress
            count = bytes.count
        }
        /// An empty data.
        @inlinable @_lifetime(immortal)
        public init() {
            start = nil
            count = 0
        }

        @inlinable public var isEmpty: Bool { count == 0 }
        @inlinable var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
        @inlinable public var bytes: RawSpan {
            @_lifetime(copy self) get { _overrideLifetime(RawSpan(_unsafeBytes: buffer), copying: self) }
        }
        /// A copy.
        @inlinable public var array: [UInt8] { [UInt8](buffer) }

        @inlinable public subscript(index: Int) -> UInt8 {
            precondition(index >= 0 && index < count, "data index out of range")
            return buffer[index]
        }
        public func equals(_ other: [UInt8]) -> Bool { buffer.elementsEqual(other) }
    }
}
