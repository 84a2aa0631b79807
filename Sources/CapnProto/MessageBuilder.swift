/// A message under construction.
///
/// The root builder holds exclusive access to it, so a message can't be sent while something may still write to it:
///
///     var message = MessageBuilder()
///     var transfer = message.initRoot(Transfer.self)      // `var`, as a `let` holds the access to its scope's end
///     transfer.amount = 5
///     send(message.framed())
public struct MessageBuilder: ~Copyable {
    @usableFromInline private(set) var arena: UnsafeMutablePointer<Arena>

    /// - Parameter firstSegmentWords: 1 KiB by default; each further segment doubles the message's room.
    public init(firstSegmentWords: Int = 128) {
        arena = BuilderArena.make(firstSegmentWords: firstSegmentWords)
        _ = bump(arena.pointee.segments, 1)
    }

    /// Takes over an arena that was reset.
    init(reusing arena: UnsafeMutablePointer<Arena>) { self.arena = arena }

    /// Gives the arena away.
    consuming func release() -> UnsafeMutablePointer<Arena> {
        let arena = self.arena
        discard self
        return arena
    }

    deinit {
        BuilderArena.freeSegments(arena)
        ArenaBlock.deallocate(arena)
    }

    /// Empties the message and keeps its largest segment for the next one.
    public mutating func reset() {
        BuilderArena.reset(arena)
        _ = bump(arena.pointee.segments, 1)
    }

    /// Moves everything into one segment, in the order of a walk from the root: without far pointers, and without the
    /// words that overwritten objects and orphans have left behind.
    /// - Throws: `nestingLimit` for objects nested deeper than `Message` would read.
    public mutating func compact() throws(CapnProtoError) {
        let words = try rootReader.measure().words
        var other = MessageBuilder(firstSegmentWords: words + 1)
        try other.root.copy(rootReader)
        let arena = self.arena
        self.arena = other.arena
        other.arena = arena
    }

    // MARK: The root

    @inlinable public var root: AnyPointerBuilder {
        @_lifetime(&self) mutating get {
            let pointer = AnyPointerBuilder(rootOf: arena)
            return _overrideLifetime(pointer, mutating: &self)
        }
    }
    @inlinable @_lifetime(&self)
    public mutating func initRoot<S: StructSchema>(_: S.Type) -> S.Builder {
        let builder = AnyPointerBuilder(rootOf: arena).initStructure(S.self)
        return _overrideLifetime(builder, mutating: &self)
    }
    /// The root that is there, else a new one.
    @inlinable @_lifetime(&self)
    public mutating func root<S: StructSchema>(_: S.Type) throws(CapnProtoError) -> S.Builder {
        let builder = try AnyPointerBuilder(rootOf: arena).structure(S.self)
        return _overrideLifetime(builder, mutating: &self)
    }
    /// The root for as long as `body` takes: for untyped builders, which nobody needs to declare `var`.
    @inlinable public mutating func withRoot<Result, Failure: Error>(
        _ body: (AnyPointerBuilder) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(root)
    }
    /// Writes a plain struct as the root.
    @inlinable public mutating func setRoot<V: StructValue>(_ value: V) {
        root.setValue(value)
    }
    /// Copies a struct of another message as the root.
    @inlinable public mutating func copyRoot(_ source: StructReader) throws(CapnProtoError) {
        try root.copy(source)
    }
    /// The root as readers see it.
    @inlinable @_lifetime(borrow self)
    public func reader<S: StructSchema>(_: S.Type) throws(CapnProtoError) -> S.Reader {
        try rootReader.structure(S.self)
    }
    /// The root as readers see it, whatever it is.
    @inlinable public var rootReader: AnyPointerReader {
        @_lifetime(borrow self) get {
            let segment = arena.pointee.segments
            let pointer = AnyPointerReader(
                segment: segment, slot: UnsafeRawPointer(segment.pointee.base), depth: builderNesting)
            return _overrideLifetime(pointer, borrowing: self)
        }
    }

    /// Makes orphans in this message before it has a root.
    public var orphanage: Orphanage {
        @_lifetime(&self) mutating get { _overrideLifetime(Orphanage(arena: arena), mutating: &self) }
    }

    // MARK: Output

    public var segmentCount: Int { arena.pointee.count }
    public var framedByteCount: Int { Framing.byteCount(arena) }
    /// The words in use, without the frame's table.
    public var wordCount: Int { (framedByteCount - Framing.headerBytes(segmentCount)) / 8 }
    /// The message as one segment without a frame: as it stands where it has one segment, else as `compact` leaves it.
    /// - Throws: as `compact`.
    public func flat() throws(CapnProtoError) -> [UInt8] {
        if segmentCount == 1 { return segmentBytes(0).withUnsafeBytes { [UInt8]($0) } }
        var other = MessageBuilder(firstSegmentWords: try rootReader.measure().words + 1)
        try other.root.copy(rootReader)
        return other.segmentBytes(0).withUnsafeBytes { [UInt8]($0) }
    }
    /// The message framed for a stream.
    public func framed() -> [UInt8] { Framing.frame(arena) }
    /// Writes the framed message into the first `framedByteCount` bytes of `buffer`, which must have as many.
    package func writeFramed(to buffer: UnsafeMutableRawBufferPointer) {
        Framing.write(arena, to: buffer)
    }
    /// The used bytes of a segment, in place.
    @_lifetime(borrow self)
    public func segmentBytes(_ index: Int) -> RawSpan {
        precondition(index >= 0 && index < segmentCount, "segment index out of range")
        let segment = arena.pointee.segments[index]
        let bytes = UnsafeRawBufferPointer(start: segment.base, count: Int(segment.words) * 8)
        return _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
    }
    /// Copies of the segments.
    public func segments() -> [[UInt8]] {
        (0..<segmentCount).map { index in segmentBytes(index).withUnsafeBytes { [UInt8]($0) } }
    }
    /// Ends the construction: the message can be read, and shared, without a copy.
    public consuming func finish(limits: ReadLimits = .default) -> Message {
        let arena = self.arena
        discard self
        grant(arena, limits.traversalWords)
        return Message(arena: arena, owner: nil, ownsSegments: true, limits: limits)
    }
}
