// Objects that nothing leads to yet: where orphans begin, and copies that must be whole before they replace something.

/// Words in whichever segment has room for them.
func placeDetached(_ words: Int, _ arena: UnsafeMutablePointer<Arena>) -> Placement {
    let segment = BuilderArena.segment(arena, withRoomFor: words)
    guard let address = bump(segment, words) else { preconditionFailure("the segment was chosen for its room") }
    return Placement(segment: segment, address: address)
}

@_lifetime(immortal)
func placeDetachedStructure(_ size: StructSize, _ arena: UnsafeMutablePointer<Arena>) -> StructBuilder {
    let placement = placeDetached(size.words, arena)
    return StructBuilder(
        segment: placement.segment, data: placement.address, dataBytes: UInt32(size.dataWords) * 8,
        pointerCount: size.pointerCount)
}

@_lifetime(immortal)
func placeDetachedList(
    _ elementSize: ElementSize, _ structSize: StructSize, count: Int, _ arena: UnsafeMutablePointer<Arena>
) -> ListBuilder {
    precondition(count >= 0 && count <= ListReader.maxCount, "a list has at most 2^29 - 1 elements")
    guard elementSize == .composite else {
        let placement = placeDetached((count * elementSize.stepBits + 63) / 64, arena)
        return ListBuilder(placement: placement, elementSize, count: count)
    }
    let words = count * structSize.words
    precondition(words < ListReader.maxCount, "a list has at most 2^29 - 1 words")
    let placement = placeDetached(words + 1, arena)
    WirePointer.near(lower: 0, upper: structSize.upper, offset: count).store(at: placement.address)
    return ListBuilder(placement: placement, structSize, count: count)
}

extension ListBuilder {
    /// A list of numbers or pointers.
    @inlinable @_lifetime(immortal)
    init(placement: Placement, _ elementSize: ElementSize, count: Int) {
        self.init(
            segment: placement.segment, base: placement.address, count: count, elementSize: elementSize,
            stepBits: UInt32(elementSize.stepBits), dataBits: UInt32(elementSize.dataBits),
            pointerCount: UInt16(elementSize.pointerCount))
    }
    /// A list of structs, behind its tag.
    @inlinable @_lifetime(immortal)
    init(placement: Placement, _ structSize: StructSize, count: Int) {
        self.init(
            segment: placement.segment, base: placement.address + 8, count: count, elementSize: .composite,
            stepBits: UInt32(structSize.words &* 64), dataBits: UInt32(structSize.dataWords) &* 64,
            pointerCount: structSize.pointerCount)
    }

    /// The sections of an element.
    @inlinable public var structSize: StructSize { asReader.structSize }
}

extension Orphan {
    @_lifetime(immortal)
    init(_ structure: StructBuilder) {
        let size = structure.size
        let tag = size.words == 0 ? .emptyStruct : WirePointer.near(lower: 0, upper: size.upper, offset: 0)
        self.init(segment: structure.segment, object: structure.data, tag: tag)
    }
    @_lifetime(immortal)
    init(_ list: ListBuilder) {
        let isComposite = list.elementSize == .composite
        let number = isComposite ? list.count * Int(list.stepBits) / 64 : list.count
        let upper = UInt32(number) << 3 | UInt32(list.elementSize.rawValue)
        self.init(
            segment: list.segment, object: isComposite ? list.base - 8 : list.base,
            tag: .near(lower: 1, upper: upper, offset: 0))
    }
}
