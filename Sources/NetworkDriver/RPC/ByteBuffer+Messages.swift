import CapnProto
@_spi(CustomByteBufferAllocator) import NIOCore

// Messages on their way to a channel: small ones are gathered in one buffer, large segments are handed over as they lie.

extension ByteBuffer {
    /// From this size on a segment is not copied.
    static let lendingByteCount = 16 * 1024

    /// Appends a message, framed for a stream.
    mutating func writeMessage(_ message: Message) {
        writeFrameHeader(of: message)
        writeSegments(of: message)
    }

    mutating func writeFrameHeader(of message: Message) {
        let count = message.segmentCount
        let headerBytes = (4 + 4 * count + 7) & ~7
        writeInteger(UInt32(count - 1), endianness: .little)
        for index in 0..<count {
            writeInteger(UInt32(message.segmentBytes(index).byteCount / 8), endianness: .little)
        }
        writeRepeatingByte(0, count: headerBytes - 4 - 4 * count)
    }

    mutating func writeSegments(of message: Message) {
        for index in 0..<message.segmentCount { writeBytes(message.segmentBytes(index)) }
    }

    /// A buffer that frees `bytes` in the end, with the C library's function, as the memory of a message is freed.
    init(takingOwnershipOf bytes: UnsafeRawBufferPointer) {
        // The bytes are not written: nobody appends to what was handed to a channel.
        let bytes = UnsafeMutableRawBufferPointer(mutating: bytes)
        self.init(takingOwnershipOf: bytes, allocator: ByteBufferAllocator())
    }
}

extension Message {
    /// Whether it has a segment that is better handed over than copied.
    var isWorthLending: Bool {
        for index in 0..<segmentCount where segmentBytes(index).byteCount >= ByteBuffer.lendingByteCount { return true }
        return false
    }
}
