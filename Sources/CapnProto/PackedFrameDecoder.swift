/// Cuts a packed stream into messages as it arrives; sans-IO.
///
/// Holds the packed bytes that have arrived, and of an unpacked frame at most one, whose size was within the limits before
/// room was made for it.
public struct PackedFrameDecoder: Sendable {
    private let limits: ReadLimits
    private var unpacker = Unpacker()
    private var packed: [UInt8] = []
    private var start = 0
    /// The frame so far: first as much of its table as tells its size, then all of it.
    private var frame: [UInt8] = []

    public init(limits: ReadLimits = .default) { self.limits = limits }

    public mutating func append(_ bytes: some Collection<UInt8>) {
        if start >= packed.count / 2 {
            packed.removeFirst(start)
            start = 0
        }
        packed.append(contentsOf: bytes)
    }

    /// Whether the stream may end here: between two messages.
    public var isBetweenMessages: Bool { start == packed.count && frame.isEmpty && unpacker.isBetweenWords }

    /// The next whole message, nil when more bytes are needed. After an error the stream is lost.
    public mutating func next() throws(CapnProtoError) -> Message? {
        while true {
            let header: FrameHeader
            switch try FrameHeader.scan(frame.span.bytes, limits: limits) {
            case .needs(let byteCount):
                guard fill(to: byteCount) else { return nil }
                continue
            case .header(let known): header = known
            }
            guard fill(to: header.frameBytes) else { return nil }
            let message = try Message(framed: frame, limits: limits)
            frame.removeAll(keepingCapacity: frame.capacity <= 1 << 16)
            return message
        }
    }

    /// - Returns: whether the frame has that many bytes now.
    private mutating func fill(to byteCount: Int) -> Bool {
        let missing = byteCount - frame.count
        guard missing > 0 else { return true }
        var read = 0
        let more = [UInt8](unsafeUninitializedCapacity: missing) { buffer, initialized in
            packed.withUnsafeBytes { packed in
                let rest = UnsafeRawBufferPointer(rebasing: packed[start...])
                (read, initialized) = unpacker.unpack(rest, to: UnsafeMutableRawBufferPointer(buffer))
            }
        }
        start += read
        frame.append(contentsOf: more)
        return more.count == missing
    }
}

extension Message {
    /// Unpacks one packed frame, the whole of `packed`.
    public convenience init(packed: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) {
        try self.init(packed: packed.span.bytes, limits: limits)
    }

    /// Unpacks one packed frame, the whole of `packed`, into the message's own memory. Nothing is allocated before the size
    /// that it announces is within the limits.
    public convenience init(packed: RawSpan, limits: ReadLimits = .default) throws(CapnProtoError) {
        let arena = try packed.withUnsafeBytes { (bytes) throws(CapnProtoError) in
            try Self.unpack(bytes, limits)
        }
        self.init(arena: arena, owner: nil, ownsSegments: false, limits: limits)
    }

    private static func unpack(
        _ packed: UnsafeRawBufferPointer, _ limits: ReadLimits
    ) throws(CapnProtoError) -> UnsafeMutablePointer<Arena> {
        // Most tables are small enough for the stack; the largest one has 2056 bytes.
        if let arena = try unpack(packed, limits, tableBytes: 256) { return arena }
        guard let arena = try unpack(packed, limits, tableBytes: 2056) else { throw .tooManySegments }
        return arena
    }

    /// - Returns: nil when the table needs more room.
    private static func unpack(
        _ packed: UnsafeRawBufferPointer, _ limits: ReadLimits, tableBytes: Int
    ) throws(CapnProtoError) -> UnsafeMutablePointer<Arena>? {
        try withUnsafeTemporaryTable(tableBytes) { (table) throws(CapnProtoError) in
            var unpacker = Unpacker()
            var read = 0
            guard let header = try unpackHeader(packed, &read, &unpacker, table, limits) else { return nil }
            let (arena, body) = ArenaBlock.allocate(
                segmentCapacity: header.segmentCount, remaining: limits.traversalWords, extraBytes: header.bodyBytes)
            let rest = UnsafeRawBufferPointer(rebasing: packed[read...])
            let target = UnsafeMutableRawBufferPointer(start: body, count: header.bodyBytes)
            let (bodyRead, written) = unpacker.unpack(rest, to: target)
            guard written == header.bodyBytes, read + bodyRead == packed.count, unpacker.isBetweenWords else {
                ArenaBlock.deallocate(arena)
                throw written == header.bodyBytes ? .trailingBytes : .truncated
            }
            fill(arena, frame: UnsafeRawBufferPointer(table), header: header, body: body)
            return arena
        }
    }

    /// Unpacks the table of segments, and no more.
    /// - Returns: nil when the table needs more room.
    private static func unpackHeader(
        _ packed: UnsafeRawBufferPointer, _ read: inout Int, _ unpacker: inout Unpacker,
        _ table: UnsafeMutableRawBufferPointer, _ limits: ReadLimits
    ) throws(CapnProtoError) -> FrameHeader? {
        var written = 0
        while true {
            let known = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: table[..<written]))
            let byteCount: Int
            switch try FrameHeader.scan(known, limits: limits) {
            case .header(let header): return header
            case .needs(let count): byteCount = count
            }
            guard byteCount <= table.count else { return nil }
            let (more, filled) = unpacker.unpack(
                UnsafeRawBufferPointer(rebasing: packed[read...]),
                to: UnsafeMutableRawBufferPointer(rebasing: table[written..<byteCount]))
            guard written + filled == byteCount else { throw .truncated }
            read += more
            written = byteCount
        }
    }
}

/// Room for a table of segments, on the stack where it is small.
private func withUnsafeTemporaryTable<T>(
    _ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws(CapnProtoError) -> T
) throws(CapnProtoError) -> T {
    let result: Result<T, CapnProtoError> = withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { table in
        do throws(CapnProtoError) {
            return .success(try body(table))
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}
