// Where pointers are followed. Everything that reads a message passes through these functions, and every check is
// made on integer word positions before an address is formed from them.

/// Where a pointer leads, before its kind is known: far pointers are already followed.
@frozen @usableFromInline
struct PointerTarget {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    /// Where the object begins, in bytes from the segment's base: anything that a pointer can say, until `contains` has
    /// said yes.
    @usableFromInline let byteOffset: Int
    @usableFromInline let pointer: WirePointer

    @inlinable @inline(__always)
    init(segment: UnsafeMutablePointer<Segment>, byteOffset: Int, pointer: WirePointer) {
        self.segment = segment
        self.byteOffset = byteOffset
        self.pointer = pointer
    }

    /// Whether so many words lie within the segment. Neither sum can overflow: the numbers have at most 36 bits.
    @inlinable @inline(__always)
    func contains(_ words: Int) -> Bool {
        byteOffset >= 0 && byteOffset &+ words &* 8 <= Int(segment.pointee.words) &* 8
    }
    @inlinable @inline(__always)
    var address: UnsafeMutableRawPointer { segment.pointee.base + byteOffset }
    /// Takes `words` off the allowance, if that has as many.
    @inlinable @inline(__always)
    func spend(_ words: Int) -> Bool { CapnProto.spend(segment.pointee.arena, words) }
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
    let here = slot - UnsafeRawPointer(segment.pointee.base)
    return PointerTarget(segment: segment, byteOffset: here &+ 8 &+ pointer.byteOffset, pointer: pointer)
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
    return PointerTarget(
        segment: try findSegment(arena, first.upper), byteOffset: first.farPosition * 8, pointer: tag)
}

private func findSegment(
    _ arena: UnsafeMutablePointer<Arena>, _ id: UInt32
) throws(CapnProtoError) -> UnsafeMutablePointer<Segment> {
    guard Int(id) < arena.pointee.count else { throw .unknownSegment }
    return arena.pointee.segments + Int(id)
}

// MARK: Structs and lists
//
// Each has two forms: a short one for what is met all the time, a near pointer to an object within all limits, which is made
// to be inlined; and `…Slowly`, which handles whatever the short one doesn't, and knows why something is wrong.

@inlinable @inline(__always) @_lifetime(immortal)
func resolveStruct(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer, _ depth: UInt16
) throws(CapnProtoError) -> StructReader {
    let pointer = WirePointer(at: slot)
    let target = nearTarget(segment, slot, pointer)
    let words = pointer.structWords
    guard _fastPath(pointer.isStruct && words > 0 && depth > 0 && target.contains(words) && target.spend(words)) else {
        return try resolveStructSlowly(segment, slot, depth)
    }
    return StructReader(
        segment: segment, data: UnsafeRawPointer(target.address), dataBytes: UInt32(pointer.dataWords &* 8),
        pointerCount: UInt16(pointer.pointerCount), depth: depth &- 1)
}

/// A null pointer reads as a struct of no words: all fields have their defaults.
@usableFromInline @inline(never) @_lifetime(immortal)
func resolveStructSlowly(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer, _ depth: UInt16
) throws(CapnProtoError) -> StructReader {
    let target = try locate(segment, slot)
    if target.pointer.isNull { return StructReader(emptyIn: segment, at: slot) }
    return try resolveStruct(target, depth)
}

@_lifetime(immortal)
func resolveStruct(_ target: PointerTarget, _ depth: UInt16) throws(CapnProtoError) -> StructReader {
    let pointer = target.pointer
    guard pointer.isStruct else { throw .wrongPointerKind }
    guard depth > 0 else { throw .nestingLimit }
    guard target.contains(pointer.structWords) else { throw .pointerOutOfBounds }
    try target.charge(pointer.structWords)
    return StructReader(
        segment: target.segment, data: UnsafeRawPointer(target.address), dataBytes: UInt32(pointer.dataWords &* 8),
        pointerCount: UInt16(pointer.pointerCount), depth: depth &- 1)
}

/// The one resolver of lists: whatever the encoding, the result is (base, step, data bits, pointer count) of an
/// element, so that a list of structs can be read as a list of its first field and the reverse, with no second set of
/// strides.
@inlinable @inline(__always) @_lifetime(immortal)
func resolveList(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    if expected == .composite { return try resolveStructs(segment, slot, depth) }
    let pointer = WirePointer(at: slot)
    let target = nearTarget(segment, slot, pointer)
    let words = (pointer.count &* expected.stepBits &+ 63) >> 6
    // The same encoding, and of a list of nothing the slow form knows the price.
    guard
        _fastPath(
            pointer.isList && pointer.elementSize == expected && expected != .void && depth > 0
                && target.contains(words)
                && target.spend(words))
    else { return try resolveListSlowly(segment, slot, depth, expected) }
    return ListReader(
        segment: segment, base: UnsafeRawPointer(target.address), count: pointer.count, elementSize: expected,
        stepBits: UInt32(expected.stepBits), dataBits: UInt32(expected.dataBits),
        pointerCount: UInt16(expected.pointerCount), depth: depth &- 1)
}

