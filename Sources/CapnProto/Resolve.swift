// Where pointers are followed. Everything that reads a message passes through these functions, and every check is
// made on integer word positions before an address is formed from them.

/// Where a pointer leads, before its kind is known: far pointers are already followed.
@frozen @usableFromInline
struct PointerTarget {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    @usableFromInline let position: Int
    @usableFromInline let pointer: WirePointer

    @inlinable @inline(__always)
    init(segment: UnsafeMutablePointer<Segment>, position: Int, pointer: WirePointer) {
        self.segment = segment
        self.position = position
        self.pointer = pointer
    }

    @inlinable @inline(__always)
    func contains(_ words: Int) -> Bool { segment.pointee.contains(position, words) }
    @inlinable @inline(__always)
    var address: UnsafeMutableRawPointer { segment.pointee.base + position &* 8 }
    @inlinable @inline(__always)
    func charge(_ words: Int) throws(CapnProtoError) { try CapnProto.charge(segment.pointee.arena, words) }
}

@inlinable @inline(__always)
func locate(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer
) throws(CapnProtoError) -> PointerTarget {
    let pointer = WirePointer(at: slot)
    if _slowPath(pointer.isFar) { return try followFar(segment, pointer) }
    return nearTarget(segment, slot, pointer)
}

@inlinable @inline(__always)
func nearTarget(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer, _ pointer: WirePointer
) -> PointerTarget {
    let here = (slot - UnsafeRawPointer(segment.pointee.base)) / 8
    return PointerTarget(segment: segment, position: here &+ 1 &+ pointer.offset, pointer: pointer)
}

/// Follows a far pointer to its landing pad, which is one near pointer, or for a double far pointer a far pointer to
/// the object and a tag that describes it.
@usableFromInline @inline(never)
func followFar(
    _ segment: UnsafeMutablePointer<Segment>, _ far: WirePointer
) throws(CapnProtoError) -> PointerTarget {
    let arena = segment.pointee.arena
    let padSegment = try findSegment(arena, far.upper)
    let padWords = far.isDoubleFar ? 2 : 1
    guard padSegment.pointee.contains(far.farPosition, padWords) else { throw .badFarPointer }
    try charge(arena, padWords)
    let pad = UnsafeRawPointer(padSegment.pointee.base + far.farPosition * 8)
    let first = WirePointer(at: pad)
    guard far.isDoubleFar else {
        guard !first.isFar else { throw .badFarPointer }
        return nearTarget(padSegment, pad, first)
    }
    let tag = WirePointer(at: pad + 8)
    guard first.isFar, !first.isDoubleFar, tag.isStruct || tag.isList else { throw .badFarPointer }
    return PointerTarget(segment: try findSegment(arena, first.upper), position: first.farPosition, pointer: tag)
}

private func findSegment(
    _ arena: UnsafeMutablePointer<Arena>, _ id: UInt32
) throws(CapnProtoError) -> UnsafeMutablePointer<Segment> {
    guard Int(id) < arena.pointee.count else { throw .unknownSegment }
    return arena.pointee.segments + Int(id)
}

/// A null pointer reads as a struct of no words: all fields have their defaults.
@inlinable @_lifetime(immortal)
func resolveStruct(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer, _ depth: UInt16
) throws(CapnProtoError) -> StructReader {
    let target = try locate(segment, slot)
    if target.pointer.isNull { return StructReader(emptyIn: segment, at: slot) }
    return try resolveStruct(target, depth)
}

@inlinable @inline(__always) @_lifetime(immortal)
func resolveStruct(_ target: PointerTarget, _ depth: UInt16) throws(CapnProtoError) -> StructReader {
    let pointer = target.pointer
    if _slowPath(!pointer.isStruct) { throw .wrongPointerKind }
    if _slowPath(depth == 0) { throw .nestingLimit }
    if _slowPath(!target.contains(pointer.structWords)) { throw .pointerOutOfBounds }
    try target.charge(pointer.structWords)
    return StructReader(
        segment: target.segment, data: UnsafeRawPointer(target.address), dataBytes: UInt32(pointer.dataWords &* 8),
        pointerCount: UInt16(pointer.pointerCount), depth: depth &- 1)
}

/// The one resolver of lists: whatever the encoding, the result is (base, step, data bits, pointer count) of an
/// element, so that a list of structs can be read as a list of its first field and the reverse, with no second set of
/// strides.
@inlinable @_lifetime(immortal)
func resolveList(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    let target = try locate(segment, slot)
    if target.pointer.isNull { return ListReader(emptyIn: segment, at: slot) }
    return try resolveList(target, depth, expected)
}

