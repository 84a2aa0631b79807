/// A struct of a message, read in place: 24 bytes without reference counts, bound to the life of the message.
///
/// Generated readers hold one. Numbers that the struct is too small for read as their defaults (an older sender
/// didn't know the field), so only getters of pointers throw. A default is stored as the mask that the wire's value
/// is XORed with.
@frozen public struct StructReader: ~Escapable {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    @usableFromInline let data: UnsafeRawPointer
    @usableFromInline let dataBytes: UInt32
    @usableFromInline let pointerCount: UInt16
    @usableFromInline let depth: UInt16

    @inlinable @inline(__always) @_lifetime(immortal)
    init(
        segment: UnsafeMutablePointer<Segment>, data: UnsafeRawPointer, dataBytes: UInt32, pointerCount: UInt16,
        depth: UInt16
    ) {
        self.segment = segment
        self.data = data
        self.dataBytes = dataBytes
        self.pointerCount = pointerCount
        self.depth = depth
    }
    @inlinable @inline(__always) @_lifetime(immortal)
    init(emptyIn segment: UnsafeMutablePointer<Segment>, at address: UnsafeRawPointer) {
        self.init(segment: segment, data: address, dataBytes: 0, pointerCount: 0, depth: 0)
    }

    /// The sections as they are on the wire, which may be smaller or larger than the reader's schema says.
    @inlinable public var size: StructSize {
        StructSize(dataWords: UInt16((dataBytes &+ 7) / 8), pointerCount: pointerCount)
    }

    // MARK: Numbers

    /// The integer at `index`, counted in integers of its size.
    @inlinable @inline(__always)
    public func integer<T: FixedWidthInteger>(_ index: Int, mask: T = 0) -> T {
        let size = MemoryLayout<T>.size
        guard index >= 0, (index &+ 1) &* size <= Int(dataBytes) else { return mask }
        return T(littleEndian: data.loadUnaligned(fromByteOffset: index &* size, as: T.self)) ^ mask
    }
    /// The bit at `index`.
    @inlinable @inline(__always)
    public func bool(_ index: Int, mask: Bool = false) -> Bool {
        guard index >= 0, index < Int(dataBytes) &* 8 else { return mask }
        let byte = data.load(fromByteOffset: index >> 3, as: UInt8.self)
        return ((byte >> UInt8(truncatingIfNeeded: index & 7)) & 1 != 0) != mask
    }
    @inlinable @inline(__always)
    public func float(_ index: Int, mask: UInt32 = 0) -> Float { Float(bitPattern: integer(index, mask: mask)) }
    @inlinable @inline(__always)
    public func double(_ index: Int, mask: UInt64 = 0) -> Double { Double(bitPattern: integer(index, mask: mask)) }
    @inlinable @inline(__always)
    public func enumeration<E: EnumSchema>(_ index: Int, _: E.Type = E.self, mask: UInt16 = 0) -> E {
        E(rawValue: integer(index, mask: mask))
    }

    // MARK: Pointers

    /// The address of a pointer, nil when the struct is too small to have it.
    @inlinable @inline(__always)
    func slot(_ index: Int) -> UnsafeRawPointer? {
        index >= 0 && index < Int(pointerCount) ? data + Int(dataBytes) + index &* 8 : nil
    }
    /// Whether the pointer is there and not null.
    @inlinable public func has(_ index: Int) -> Bool {
        guard let slot = slot(index) else { return false }
        return !WirePointer(at: slot).isNull
    }

    /// The struct behind a pointer, untyped; null reads as a struct of defaults.
    @inlinable @inline(__always) @_lifetime(copy self)
    public func structure(_ index: Int) throws(CapnProtoError) -> StructReader {
        guard let slot = slot(index) else {
            return _overrideLifetime(StructReader(emptyIn: segment, at: data), copying: self)
        }
        return _overrideLifetime(try resolveStruct(segment, slot, depth), copying: self)
    }
    @inlinable @inline(__always) @_lifetime(copy self)
    public func structure<S: StructSchema>(_ index: Int, _: S.Type) throws(CapnProtoError) -> S.Reader {
        S.Reader(try structure(index))
    }
    @inlinable @_lifetime(copy self)
    public func structure<S: StructSchema>(
        _ index: Int, _: S.Type, default value: DefaultValue
    ) throws(CapnProtoError) -> S.Reader {
        S.Reader(has(index) ? try structure(index) : try value.pointer.structure())
    }

    /// The list behind a pointer, untyped, checked to be readable as one of elements of `expected`; null reads as
    /// empty.
    @inlinable @inline(__always) @_lifetime(copy self)
    public func list(_ index: Int, expecting expected: ElementSize) throws(CapnProtoError) -> ListReader {
        guard let slot = slot(index) else {
            return _overrideLifetime(ListReader(emptyIn: segment, at: data), copying: self)
        }
        return _overrideLifetime(try resolveList(segment, slot, depth, expected), copying: self)
    }
    @inlinable @inline(__always) @_lifetime(copy self)
    public func list<E: ListElement>(_ index: Int, of _: E.Type) throws(CapnProtoError) -> List<E>.Reader {
        List<E>.Reader(try list(index, expecting: E.elementSize))
    }
    @inlinable @_lifetime(copy self)
    public func list<E: ListElement>(
        _ index: Int, of _: E.Type, default value: DefaultValue
    ) throws(CapnProtoError) -> List<E>.Reader {
        List<E>.Reader(
            has(index)
                ? try list(index, expecting: E.elementSize) : try value.pointer.list(expecting: E.elementSize))
    }

    /// The text behind a pointer; null reads as empty.
    @inlinable @inline(__always) @_lifetime(copy self)
    public func text(_ index: Int) throws(CapnProtoError) -> Text.Reader {
        guard let slot = slot(index) else { return Text.Reader() }
        return _overrideLifetime(try resolveText(segment, slot), copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func text(_ index: Int, default value: StaticString) throws(CapnProtoError) -> Text.Reader {
        has(index) ? try text(index) : Text.Reader(constant: value)
    }

    /// The data behind a pointer; null reads as empty.
    @inlinable @inline(__always) @_lifetime(copy self)
    public func bytes(_ index: Int) throws(CapnProtoError) -> Bytes.Reader {
        guard let slot = slot(index), let bytes = try resolveBytes(segment, slot) else { return Bytes.Reader() }
        return _overrideLifetime(Bytes.Reader(bytes), copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func bytes(_ index: Int, default value: DefaultValue) throws(CapnProtoError) -> Bytes.Reader {
        has(index) ? try bytes(index) : try value.pointer.bytes()
    }

    /// A pointer of any kind.
    @inlinable @_lifetime(copy self)
    public func anyPointer(_ index: Int) -> AnyPointerReader {
        _overrideLifetime(AnyPointerReader(segment: segment, slot: slot(index), depth: depth), copying: self)
    }
    /// The index of a capability in the message's table; nil for a null pointer.
    @inlinable public func capability(_ index: Int) throws(CapnProtoError) -> UInt32? {
        guard let slot = slot(index) else { return nil }
        return try resolveCapability(segment, slot)
    }
}
