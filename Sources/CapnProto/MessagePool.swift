/// Messages that are used again: for a connection that receives many, so that a received one costs no allocation.
///
/// A message that came out of the pool is like any other, and may be kept for as long as one likes: the pool uses a message
/// again when nobody else has it any more.
public struct MessagePool {
    private var messages: [Message] = []
    private var next = 0
    private let capacity: Int
    private let limits: ReadLimits

    /// Larger frames get a message of their own, so that the pool doesn't keep much memory.
    public static let maxFrameBytes = 4096
    static let maxSegments = 8

    /// - Parameter capacity: how many messages are kept at most.
    public init(capacity: Int = 8, limits: ReadLimits = .default) {
        self.capacity = max(1, capacity)
        self.limits = limits
    }

    /// Copies one frame, the whole of `frame`, into a message.
    public mutating func message(framed frame: RawSpan) throws(CapnProtoError) -> Message {
        let header = try FrameHeader.parseWhole(frame, limits: limits)
        guard header.bodyBytes <= Self.maxFrameBytes, header.segmentCount <= Self.maxSegments else {
            return try Message(framed: frame, limits: limits)
        }
        if messages.count < capacity, messages.isEmpty || !isSpare(next) {
            return addMessage(frame, header)
        }
        for _ in messages.indices {
            if isSpare(next) {
                let message = messages[next]
                message.refill(frame, header)
                return message
            }
            next = (next + 1) % messages.count
        }
        return try Message(framed: frame, limits: limits)
    }

    /// Whether nobody else has the message. (Another thread that had it has let it go before, and with that is done
    /// reading: a release and the load of a reference count are ordered.)
    private mutating func isSpare(_ index: Int) -> Bool { isKnownUniquelyReferenced(&messages[index]) }

    private mutating func addMessage(_ frame: RawSpan, _ header: FrameHeader) -> Message {
        let message = Message(roomyWith: limits, segments: Self.maxSegments, bytes: Self.maxFrameBytes)
        message.refill(frame, header)
        messages.append(message)
        next = 0
        return message
    }
}

extension Message {
    /// An empty message with room for frames to come.
    convenience init(roomyWith limits: ReadLimits, segments: Int, bytes: Int) {
        let (arena, _) = ArenaBlock.allocate(
            segmentCapacity: segments, remaining: limits.traversalWords, extraBytes: bytes)
        self.init(arena: arena, owner: nil, ownsSegments: false, limits: limits)
    }

    /// Becomes the message of another frame. Only for a message that nobody else has, made by `init(roomyWith:)`.
    func refill(_ frame: RawSpan, _ header: FrameHeader) {
        let table = UnsafeMutableRawPointer(arena.pointee.segments)
        let body = table + MessagePool.maxSegments * MemoryLayout<Segment>.stride
        arena.pointee.count = 0
        grant(arena, limits.traversalWords)
        frame.withUnsafeBytes { bytes in
            body.copyMemory(
                from: bytes.baseAddress.unsafelyUnwrapped + header.headerBytes, byteCount: header.bodyBytes)
            Self.fill(arena, frame: bytes, header: header, body: body)
        }
    }
}
