/// The standard framing of a stream: number of segments less one, the words of each, padding to 8 bytes, the segments.
///
///     | segments - 1: 4 | words of segment 0: 4 | words of segment 1: 4 | … | padding to 8 | segment 0 | segment 1 | …
public struct FrameHeader: Sendable, Hashable {
    public let segmentCount: Int
    /// With the padding.
    public let headerBytes: Int
    public let bodyBytes: Int
    public var frameBytes: Int { headerBytes + bodyBytes }

    /// What the first bytes of a stream say about its first frame.
    public enum Progress: Sendable, Hashable {
        /// Nothing can be said, or done, before the stream has this many bytes in all.
        case needs(byteCount: Int)
        /// The header is whole; the frame may not be.
        case header(FrameHeader)
    }

    /// Reads a header as far as it has arrived. The number of segments and the sum of words are held to the limits
    /// before anybody allocates for them.
    public static func scan(
        _ bytes: RawSpan, limits: ReadLimits = .default
    ) throws(CapnProtoError) -> Progress {
        guard bytes.byteCount >= 4 else { return .needs(byteCount: 8) }
        let last = word(bytes, 0)
        // Compared before one is added: 0xFFFFFFFF segments must not become none.
        guard last < UInt32(ReadLimits.maxSegmentCount) else { throw .tooManySegments }
        let count = Int(last) + 1
        let headerBytes = (4 + 4 * count + 7) & ~7
        guard bytes.byteCount >= headerBytes else { return .needs(byteCount: headerBytes) }
        var words = 0
        for index in 0..<count {
            words += Int(word(bytes, 4 + 4 * index))
            guard words <= limits.traversalWords else { throw .messageTooLarge }
        }
        return .header(FrameHeader(segmentCount: count, headerBytes: headerBytes, bodyBytes: words * 8))
    }

    static func parseWhole(_ bytes: RawSpan, limits: ReadLimits) throws(CapnProtoError) -> FrameHeader {
        guard case .header(let header) = try scan(bytes, limits: limits) else { throw .truncated }
        guard bytes.byteCount >= header.frameBytes else { throw .truncated }
        guard bytes.byteCount == header.frameBytes else { throw .trailingBytes }
        return header
    }

    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}

/// Cuts a stream of bytes into frames; sans-IO. Holds at most one frame that is not whole.
public struct FrameDecoder: Sendable {
    private let limits: ReadLimits
    private var buffer: [UInt8] = []
    private var start = 0

    public init(limits: ReadLimits = .default) { self.limits = limits }

    public mutating func append(_ bytes: some Collection<UInt8>) {
        if start >= buffer.count / 2 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Bytes that have arrived and belong to no message yet.
    public var pendingByteCount: Int { buffer.count - start }

    /// The next whole message, nil when more bytes are needed. After an error the stream is lost.
    public mutating func next() throws(CapnProtoError) -> Message? {
        guard let byteCount = try frameByteCount() else { return nil }
        let range = start..<start + byteCount
        start += byteCount
        return try Message(framed: buffer.span.bytes.extracting(range), limits: limits)
    }

    private func frameByteCount() throws(CapnProtoError) -> Int? {
        let pending = buffer.span.bytes.extracting(droppingFirst: start)
        guard case .header(let header) = try FrameHeader.scan(pending, limits: limits),
            pending.byteCount >= header.frameBytes
        else { return nil }
        return header.frameBytes
    }
}

enum Framing {
    static func frame(_ arena: UnsafeMutablePointer<Arena>) -> [UInt8] {
        let byteCount = self.byteCount(arena)
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
            write(arena, to: UnsafeMutableRawBufferPointer(buffer))
            initialized = byteCount
        }
    }

    static func byteCount(_ arena: UnsafeMutablePointer<Arena>) -> Int {
        let count = arena.pointee.count
        var words = 0
        for index in 0..<count { words += Int(arena.pointee.segments[index].words) }
        return headerBytes(count) + words * 8
    }

    static func headerBytes(_ segmentCount: Int) -> Int { (4 + 4 * max(1, segmentCount) + 7) & ~7 }

    /// Writes the table and the segments into exactly `byteCount` bytes.
    static func write(_ arena: UnsafeMutablePointer<Arena>, to buffer: UnsafeMutableRawBufferPointer) {
        let count = arena.pointee.count
        var position = headerBytes(count)
        writeTable(arena, to: buffer)
        for index in 0..<count {
            let segment = arena.pointee.segments[index]
            let bytes = UnsafeRawBufferPointer(start: segment.base, count: Int(segment.words) * 8)
            UnsafeMutableRawBufferPointer(rebasing: buffer[position..<position + bytes.count]).copyMemory(from: bytes)
            position += bytes.count
        }
    }

    /// Writes the table into the first bytes of `buffer`.
    static func writeTable(_ arena: UnsafeMutablePointer<Arena>, to buffer: UnsafeMutableRawBufferPointer) {
        let count = arena.pointee.count
        UnsafeMutableRawBufferPointer(rebasing: buffer[..<headerBytes(count)])
            .initializeMemory(as: UInt8.self, repeating: 0)
        buffer.storeBytes(of: UInt32(max(1, count) - 1).littleEndian, as: UInt32.self)
        for index in 0..<count {
            let words = arena.pointee.segments[index].words
            buffer.storeBytes(of: words.littleEndian, toByteOffset: 4 + 4 * index, as: UInt32.self)
        }
    }

    /// The table alone, on the stack.
    static func withTable(_ arena: UnsafeMutablePointer<Arena>, _ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: headerBytes(arena.pointee.count), alignment: 8) { table in
            writeTable(arena, to: table)
            body(UnsafeRawBufferPointer(table))
        }
    }
}
