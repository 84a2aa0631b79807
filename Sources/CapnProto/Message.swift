/// A received message: its bytes, the table of its segments and its traversal allowance.
///
/// Readers borrow it. It may be shared between threads: bytes are never written after `init`, and the allowance is
/// atomic.
public final class Message: Sendable {
    // SAFETY: the arena and its table are written in `init` only; its counter is atomic.
    @usableFromInline nonisolated(unsafe) let arena: UnsafeMutablePointer<Arena>
    // SAFETY: kept for the sake of its life only, never used.
    private nonisolated(unsafe) let owner: AnyObject?
    private let ownsSegments: Bool
    public let limits: ReadLimits

    /// Copies one frame, the whole of `bytes`.
    public convenience init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) {
        try self.init(framed: bytes.span.bytes, limits: limits)
    }

    /// Copies one frame, the whole of `bytes`.
    public convenience init(framed bytes: RawSpan, limits: ReadLimits = .default) throws(CapnProtoError) {
        let header = try FrameHeader.parseWhole(bytes, limits: limits)
        let (arena, copy) = ArenaBlock.allocate(
            segmentCapacity: header.segmentCount, remaining: limits.traversalWords, extraBytes: header.bodyBytes)
        bytes.withUnsafeBytes { frame in
            let body = UnsafeRawBufferPointer(rebasing: frame[header.headerBytes...])
            UnsafeMutableRawBufferPointer(start: copy, count: body.count).copyMemory(from: body)
            Self.fill(arena, frame: frame, header: header, body: copy)
        }
        self.init(arena: arena, owner: nil, ownsSegments: false, limits: limits)
    }

    /// Reads one frame in place: `owner` keeps `frame` alive and unchanged.
    package convenience init(
        frame: UnsafeRawBufferPointer, owner: AnyObject, limits: ReadLimits
    ) throws(CapnProtoError) {
        let header = try FrameHeader.parseWhole(RawSpan(_unsafeBytes: frame), limits: limits)
        let (arena, _) = ArenaBlock.allocate(
            segmentCapacity: header.segmentCount, remaining: limits.traversalWords)
        // The address is never written through: a message has no builder.
        let body = UnsafeMutableRawPointer(mutating: frame.baseAddress.unsafelyUnwrapped + header.headerBytes)
        Self.fill(arena, frame: frame, header: header, body: body)
        self.init(arena: arena, owner: owner, ownsSegments: false, limits: limits)
    }

    /// Copies segments that came without a frame; each must be a whole number of words.
    public convenience init(segments: [[UInt8]], limits: ReadLimits = .default) throws(CapnProtoError) {
        guard segments.count <= ReadLimits.maxSegmentCount else { throw .tooManySegments }
        var total = 0
        for segment in segments {
            guard segment.count % 8 == 0 else { throw .truncated }
            total += segment.count
            guard total / 8 <= limits.traversalWords else { throw .messageTooLarge }
        }
        let (arena, copy) = ArenaBlock.allocate(
            segmentCapacity: max(1, segments.count), remaining: limits.traversalWords, extraBytes: total)
        var position = copy
        for segment in segments {
            segment.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(start: position, count: $0.count).copyMemory(from: $0)
            }
            Self.append(arena, base: position, words: segment.count / 8)
            position += segment.count
        }
        self.init(arena: arena, owner: nil, ownsSegments: false, limits: limits)
    }

    /// Copies the one segment of a message in flat form: without a frame.
    public convenience init(flat segment: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) {
        try self.init(segments: [segment], limits: limits)
    }

    init(arena: UnsafeMutablePointer<Arena>, owner: AnyObject?, ownsSegments: Bool, limits: ReadLimits) {
        self.arena = arena
        self.owner = owner
        self.ownsSegments = ownsSegments
        self.limits = limits
    }

    deinit {
        if ownsSegments { BuilderArena.freeSegments(arena) }
        ArenaBlock.deallocate(arena)
    }

    /// The message's root, whatever it is. A message without words has a null root.
    @inlinable public var rootPointer: AnyPointerReader {
        @_lifetime(borrow self) get {
            let segment = arena.pointee.segments
            let exists = arena.pointee.count > 0 && segment.pointee.words > 0
            if !exists { return _overrideLifetime(AnyPointerReader.null, borrowing: self) }
            return _overrideLifetime(
                AnyPointerReader(
                    segment: segment, slot: UnsafeRawPointer(segment.pointee.base), depth: UInt16(limits.nesting)),
                borrowing: self)
        }
    }

    /// The message's root struct.
    @inlinable @_lifetime(borrow self)
    public func root<S: StructSchema>(_: S.Type) throws(CapnProtoError) -> S.Reader {
        _overrideLifetime(S.Reader(try rootPointer.structure()), borrowing: self)
    }

    public var segmentCount: Int { arena.pointee.count }
    public var wordCount: Int {
        var words = 0
        for index in 0..<segmentCount { words += Int(arena.pointee.segments[index].words) }
        return words
    }
    /// The bytes of a segment, in place.
    @_lifetime(borrow self)
    public func segmentBytes(_ index: Int) -> RawSpan {
        precondition(index >= 0 && index < segmentCount, "segment index out of range")
        let segment = arena.pointee.segments[index]
        let bytes = UnsafeRawBufferPointer(start: segment.base, count: Int(segment.words) * 8)
        return _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
    }
    /// The message framed for a stream.
    public func framed() -> [UInt8] { Framing.frame(arena) }

    /// Gives the memory of the segments away, in order, to somebody who frees each with `free`; nil where others use the
    /// message too, or where its segments are not memory of their own.
    package static func takeSegments(of message: inout Message) -> [UnsafeRawBufferPointer]? {
        guard message.ownsSegments, isKnownUniquelyReferenced(&message) else { return nil }
        let arena = message.arena
        let segments = (0..<arena.pointee.count).map { index in
            let segment = arena.pointee.segments[index]
            return UnsafeRawBufferPointer(start: segment.base, count: Int(segment.words) * 8)
        }
        arena.pointee.count = 0
        return segments
    }

    /// What is left of the traversal allowance.
    public var remainingTraversalWords: Int { allowance(arena) }
    /// Grants the whole allowance anew: for the owner of a message that is read many times.
    public func renewTraversalAllowance() {
        grant(arena, limits.traversalWords)
    }

    static func fill(
        _ arena: UnsafeMutablePointer<Arena>, frame: UnsafeRawBufferPointer, header: FrameHeader,
        body: UnsafeMutableRawPointer
    ) {
        var base = body
        for index in 0..<header.segmentCount {
            let words = Int(UInt32(littleEndian: frame.loadUnaligned(fromByteOffset: 4 + 4 * index, as: UInt32.self)))
            append(arena, base: base, words: words)
            base += words * 8
        }
    }

    private static func append(_ arena: UnsafeMutablePointer<Arena>, base: UnsafeMutableRawPointer, words: Int) {
        let id = arena.pointee.count
        (arena.pointee.segments + id).initialize(
            to: Segment(base: base, arena: arena, words: words, capacity: words, id: id))
        arena.pointee.count = id + 1
    }
}