/// A list of structs that is one on the wire as well.
@inlinable @inline(__always) @_lifetime(immortal)
func resolveStructs(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer, _ depth: UInt16
) throws(CapnProtoError) -> ListReader {
    let pointer = WirePointer(at: slot)
    let target = nearTarget(segment, slot, pointer)
    let words = pointer.count
    guard
        _fastPath(
            pointer.isList && pointer.elementSize == .composite && depth > 0 && target.contains(words &+ 1))
    else { return try resolveListSlowly(segment, slot, depth, .composite) }
    let tag = WirePointer(at: UnsafeRawPointer(target.address))
    let step = tag.structWords
    guard
        _fastPath(
            tag.isStruct && step > 0 && tag.tagCount &* step <= words && tag.tagCount <= ListReader.maxCount
                && target.spend(words &+ 1))
    else { return try resolveListSlowly(segment, slot, depth, .composite) }
    return ListReader(
        segment: segment, base: UnsafeRawPointer(target.address + 8), count: tag.tagCount, elementSize: .composite,
        stepBits: UInt32(step &* 64), dataBits: UInt32(tag.dataWords &* 64), pointerCount: UInt16(tag.pointerCount),
        depth: depth &- 1)
}

@usableFromInline @inline(never) @_lifetime(immortal)
func resolveListSlowly(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    let target = try locate(segment, slot)
    if target.pointer.isNull { return ListReader(emptyIn: segment, at: slot) }
    return try resolveList(target, depth, expected)
}

@_lifetime(immortal)
func resolveList(
    _ target: PointerTarget, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    guard target.pointer.isList else { throw .wrongPointerKind }
    guard depth > 0 else { throw .nestingLimit }
    if target.pointer.elementSize == .composite { return try resolveComposite(target, depth, expected) }
    return try resolveFlat(target, depth, expected)
}

@_lifetime(immortal)
private func resolveComposite(
    _ target: PointerTarget, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    let words = target.pointer.count
    guard target.contains(words + 1) else { throw .pointerOutOfBounds }
    try target.charge(words + 1)
    let tag = WirePointer(at: UnsafeRawPointer(target.address))
    guard tag.isStruct else { throw .badListTag }
    let count = tag.tagCount
    let step = tag.structWords
    guard count &* step <= words, count <= ListReader.maxCount else { throw .badListTag }
    if step == 0 { try target.charge(count) }
    guard tag.isReadable(as: expected) else { throw .wrongElementSize }
    return ListReader(
        segment: target.segment, base: UnsafeRawPointer(target.address + 8), count: count, elementSize: .composite,
        stepBits: UInt32(step * 64), dataBits: UInt32(tag.dataWords * 64), pointerCount: UInt16(tag.pointerCount),
        depth: depth - 1)
}

extension WirePointer {
    /// Whether structs with this tag may be read as elements of another encoding: as their first field.
    func isReadable(as expected: ElementSize) -> Bool {
        switch expected {
        case .void, .composite: true
        case .bit: false
        case .pointer: pointerCount > 0
        default: dataWords > 0
        }
    }
}

@_lifetime(immortal)
private func resolveFlat(
    _ target: PointerTarget, _ depth: UInt16, _ expected: ElementSize
) throws(CapnProtoError) -> ListReader {
    let actual = target.pointer.elementSize
    let count = target.pointer.count
    let words = (count * actual.stepBits + 63) / 64
    guard target.contains(words) else { throw .pointerOutOfBounds }
    try target.charge(actual == .void ? count : words)
    let fits = expected.dataBits <= actual.dataBits && expected.pointerCount <= actual.pointerCount
    guard fits, actual != .bit || expected == .bit || expected == .void else { throw .wrongElementSize }
    return ListReader(
        segment: target.segment, base: UnsafeRawPointer(target.address), count: count, elementSize: actual,
        stepBits: UInt32(actual.stepBits), dataBits: UInt32(actual.dataBits),
        pointerCount: UInt16(actual.pointerCount), depth: depth - 1)
}

// MARK: Texts and data

/// The bytes of a list of bytes: what a text and a data are.
@inlinable @inline(__always)
func resolveBytes(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer
) throws(CapnProtoError) -> UnsafeRawBufferPointer? {
    let pointer = WirePointer(at: slot)
    let target = nearTarget(segment, slot, pointer)
    let words = (pointer.count &+ 7) >> 3
    guard _fastPath(pointer.isList && pointer.elementSize == .byte && target.contains(words) && target.spend(words))
    else {
        return try resolveBytesSlowly(segment, slot)
    }
    return UnsafeRawBufferPointer(start: target.address, count: pointer.count)
}

@usableFromInline @inline(never)
func resolveBytesSlowly(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer
) throws(CapnProtoError) -> UnsafeRawBufferPointer? {
    let target = try locate(segment, slot)
    if target.pointer.isNull { return nil }
    return try resolveBytes(target)
}

func resolveBytes(_ target: PointerTarget) throws(CapnProtoError) -> UnsafeRawBufferPointer {
    guard target.pointer.isList else { throw .wrongPointerKind }
    guard target.pointer.elementSize == .byte else { throw .wrongElementSize }
    let count = target.pointer.count
    let words = (count + 7) / 8
    guard target.contains(words) else { throw .pointerOutOfBounds }
    try target.charge(words)
    return UnsafeRawBufferPointer(start: target.address, count: count)
}

@inlinable @inline(__always) @_lifetime(immortal)
func resolveText(
    _ segment: UnsafeMutablePointer<Segment>, _ slot: UnsafeRawPointer
) throws(CapnProtoError) -> Text.Reader {
    guard let bytes = try resolveBytes(segment, slot) else { return Text.Reader() }
    return try textReader(bytes)
}

@inlinable @inline(__always) @_lifetime(immortal)
func textReader(_ bytes: UnsafeRawBufferPointer) throws(CapnProtoError) -> Text.Reader {
    let count = bytes.count &- 1
    let start = bytes.baseAddress.unsafelyUnwrapped
    guard _fastPath(count >= 0 && start.load(fromByteOffset: count, as: UInt8.self) == 0) else {
        throw .textNotTerminated
    }
    return Text.Reader(UnsafeRawBufferPointer(start: start, count: count))
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
