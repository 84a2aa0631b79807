/// A pointer of a message under construction.
@frozen public struct AnyPointerBuilder: ~Escapable {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    @usableFromInline let slot: UnsafeMutableRawPointer

    @inlinable @inline(__always) @_lifetime(immortal)
    init(segment: UnsafeMutablePointer<Segment>, slot: UnsafeMutableRawPointer) {
        self.segment = segment
        self.slot = slot
    }

    @inlinable @_lifetime(immortal)
    init(rootOf arena: UnsafeMutablePointer<Arena>) {
        self.init(segment: arena.pointee.segments, slot: arena.pointee.segments.pointee.base)
    }

    /// The pointer as readers see it.
    @inlinable public var asReader: AnyPointerReader {
        @_lifetime(copy self) get {
            _overrideLifetime(
                AnyPointerReader(segment: segment, slot: UnsafeRawPointer(slot), depth: builderNesting), copying: self)
        }
    }
    @inlinable public var isNull: Bool { WirePointer(at: slot).isNull }
    /// Makes the pointer null and zeroes what it led to.
    @inlinable public func clear() { if !isNull { erase() } }

    @inlinable @_lifetime(copy self)
    public func initRawStructure(_ size: StructSize) -> StructBuilder {
        clear()
        return placeStructure(size)
    }
    /// Without erasing what is there.
    @inlinable @_lifetime(copy self)
    func placeStructure(_ size: StructSize) -> StructBuilder {
        let placement: Placement
        if size.words == 0 {
            WirePointer.emptyStruct.store(at: slot)
            placement = Placement(segment: segment, address: slot)
        } else {
            placement = place(size.words, lower: 0, upper: size.upper, slot: slot, segment: segment)
        }
        return _overrideLifetime(
            StructBuilder(
                segment: placement.segment, data: placement.address, dataBytes: UInt32(size.dataWords) &* 8,
                pointerCount: size.pointerCount),
            copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func initStructure<S: StructSchema>(_: S.Type) -> S.Builder {
        S.Builder(initRawStructure(S.structSize))
    }

    /// - Parameter structSize: of the elements when `elementSize` is `composite`, else ignored.
    @inlinable @_lifetime(copy self)
    public func initRawList(_ elementSize: ElementSize, _ structSize: StructSize, count: Int) -> ListBuilder {
        clear()
        return placeList(elementSize, structSize, count: count)
    }
    /// Without erasing what is there.
    @inlinable @_lifetime(copy self)
    func placeList(_ elementSize: ElementSize, _ structSize: StructSize, count: Int) -> ListBuilder {
        precondition(count >= 0 && count <= ListReader.maxCount, "a list has at most 2^29 - 1 elements")
        if elementSize == .composite { return placeComposite(structSize, count: count) }
        let words = (count &* elementSize.stepBits &+ 63) / 64
        let upper = UInt32(count) << 3 | UInt32(elementSize.rawValue)
        let placement = place(words, lower: 1, upper: upper, slot: slot, segment: segment)
        return _overrideLifetime(
            ListBuilder(
                segment: placement.segment, base: placement.address, count: count, elementSize: elementSize,
                stepBits: UInt32(elementSize.stepBits), dataBits: UInt32(elementSize.dataBits),
                pointerCount: UInt16(elementSize.pointerCount)),
            copying: self)
    }
    @inlinable @_lifetime(copy self)
    func placeComposite(_ size: StructSize, count: Int) -> ListBuilder {
        let words = count &* size.words
        precondition(words < ListReader.maxCount, "a list has at most 2^29 - 1 words")
        let placement = place(
            words &+ 1, lower: 1, upper: UInt32(words) << 3 | UInt32(ElementSize.composite.rawValue), slot: slot,
            segment: segment)
        WirePointer.near(lower: 0, upper: size.upper, offset: count).store(at: placement.address)
        return _overrideLifetime(
            ListBuilder(
                segment: placement.segment, base: placement.address + 8, count: count, elementSize: .composite,
                stepBits: UInt32(size.words &* 64), dataBits: UInt32(size.dataWords) &* 64,
                pointerCount: size.pointerCount),
            copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func initList<E: ListElement>(of _: E.Type, count: Int) -> List<E>.Builder {
        List<E>.Builder(initRawList(E.elementSize, E.structSize, count: count))
    }

    /// - Parameter index: of the message's table of capabilities; nil makes the pointer null.
    public func setCapability(_ index: UInt32?) {
        clear()
        (index.map(WirePointer.capability) ?? WirePointer(word: 0)).store(at: slot)
    }
    /// Writes a plain struct.
    @inlinable public func setValue<V: StructValue>(_ value: V) {
        var builder = initStructure(V.Schema.self)
        value.write(to: &builder)
    }

    // MARK: What is there

    /// The struct that is there, else a new one. One that an older schema made is enlarged.
    @inlinable @_lifetime(copy self)
    public func structure<S: StructSchema>(_: S.Type) throws(CapnProtoError) -> S.Builder {
        S.Builder(try rawStructure(S.structSize))
    }
    /// The list that is there; an empty one when the pointer is null. Elements that an older schema made are enlarged.
    @inlinable @_lifetime(copy self)
    public func list<E: ListElement>(of _: E.Type) throws(CapnProtoError) -> List<E>.Builder {
        List<E>.Builder(try rawList(E.elementSize, E.structSize))
    }
    /// The struct that is there, with the sizes that it has; a null pointer gets one without content.
    @inlinable @_lifetime(copy self)
    public func anyStructure() throws(CapnProtoError) -> StructBuilder {
        try rawStructure(StructSize(dataWords: 0, pointerCount: 0))
    }
    /// The list that is there in whichever encoding it has; an empty one when the pointer is null.
    @inlinable @_lifetime(copy self)
    public func anyList() throws(CapnProtoError) -> ListBuilder {
        try rawList(.void, StructSize(dataWords: 0, pointerCount: 0))
    }
    /// What the pointer leads to.
    @inlinable public var kind: AnyPointerReader.Kind { get throws(CapnProtoError) { try asReader.kind } }
}
