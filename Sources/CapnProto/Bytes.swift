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
