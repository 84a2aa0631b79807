public import Synchronization

/// One stretch of words of a message, as readers and builders see it. Readers point to entries of the arena's table,
/// so an entry never moves while its arena lives.
@frozen @usableFromInline
struct Segment {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let arena: UnsafeMutablePointer<Arena>
    /// Words in use: what a pointer may lead to.
    @usableFromInline var words: UInt32
    /// Words that a builder may use.
    @usableFromInline let capacity: UInt32
    @usableFromInline let id: UInt32

    @usableFromInline
    init(base: UnsafeMutableRawPointer, arena: UnsafeMutablePointer<Arena>, words: Int, capacity: Int, id: Int) {
        self.base = base
        self.arena = arena
        self.words = UInt32(words)
        self.capacity = UInt32(capacity)
        self.id = UInt32(id)
    }

    /// Whether `count` words from `position` on lie within. Neither sum can overflow: both numbers have at most 33
    /// bits.
    @inlinable @inline(__always)
    func contains(_ position: Int, _ count: Int) -> Bool {
        position >= 0 && position &+ count <= Int(words)
    }
}

/// The table of a message's segments, and what is left of its reader's traversal allowance.
///
/// The counter is atomic so that several threads may read one message; it is loaded and stored rather than
/// decremented, as an allowance that loses a race is still an allowance.
@frozen @usableFromInline
struct Arena: ~Copyable {
    @usableFromInline let remaining: Atomic<Int>
    @usableFromInline let segments: UnsafeMutablePointer<Segment>
    @usableFromInline var count: Int
    /// Whether it lives as long as the program, as defaults do.
    @usableFromInline let isImmortal: Bool

    @usableFromInline
    init(remaining: Int, segments: UnsafeMutablePointer<Segment>, count: Int, isImmortal: Bool) {
        self.isImmortal = isImmortal
        self.remaining = Atomic(remaining)
        self.segments = segments
        self.count = count
    }
}

/// Takes `words` off the allowance of a message, if that has as many.
@inlinable @inline(__always)
func spend(_ arena: UnsafeMutablePointer<Arena>, _ words: Int) -> Bool {
    let left = arena.pointee.remaining.load(ordering: .relaxed) &- words
    if left < 0 { return false }
    arena.pointee.remaining.store(left, ordering: .relaxed)
    return true
}

/// Takes `words` off the allowance of a message.
@inlinable @inline(__always)
func charge(_ arena: UnsafeMutablePointer<Arena>, _ words: Int) throws(CapnProtoError) {
    if _slowPath(!spend(arena, words)) { throw .traversalLimit }
}

/// What is left of the allowance.
func allowance(_ arena: UnsafeMutablePointer<Arena>) -> Int { arena.pointee.remaining.load(ordering: .relaxed) }

/// Sets the allowance.
func grant(_ arena: UnsafeMutablePointer<Arena>, _ words: Int) {
    arena.pointee.remaining.store(words, ordering: .relaxed)
}

/// One heap block that holds an arena, its table of segments and, for a message that owns its bytes, those.
enum ArenaBlock {
    static var headerBytes: Int { MemoryLayout<Arena>.stride }

    /// - Returns: the arena, with no segment yet, and the bytes behind the table.
    static func allocate(
        segmentCapacity: Int, remaining: Int, extraBytes: Int = 0, isImmortal: Bool = false
    ) -> (UnsafeMutablePointer<Arena>, UnsafeMutableRawPointer) {
        let tableBytes = segmentCapacity * MemoryLayout<Segment>.stride
        let block = UnsafeMutableRawPointer.allocate(byteCount: headerBytes + tableBytes + extraBytes, alignment: 8)
        let table = (block + headerBytes).bindMemory(to: Segment.self, capacity: segmentCapacity)
        let arena = block.bindMemory(to: Arena.self, capacity: 1)
        arena.initialize(to: Arena(remaining: remaining, segments: table, count: 0, isImmortal: isImmortal))
        return (arena, block + headerBytes + tableBytes)
    }

    static func deallocate(_ arena: UnsafeMutablePointer<Arena>) {
        arena.deinitialize(count: 1)
        UnsafeMutableRawPointer(arena).deallocate()
    }
}
