// Builders over objects that are already there. When an older schema made them, they are too small for the fields of
// the newer one: they are moved to a larger place, and what they point to stays where it is.

extension AnyPointerBuilder {
    @usableFromInline @_lifetime(copy self)
    func rawStructure(_ size: StructSize) throws(CapnProtoError) -> StructBuilder {
        if isNull { return initRawStructure(size) }
        let old = try asReader.structure()
        if old.size.dataWords >= size.dataWords, old.pointerCount >= size.pointerCount {
            return _overrideLifetime(
                StructBuilder(
                    segment: old.segment, data: UnsafeMutableRawPointer(mutating: old.data), dataBytes: old.dataBytes,
                    pointerCount: old.pointerCount),
                copying: self)
        }
        let new = placeStructure(old.size.union(size))
        new.move(old)
        return new
    }

    @usableFromInline @_lifetime(copy self)
    func rawList(_ elementSize: ElementSize, _ structSize: StructSize) throws(CapnProtoError) -> ListBuilder {
        if isNull {
            return _overrideLifetime(
                ListBuilder(
                    segment: segment, base: slot, count: 0, elementSize: elementSize, stepBits: 0, dataBits: 0,
                    pointerCount: 0),
                copying: self)
        }
        let old = try asReader.list(expecting: elementSize)
        let fits = old.elementSize == .composite && old.structSize.contains(structSize)
        if elementSize != .composite || fits {
            return _overrideLifetime(
                ListBuilder(
                    segment: old.segment, base: UnsafeMutableRawPointer(mutating: old.base), count: old.count,
                    elementSize: old.elementSize, stepBits: old.stepBits, dataBits: old.dataBits,
                    pointerCount: old.pointerCount),
                copying: self)
        }
        let new = placeList(.composite, old.structSize.union(structSize), count: old.count)
        for index in 0..<old.count { new.structure(at: index).move(old.structure(at: index)) }
        return new
    }
}

extension StructSize {
    func union(_ other: StructSize) -> StructSize {
        StructSize(
            dataWords: max(dataWords, other.dataWords), pointerCount: max(pointerCount, other.pointerCount))
    }
    func intersection(_ other: StructSize) -> StructSize {
        StructSize(
            dataWords: min(dataWords, other.dataWords), pointerCount: min(pointerCount, other.pointerCount))
    }
    func contains(_ other: StructSize) -> Bool {
        dataWords >= other.dataWords && pointerCount >= other.pointerCount
    }
}

extension StructBuilder {
    /// Takes over the fields of a struct of the same message, and leaves it zeroed.
    func move(_ old: StructReader) { move(old, dataBytes: old.dataBytes) }

    /// - Parameter dataBytes: how many bytes of its data are taken over.
    func move(_ old: StructReader, dataBytes: UInt32) {
        let oldData = UnsafeMutableRawPointer(mutating: old.data)
        data.copyMemory(from: oldData, byteCount: Int(dataBytes))
        for index in 0..<Int(old.pointerCount) {
            movePointer(
                from: oldData + Int(old.dataBytes) + index * 8, in: old.segment, to: pointer(index).slot, in: segment)
        }
        oldData.initializeMemory(as: UInt8.self, repeating: 0, count: Int(old.dataBytes) + Int(old.pointerCount) * 8)
    }
}

/// Makes `target` lead where `source` does.
func movePointer(
    from source: UnsafeMutableRawPointer, in sourceSegment: UnsafeMutablePointer<Segment>,
    to target: UnsafeMutableRawPointer, in targetSegment: UnsafeMutablePointer<Segment>
) {
    let pointer = WirePointer(at: source)
    // A null pointer, a far one, a capability and an empty struct are the same wherever they lie.
    guard !pointer.isNull, pointer.word & 3 < 2, pointer.word != WirePointer.emptyStruct.word else {
        return pointer.store(at: target)
    }
    link(target, in: targetSegment, to: source + 8 + pointer.offset * 8, in: sourceSegment, pointer)
}

/// Makes `slot` lead to an object of the same message.
/// - Parameter pointer: its kind and sizes.
func link(
    _ slot: UnsafeMutableRawPointer, in segment: UnsafeMutablePointer<Segment>,
    to object: UnsafeMutableRawPointer, in objectSegment: UnsafeMutablePointer<Segment>, _ pointer: WirePointer
) {
    let lower = UInt32(truncatingIfNeeded: pointer.word & 3)
    if segment == objectSegment {
        return WirePointer.near(lower: lower, upper: pointer.upper, offset: (object - slot) / 8 - 1).store(at: slot)
    }
    if let pad = bump(objectSegment, 1) {
        WirePointer.near(lower: lower, upper: pointer.upper, offset: (object - pad) / 8 - 1).store(at: pad)
        let position = (pad - objectSegment.pointee.base) / 8
        return WirePointer.far(segment: objectSegment.pointee.id, position: position, double: false).store(at: slot)
    }
    let padSegment = BuilderArena.segment(objectSegment.pointee.arena, withRoomFor: 2)
    guard let pad = bump(padSegment, 2) else { preconditionFailure("the segment was chosen for its room") }
    let objectPosition = (object - objectSegment.pointee.base) / 8
    WirePointer.far(segment: objectSegment.pointee.id, position: objectPosition, double: false).store(at: pad)
    WirePointer.near(lower: lower, upper: pointer.upper, offset: 0).store(at: pad + 8)
    let position = (pad - padSegment.pointee.base) / 8
    WirePointer.far(segment: padSegment.pointee.id, position: position, double: true).store(at: slot)
}
