// The memory of a message under construction, zeroed when it is handed out. Segments never move, and each new one is
// as large as all before it, so a table of 31 entries reaches beyond the 4 GiB that pointers can span (and with its
// arena takes 1024 bytes, which the C library keeps at hand for the next one).

/// How deep a builder's own objects may be read: deeper than a peer will, but within the stack.
@usableFromInline let builderNesting: UInt16 = 512

enum BuilderArena {
    static let maxSegments = 31
    /// The most words of a message: what the 29 bits of a far pointer can address.
    static let maxWords = 1 << 29 - 1

    static func make(firstSegmentWords: Int) -> UnsafeMutablePointer<Arena> {
        let (arena, _) = ArenaBlock.allocate(segmentCapacity: maxSegments, remaining: .max)
        addSegment(arena, words: max(1, firstSegmentWords))
        return arena
    }

    static func addSegment(_ arena: UnsafeMutablePointer<Arena>, words: Int) {
        let id = arena.pointee.count
        precondition(id < maxSegments && words <= maxWords, "a message can't have more than 4 GiB")
        let base = UnsafeMutableRawPointer.allocate(byteCount: words * 8, alignment: 8)
        (arena.pointee.segments + id).initialize(
            to: Segment(base: base, arena: arena, words: 0, capacity: words, id: id))
        arena.pointee.count = id + 1
    }

    static func freeSegments(_ arena: UnsafeMutablePointer<Arena>) {
        for index in 0..<arena.pointee.count { arena.pointee.segments[index].base.deallocate() }
        arena.pointee.count = 0
    }

    /// Empties the arena but keeps its largest segment.
    static func reset(_ arena: UnsafeMutablePointer<Arena>) {
        let table = arena.pointee.segments
        let last = arena.pointee.count - 1
        let kept = table[last]
        for index in 0..<last { table[index].base.deallocate() }
        table.initialize(to: Segment(base: kept.base, arena: arena, words: 0, capacity: Int(kept.capacity), id: 0))
        arena.pointee.count = 1
    }

    /// A segment with room for `words`: the last one, or a new one.
    static func segment(
        _ arena: UnsafeMutablePointer<Arena>, withRoomFor words: Int
    ) -> UnsafeMutablePointer<Segment> {
        let last = arena.pointee.segments + (arena.pointee.count - 1)
        if Int(last.pointee.capacity) - Int(last.pointee.words) >= words { return last }
        var total = 0
        for index in 0..<arena.pointee.count { total += Int(arena.pointee.segments[index].capacity) }
        precondition(words <= maxWords - total, "a message can't have more than 4 GiB")
        // Twice the words of a large object, as most have others behind them, which then need no far pointers.
        addSegment(arena, words: min(max(2 * words, total), maxWords - total))
        return arena.pointee.segments + (arena.pointee.count - 1)
    }
}

/// Where a new object lies.
@frozen @usableFromInline
struct Placement {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    @usableFromInline let address: UnsafeMutableRawPointer

    @inlinable init(segment: UnsafeMutablePointer<Segment>, address: UnsafeMutableRawPointer) {
        self.segment = segment
        self.address = address
    }
}

/// Takes `words` from the end of a segment and zeroes them; nil when it has no room for them.
@inlinable @inline(__always)
func bump(_ segment: UnsafeMutablePointer<Segment>, _ words: Int) -> UnsafeMutableRawPointer? {
    guard let address = bumpAsIs(segment, words) else { return nil }
    zero(address, words)
    return address
}

/// Takes `words` from the end of a segment, with whatever is in them.
@inlinable @inline(__always)
func bumpAsIs(_ segment: UnsafeMutablePointer<Segment>, _ words: Int) -> UnsafeMutableRawPointer? {
    let used = Int(segment.pointee.words)
    guard words <= Int(segment.pointee.capacity) &- used else { return nil }
    segment.pointee.words = UInt32(truncatingIfNeeded: used &+ words)
    return segment.pointee.base + used &* 8
}

/// Most objects are small, and a call to zero them would cost more than the stores: up to eight words are four stores, some
/// of which may be of the same words.
@inlinable @inline(__always)
func zero(_ address: UnsafeMutableRawPointer, _ words: Int) {
    if words >= 4 {
        guard words <= 8 else {
            address.initializeMemory(as: UInt64.self, repeating: 0, count: words)
            return
        }
        let pair = SIMD2<UInt64>(0, 0)
        address.storeBytes(of: pair, as: SIMD2<UInt64>.self)
        address.storeBytes(of: pair, toByteOffset: 16, as: SIMD2<UInt64>.self)
        address.storeBytes(of: pair, toByteOffset: words &* 8 &- 32, as: SIMD2<UInt64>.self)
        address.storeBytes(of: pair, toByteOffset: words &* 8 &- 16, as: SIMD2<UInt64>.self)
    } else if words > 0 {
        address.storeBytes(of: 0, as: UInt64.self)
        address.storeBytes(of: 0, toByteOffset: words >> 1 &* 8, as: UInt64.self)
        address.storeBytes(of: 0, toByteOffset: words &* 8 &- 8, as: UInt64.self)
    }
}

/// Allocates an object and makes `slot`, in `segment`, point to it.
/// - Parameters:
///   - lower: the kind: 0 for a struct, 1 for a list.
///   - upper: the upper half of the pointer: sizes.
@inlinable
func place(
    _ words: Int, lower: UInt32, upper: UInt32, slot: UnsafeMutableRawPointer, segment: UnsafeMutablePointer<Segment>
) -> Placement {
    let placement = placeAsIs(words, lower: lower, upper: upper, slot: slot, segment: segment)
    zero(placement.address, words)
    return placement
}

/// The same, with whatever is in the words.
@inlinable @inline(__always)
func placeAsIs(
    _ words: Int, lower: UInt32, upper: UInt32, slot: UnsafeMutableRawPointer, segment: UnsafeMutablePointer<Segment>
) -> Placement {
    if let address = bumpAsIs(segment, words) {
        WirePointer.near(lower: lower, upper: upper, offset: (address - slot) >> 3 &- 1).store(at: slot)
        return Placement(segment: segment, address: address)
    }
    return placeFar(words, lower: lower, upper: upper, slot: slot, segment: segment)
}

/// The object goes to another segment, behind a landing pad; its words are as they were.
@usableFromInline @inline(never)
func placeFar(
    _ words: Int, lower: UInt32, upper: UInt32, slot: UnsafeMutableRawPointer, segment: UnsafeMutablePointer<Segment>
) -> Placement {
    let other = BuilderArena.segment(segment.pointee.arena, withRoomFor: words + 1)
    let position = Int(other.pointee.words)
    guard let pad = bumpAsIs(other, words + 1) else { preconditionFailure("the segment was chosen for its room") }
    WirePointer.near(lower: lower, upper: upper, offset: 0).store(at: pad)
    WirePointer.far(segment: other.pointee.id, position: position, double: false).store(at: slot)
    return Placement(segment: other, address: pad + 8)
}
