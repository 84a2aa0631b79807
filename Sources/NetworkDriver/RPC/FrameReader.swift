import CapnProto
import NIOCore

/// Cuts what a channel reads into messages.
///
/// A message that came in one piece is copied once, out of the channel's buffer, a small one into a message that was used
/// before, so that it costs no allocation; a large one is not copied at all: it keeps the buffer, where that is not much larger than the message. Of one that came in pieces the pieces are put
/// together, and nothing else of what was read with them. Nothing is reserved for bytes that a peer merely announces,
/// beyond what a channel reads at once.
struct FrameReader {
    /// From this size on a message keeps its buffer instead of a copy.
    static let inPlaceByteCount = 32 * 1024
    /// The most that is reserved for a message whose beginning has come.
    private static let maxReservedByteCount = 256 * 1024

    private let limits: ReadLimits
    /// What has come and was not taken yet.
    private var buffer = ByteBuffer()
    /// The beginning of a message; its rest is to come, or lies in `buffer`.
    private var partial = ByteBuffer()
    private var pool: MessagePool

    init(maxMessageWords: Int) {
        limits = ReadLimits(traversalWords: maxMessageWords)
        pool = MessagePool(limits: limits)
    }

    /// Bytes that wait for the rest of their message.
    var pendingByteCount: Int { partial.readableBytes + buffer.readableBytes }

    mutating func append(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeBuffer(&bytes) }
    }

    /// The next whole message; nil when more bytes are needed. After an error the stream is lost.
    mutating func next() throws(CapnProtoError) -> Message? {
        if partial.readableBytes > 0 { return try completePartial() }
        guard buffer.readableBytes > 0 else { return nil }
        let progress = try FrameHeader.scan(buffer.readableBytesSpan, limits: limits)
        guard case .header(let header) = progress, buffer.readableBytes >= header.frameBytes else {
            keepPartial(progress)
            return nil
        }
        return try Self.take(header.frameBytes, from: &buffer, &pool, limits)
    }

    private mutating func keepPartial(_ progress: FrameHeader.Progress) {
        if case .header(let header) = progress {
            partial.reserveCapacity(min(header.frameBytes, max(Self.maxReservedByteCount, buffer.readableBytes)))
        }
        partial.writeBuffer(&buffer)
        buffer = ByteBuffer()
    }

    private mutating func completePartial() throws(CapnProtoError) -> Message? {
        while true {
            let frameByteCount: Int
            switch try FrameHeader.scan(partial.readableBytesSpan, limits: limits) {
            case .needs(let byteCount): frameByteCount = byteCount
            case .header(let header) where header.frameBytes == partial.readableBytes:
                return try Self.take(header.frameBytes, from: &partial, &pool, limits)
            case .header(let header): frameByteCount = header.frameBytes
            }
            let missing = min(frameByteCount - partial.readableBytes, buffer.readableBytes)
            guard missing > 0, var piece = buffer.readSlice(length: missing) else { return nil }
            partial.writeBuffer(&piece)
        }
    }

    private static func take(
        _ byteCount: Int, from buffer: inout ByteBuffer, _ pool: inout MessagePool, _ limits: ReadLimits
    ) throws(CapnProtoError) -> Message {
        defer { if buffer.readableBytes == 0 { buffer = ByteBuffer() } }
        guard isWorthKeeping(byteCount, of: buffer) else {
            let message = try pool.message(framed: buffer.readableBytesSpan.extracting(first: byteCount))
            buffer.moveReaderIndex(forwardBy: byteCount)
            return message
        }
        let owner = BufferOwner(buffer.readSlice(length: byteCount)!)
        return try Message(frame: owner.bytes, owner: owner, limits: limits)
    }

    /// Whether a message may keep the buffer that it lies in: a peer must not make much memory stay for a small
    /// message.
    private static func isWorthKeeping(_ byteCount: Int, of buffer: ByteBuffer) -> Bool {
        byteCount >= inPlaceByteCount && byteCount >= buffer.storageCapacity / 4
    }
}

/// Keeps a buffer alive for a message that lies in it.
private final class BufferOwner {
    private let buffer: ByteBuffer
    /// The buffer's bytes: they neither move nor change, as the storage of a buffer that has two owners is copied
    /// before it is written to, and this owner never writes.
    let bytes: UnsafeRawBufferPointer

    init(_ buffer: ByteBuffer) {
        self.buffer = buffer
        bytes = buffer.withUnsafeReadableBytes { $0 }
    }
}
