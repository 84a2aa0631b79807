/// The default of a field that is a pointer, as generated code holds it: one encoded object, kept for as long as the
/// program runs. Held by a `static let`, so that each is made once.
public struct DefaultValue: Sendable {
    // SAFETY: immutable after init but for the atomic counter, and never freed.
    @usableFromInline nonisolated(unsafe) let arena: UnsafeMutablePointer<Arena>

    /// - Parameter words: a segment of words whose first is the pointer to the object.
    public init(words: [UInt64]) {
        precondition(!words.isEmpty, "a default value has at least its root pointer")
        let (arena, bytes) = ArenaBlock.allocate(
            segmentCapacity: 1, remaining: .max, extraBytes: words.count * 8, isImmortal: true)
        for (index, word) in words.enumerated() {
            bytes.storeBytes(of: word.littleEndian, toByteOffset: index * 8, as: UInt64.self)
        }
        arena.pointee.segments.initialize(
            to: Segment(base: bytes, arena: arena, words: words.count, capacity: words.count, id: 0))
        arena.pointee.count = 1
        self.arena = arena
    }

    @inlinable public var pointer: AnyPointerReader {
        @_lifetime(immortal) get {
            let segment = arena.pointee.segments
            return AnyPointerReader(
                segment: segment, slot: UnsafeRawPointer(segment.pointee.base),
                depth: UInt16(ReadLimits.default.nesting))
        }
    }
}

extension AnyPointerReader {
    /// A pointer that is null for ever.
    @inlinable public static var null: AnyPointerReader {
        @_lifetime(immortal) get { nullValue.pointer }
    }
    @usableFromInline static let nullValue = DefaultValue(words: [0])
}
