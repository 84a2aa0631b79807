/// Reads frames where they lie, one after the other: without a copy, and without an allocation for any of them.
///
///     var view = FrameView()
///     let order = try view.open(buffer.readableBytesSpan).structure(Order.self)
///
/// What it gives is bound to the frame's bytes and to the view. What must outlive either, or cross a task, is a `Message`.
public struct FrameView: ~Copyable {
    private let arena: UnsafeMutablePointer<Arena>
    private let limits: ReadLimits
    private let segmentCapacity: Int

    /// - Parameter segments: how many segments a frame may have; `tooManySegments` is thrown for one with more.
    public init(limits: ReadLimits = .default, segments: Int = 16) {
        segmentCapacity = min(max(1, segments), ReadLimits.maxSegmentCount)
        (arena, _) = ArenaBlock.allocate(segmentCapacity: segmentCapacity, remaining: 0)
        self.limits = limits
    }

    deinit { ArenaBlock.deallocate(arena) }

    /// The root of one frame, the whole of `frame`.
    @_lifetime(&self, copy frame)
    public mutating func open(_ frame: RawSpan) throws(CapnProtoError) -> AnyPointerReader {
        let pointer = try fill(frame)
        return _overrideLifetime(_overrideLifetime(pointer, mutating: &self), copying: frame)
    }

    @_lifetime(immortal)
    private func fill(_ frame: RawSpan) throws(CapnProtoError) -> AnyPointerReader {
        let header = try FrameHeader.parseWhole(frame, limits: limits)
        guard header.segmentCount <= segmentCapacity else { throw .tooManySegments }
        arena.pointee.count = 0
        grant(arena, limits.traversalWords)
        frame.withUnsafeBytes { bytes in
            // The address is never written through: readers are all that a view gives.
            let body = UnsafeMutableRawPointer(mutating: bytes.baseAddress.unsafelyUnwrapped + header.headerBytes)
            Message.fill(arena, frame: bytes, header: header, body: body)
        }
        let segment = arena.pointee.segments
        guard segment.pointee.words > 0 else { return .null }
        return AnyPointerReader(
            segment: segment, slot: UnsafeRawPointer(segment.pointee.base), depth: UInt16(limits.nesting))
    }
}
