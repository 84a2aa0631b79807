/// A list of a message, read in place and untyped: `List<Element>.Reader` gives it a type.
///
/// An element is described by its step, its data bits and its pointers, whichever of the eight encodings the list
/// has. A subscript out of range is a programmer's error, as in an array; what a sender can cause never traps.
@frozen public struct ListReader: ~Escapable {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    @usableFromInline let base: UnsafeRawPointer
    /// 29 bits of count above 3 bits of element size, as on the wire.
    @usableFromInline let countAndSize: UInt32
    @usableFromInline let stepBits: UInt32
    @usableFromInline let dataBits: UInt32
    @usableFromInline let pointerCount: UInt16
    @usableFromInline let depth: UInt16

    @inlinable static var maxCount: Int { 0x1FFF_FFFF }

    @inlinable @inline(__always) @_lifetime(immortal)
    init(
        segment: UnsafeMutablePointer<Segment>, base: UnsafeRawPointer, count: Int, elementSize: ElementSize,
        stepBits: UInt32, dataBits: UInt32, pointerCount: UInt16, depth: UInt16
    ) {
        self.segment = segment
        self.base = base
        countAndSize = UInt32(truncatingIfNeeded: count) << 3 | UInt32(elementSize.rawValue)
        self.stepBits = stepBits
        self.dataBits = dataBits
        self.pointerCount = pointerCount
        self.depth = depth
    }
    @inlinable @inline(__always) @_lifetime(immortal)
    init(emptyIn segment: UnsafeMutablePointer<Segment>, at address: UnsafeRawPointer) {
        self.init(
            segment: segment, base: address, count: 0, elementSize: .void, stepBits: 0, dataBits: 0, pointerCount: 0,
            depth: 0)
    }

    @inlinable public var count: Int { Int(countAndSize >> 3) }
    /// The encoding on the wire, which may differ from the one that the schema implies.
    @inlinable public var elementSize: ElementSize { ElementSize(bits: UInt64(countAndSize)) }
    /// The sections of an element: of a struct, or of the struct that an element would be after an upgrade.
    @inlinable public var structSize: StructSize {
        StructSize(dataWords: UInt16((dataBits &+ 63) / 64), pointerCount: pointerCount)
    }

    @inlinable @inline(__always)
    func address(_ index: Int) -> UnsafeRawPointer {
        precondition(index >= 0 && index < count, "list index out of range")
        return base + (index &* Int(stepBits)) >> 3
    }
    /// The address of an element's first pointer, nil when elements have none.
    @inlinable @inline(__always)
    func slot(_ index: Int) -> UnsafeRawPointer? {
        let element = address(index)
        return pointerCount > 0 ? element + Int(dataBits) >> 3 : nil
    }

    @inlinable @inline(__always)
    public func integer<T: FixedWidthInteger>(at index: Int, as _: T.Type = T.self) -> T {
        let element = address(index)
        guard MemoryLayout<T>.size &* 8 <= Int(dataBits) else { return 0 }
        return T(littleEndian: element.loadUnaligned(as: T.self))
    }
    @inlinable @inline(__always)
    public func bool(at index: Int) -> Bool {
        let element = address(index)
        guard dataBits > 0 else { return false }
        return (element.load(as: UInt8.self) >> UInt8(truncatingIfNeeded: (index &* Int(stepBits)) & 7)) & 1 != 0
    }
    /// The element as a struct; one of a list of numbers or pointers is a struct with that as its first field.
    @inlinable @inline(__always) @_lifetime(copy self)
    public func structure(at index: Int) -> StructReader {
        _overrideLifetime(
            StructReader(
                segment: segment, data: address(index), dataBytes: dataBits >> 3, pointerCount: pointerCount,
                depth: depth),
            copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func list(at index: Int, expecting expected: ElementSize) throws(CapnProtoError) -> ListReader {
        guard let slot = slot(index) else {
            return _overrideLifetime(ListReader(emptyIn: segment, at: base), copying: self)
        }
        return _overrideLifetime(try resolveList(segment, slot, depth, expected), copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func text(at index: Int) throws(CapnProtoError) -> Text.Reader {
        guard let slot = slot(index) else { return Text.Reader() }
        return _overrideLifetime(try resolveText(segment, slot), copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func bytes(at index: Int) throws(CapnProtoError) -> Bytes.Reader {
        guard let slot = slot(index), let bytes = try resolveBytes(segment, slot) else { return Bytes.Reader() }
        return _overrideLifetime(Bytes.Reader(bytes), copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func anyPointer(at index: Int) -> AnyPointerReader {
        _overrideLifetime(AnyPointerReader(segment: segment, slot: slot(index), depth: depth), copying: self)
    }
    @inlinable public func capability(at index: Int) throws(CapnProtoError) -> UInt32? {
        guard let slot = slot(index) else { return nil }
        return try resolveCapability(segment, slot)
    }
}
