import CapnProto
import NIOCore

/// Cuts what a channel reads into messages.
///
/// A message that came in one piece is copied once, out of the channel's buffer. A large one is not copied any more
/// once its bytes are together: it keeps the buffer, where that is not much larger than the message. Nothing is
/// reserved for bytes that a peer merely announces.
struct FrameReader {
    /// From this size on a message keeps its buffer instead of a copy.
    static let inPlaceByteCount = 32 * 1024

    private let limits: ReadLimits
    private var buffer = ByteBuffer()

    init(maxMessageWords: Int) {
        limits = ReadLimits(traversalWords: maxMessageWords)
    }

    /// Bytes that wait for the rest of their message.
    var pendingByteCount: Int { buffer.readableBytes }

    mutating func append(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeBuffer(&bytes) }
    }

    /// The next whole message; nil when more bytes are needed. After an error the stream is lost.
    mutating func next() throws(CapnProtoError) -> Message? {
        guard buffer.readableBytes > 0 else { return nil }
        guard case .header(let header) = try FrameHeader.scan(buffer.readableBytesSpan, limits: limits),
            buffer.readableBytes >= header.frameBytes
        else {
            compact()
            return nil
        }
        if isWorthKeeping(header.frameBytes) { return try takeInPlace(header.frameBytes) }
        let message = try Message(framed: buffer.readableBytesSpan.extracting(first: header.frameBytes), limits: limits)
        buffer.moveReaderIndex(forwardBy: header.frameBytes)
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
        return message
    }

    /// Whether a message may keep the buffer that it lies in: a peer must not make much memory stay for a small
    /// message.
    private func isWorthKeeping(_ frameBytes: Int) -> Bool {
        frameBytes >= Self.inPlaceByteCount && frameBytes >= buffer.storageCapacity / 4
    }

    private mutating func takeInPlace(_ byteCount: Int) throws(CapnProtoError) -> Message {
        let owner = BufferOwner(buffer.readSlice(length: byteCount)!)
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
        return try Message(frame: owner.bytes, owner: owner, limits: limits)
    }

    /// Forgets what was read, where that is most of the buffer.
    private mutating func compact() {
        if buffer.readerIndex > buffer.readableBytes { buffer.discardReadBytes() }
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

extension ByteBuffer {
    /// Appends a message, framed for a stream.
    mutating func writeMessage(_ message: Message) {
        let count = message.segmentCount
        let headerBytes = (4 + 4 * count + 7) & ~7
        reserveCapacity(minimumWritableBytes: headerBytes + message.wordCount * 8)
        writeInteger(UInt32(count - 1), endianness: .little)
        for index in 0..<count {
            writeInteger(UInt32(message.segmentBytes(index).byteCount / 8), endianness: .little)
        }
        writeRepeatingByte(0, count: headerBytes - 4 - 4 * count)
        for index in 0..<count { writeBytes(message.segmentBytes(index)) }
    }
}