@inlinable @inline(__always) @_lifetime(immortal)
func resolveList(
    _ target: PointerTarget, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    if _slowPath(!target.pointer.isList) { throw .wrongPointerKind }
    if _slowPath(depth == 0) { throw .nestingLimit }
    if target.pointer.elementSize == .composite { return try resolveComposite(target, depth, expected) }
    return try resolveFlat(target, depth, expected)
}

@inlinable @_lifetime(immortal)
func resolveComposite(
    _ target: PointerTarget, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    let words = target.pointer.count
    if _slowPath(!target.contains(words &+ 1)) { throw .pointerOutOfBounds }
    try target.charge(words &+ 1)
    let tag = WirePointer(at: UnsafeRawPointer(target.address))
    if _slowPath(!tag.isStruct) { throw .badListTag }
    let count = tag.tagCount
    let step = tag.structWords
    if _slowPath(count &* step > words || count > ListReader.maxCount) { throw .badListTag }
    if _slowPath(step == 0) { try target.charge(count) }
    switch expected {
    case .void, .composite: break
    case .bit: throw .wrongElementSize
    case .pointer: if _slowPath(tag.pointerCount == 0) { throw .wrongElementSize }
    default: if _slowPath(tag.dataWords == 0) { throw .wrongElementSize }
    }
    return ListReader(
        segment: target.segment, base: UnsafeRawPointer(target.address + 8), count: count, elementSize: .composite,
        stepBits: UInt32(step &* 64), dataBits: UInt32(tag.dataWords &* 64), pointerCount: UInt16(tag.pointerCount),
        depth: depth &- 1)
}

@inlinable @_lifetime(immortal)
func resolveFlat(
    _ target: PointerTarget, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    let actual = target.pointer.elementSize
    let count = target.pointer.count
    let words = (count &* actual.stepBits &+ 63) / 64
    if _slowPath(!target.contains(words)) { throw .pointerOutOfBounds }
    try target.charge(actual == .void ? count : words)
    let fits = expected.dataBits <= actual.dataBits && expected.pointerCount <= actual.pointerCount
    if _slowPath(!fits || actual == .bit && expected != .bit && expected != .void) { throw .wrongElementSize }
    return ListReader(
        segment: target.segment, base: UnsafeRawPointer(target.address), count: count, elementSize: actual,
        stepBits: UInt32(actual.stepBits), dataBits: UInt32(actual.dataBits), pointerCount: UInt16(actual.pointerCount),
        depth: depth &- 1)
}

/// The bytes of a list of bytes: what a text and a data are.
@inlinable
func resolveBytes(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer
) throws(CapnProtoError) -> UnsafeRawBufferPointer? {
    let target = try locate(segment, slot)
    if target.pointer.isNull { return nil }
    return try resolveBytes(target)
}

@inlinable @inline(__always)
func resolveBytes(_ target: PointerTarget) throws(CapnProtoError) -> UnsafeRawBufferPointer {
    if _slowPath(!target.pointer.isList) { throw .wrongPointerKind }
    if _slowPath(target.pointer.elementSize != .byte) { throw .wrongElementSize }
    let count = target.pointer.count
    let words = (count &+ 7) / 8
    if _slowPath(!target.contains(words)) { throw .pointerOutOfBounds }
    try target.charge(words)
    return UnsafeRawBufferPointer(start: target.address, count: count)
}

@inlinable @_lifetime(immortal)
func resolveText(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer
) throws(CapnProtoError) -> Text.Reader {
    guard let bytes = try resolveBytes(segment, slot) else { return Text.Reader() }
    return try textReader(bytes)
}

@inlinable @inline(__always) @_lifetime(immortal)
func textReader(_ bytes: UnsafeRawBufferPointer) throws(CapnProtoError) -> Text.Reader {
    guard let last = bytes.last, last == 0 else { throw .textNotTerminated }
    return Text.Reader(UnsafeRawBufferPointer(rebasing: bytes.dropLast()))
}

/// - Returns: nil for a null pointer.
@inlinable
func resolveCapability(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer
) throws(CapnProtoError) -> UInt32? {
    let pointer = try locate(segment, slot).pointer
    if pointer.isNull { return nil }
    guard pointer.word & 3 == 3 else { throw .wrongPointerKind }
    guard pointer.isCapability else { throw .reservedPointer }
    return pointer.upper
}
