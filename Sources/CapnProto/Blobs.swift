// Text and Data of a message under construction, written where they lie: for content that is produced piece by piece, or
// read from a file or socket straight into the message.

extension Text {
    /// A text of a message under construction. Whoever writes its bytes writes UTF-8.
    @frozen public struct Builder: ~Escapable {
        @usableFromInline let start: UnsafeMutableRawPointer
        /// In bytes, without the zero at the end.
        public let count: Int

        @inlinable @_lifetime(immortal)
        init(start: UnsafeMutableRawPointer, count: Int) {
            self.start = start
            self.count = count
        }
        @inlinable public var bytes: MutableRawSpan {
            @_lifetime(&self) mutating get {
                let buffer = UnsafeMutableRawBufferPointer(start: start, count: count)
                return _overrideLifetime(MutableRawSpan(_unsafeBytes: buffer), mutating: &self)
            }
        }
        /// The text as readers see it.
        @inlinable public var asReader: Reader {
            @_lifetime(copy self) get {
                _overrideLifetime(Reader(UnsafeRawBufferPointer(start: start, count: count)), copying: self)
            }
        }
    }
}

extension Bytes {
    /// A data of a message under construction.
    @frozen public struct Builder: ~Escapable {
        @usableFromInline let start: UnsafeMutableRawPointer
        public let count: Int

        @inlinable @_lifetime(immortal)
        init(start: UnsafeMutableRawPointer, count: Int) {
            self.start = start
            self.count = count
        }
        @inlinable public var bytes: MutableRawSpan {
            @_lifetime(&self) mutating get {
                let buffer = UnsafeMutableRawBufferPointer(start: start, count: count)
                return _overrideLifetime(MutableRawSpan(_unsafeBytes: buffer), mutating: &self)
            }
        }
        @inlinable public subscript(index: Int) -> UInt8 {
            get {
                precondition(index >= 0 && index < count, "data index out of range")
                return start.load(fromByteOffset: index, as: UInt8.self)
            }
            nonmutating set {
                precondition(index >= 0 && index < count, "data index out of range")
                start.storeBytes(of: newValue, toByteOffset: index, as: UInt8.self)
            }
        }
        /// The data as readers see it.
        @inlinable public var asReader: Reader {
            @_lifetime(copy self) get {
                _overrideLifetime(Reader(UnsafeRawBufferPointer(start: start, count: count)), copying: self)
            }
        }
    }
}

extension AnyPointerBuilder {
    /// A new text of `byteCount` zero bytes, to be written in place.
    @inlinable @_lifetime(copy self)
    public func initText(byteCount: Int) -> Text.Builder {
        let start = placeBlob(count: byteCount &+ 1)
        zero(start, (byteCount &+ 8) / 8)
        return _overrideLifetime(Text.Builder(start: start, count: byteCount), copying: self)
    }
    /// A new data of `count` zero bytes, to be written in place.
    @inlinable @_lifetime(copy self)
    public func initBytes(count: Int) -> Bytes.Builder {
        let start = placeBlob(count: count)
        zero(start, (count &+ 7) / 8)
        return _overrideLifetime(Bytes.Builder(start: start, count: count), copying: self)
    }
    /// The text that is there; an empty one when the pointer is null.
    @inlinable @_lifetime(copy self)
    public func text() throws(CapnProtoError) -> Text.Builder {
        let text = try asReader.text()
        let start = text.start.map(UnsafeMutableRawPointer.init(mutating:)) ?? slot
        return _overrideLifetime(Text.Builder(start: start, count: text.count), copying: self)
    }
    /// The data that is there; an empty one when the pointer is null.
    @inlinable @_lifetime(copy self)
    public func bytes() throws(CapnProtoError) -> Bytes.Builder {
        let bytes = try asReader.bytes()
        let start = bytes.start.map(UnsafeMutableRawPointer.init(mutating:)) ?? slot
        return _overrideLifetime(Bytes.Builder(start: start, count: bytes.count), copying: self)
    }

    public func setText(_ text: borrowing String) {
        let utf8 = text.utf8.span
        let start = placeBlob(count: utf8.count &+ 1)
        utf8.withUnsafeBytes { source in
            if let address = source.baseAddress { start.copyMemory(from: address, byteCount: source.count) }
        }
    }
    public func setText(_ text: Text.Reader) {
        let start = placeBlob(count: text.count + 1)
        if let source = text.start { start.copyMemory(from: source, byteCount: text.count) }
    }
    public func setBytes(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { setBytes(RawSpan(_unsafeBytes: $0)) }
    }
    public func setBytes(_ bytes: RawSpan) {
        let start = placeBlob(count: bytes.byteCount)
        bytes.withUnsafeBytes { source in
            if let address = source.baseAddress { start.copyMemory(from: address, byteCount: source.count) }
        }
    }
    /// A new list of bytes, of which only those of the last word are zero.
    @usableFromInline func placeBlob(count: Int) -> UnsafeMutableRawPointer {
        precondition(count >= 0 && count <= ListReader.maxCount, "a text or data has at most 2^29 - 1 bytes")
        clear()
        let words = (count &+ 7) >> 3
        let upper = UInt32(truncatingIfNeeded: count) << 3 | UInt32(ElementSize.byte.rawValue)
        let start = placeAsIs(words, lower: 1, upper: upper, slot: slot, segment: segment).address
        if words > 0 { start.storeBytes(of: 0, toByteOffset: words &* 8 &- 8, as: UInt64.self) }
        return start
    }
}
