import AllocationCounter
import CapnProto
import NIOCore
import Primitives
import Testing

@testable import NetworkDriver

@Suite("Frames")
struct FrameReaderTests {
    /// A message whose root is a data of `byteCount` bytes, all of them `byte`.
    private func message(_ byteCount: Int, _ byte: UInt8, firstSegmentWords: Int = 64) -> Message {
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        builder.root.setBytes(Array(repeating: byte, count: byteCount))
        return builder.finish()
    }

    private func check(_ message: Message, _ byteCount: Int, _ byte: UInt8) throws {
        let bytes = try message.rootPointer.bytes()
        #expect(bytes.count == byteCount)
        #expect(bytes.array.allSatisfy { $0 == byte })
    }

    @Test("messages of any size come out of a stream that is cut anywhere", arguments: 0..<8 as Range<UInt64>)
    func cuts(_ seed: UInt64) throws {
        var random = PRNG(seed: seed)
        let sizes = (0..<40).map { index in
            index % 9 == 0 ? Int(random.next() % 200_000) : Int(random.next() % 600)
        }
        var stream = ByteBuffer()
        for (index, size) in sizes.enumerated() { stream.writeMessage(message(size, UInt8(index))) }
        var reader = FrameReader(maxMessageWords: 1 << 20)
        var received: [Message] = []
        while stream.readableBytes > 0 {
            let most = random.next() % 3 == 0 ? 70_000 : 90
            var piece = stream.readSlice(length: min(stream.readableBytes, 1 + Int(random.next() % UInt64(most))))!
            reader.append(&piece)
            while let message = try reader.next() { received.append(message) }
        }
        #expect(received.count == sizes.count && reader.pendingByteCount == 0)
        for (index, message) in received.enumerated() { try check(message, sizes[index], UInt8(index)) }
    }

    @Test("a message that lies in the channel's buffer stays as it is when more is read")
    func inPlace() throws {
        var reader = FrameReader(maxMessageWords: 1 << 20)
        var stream = ByteBuffer()
        stream.writeMessage(message(100_000, 1))
        stream.writeMessage(message(50, 2))
        let half = stream.readableBytes - 30
        var first = stream.readSlice(length: half)!, second = stream
        reader.append(&first)
        let large = try #require(try reader.next())
        #expect(try reader.next() == nil)
        reader.append(&second)
        try check(#require(try reader.next()), 50, 2)
        for round in 0..<50 {
            var more = ByteBuffer()
            more.writeMessage(message(3_000, UInt8(round)))
            reader.append(&more)
            _ = try reader.next()
        }
        try check(large, 100_000, 1)
    }

    @Test("small messages are received and read without an allocation for any of them")
    func allocations() throws {
        var burst = ByteBuffer()
        for index in 0..<50 { burst.writeMessage(message(100, UInt8(index))) }
        var reader = FrameReader(maxMessageWords: 1 << 20)
        var counts: [UInt] = []
        // The first burst makes the message that all others are received into.
        for _ in 0..<2 {
            var bytes = burst
            let before = allocation_count()
            reader.append(&bytes)
            var sum = 0
            while let message = try reader.next() { sum += Int(try message.rootPointer.bytes()[99]) }
            counts.append(allocation_count() - before)
            #expect(sum == 50 * 49 / 2)
        }
        #expect(counts[0] > 0 && counts[1] == 0, "\(counts)")
    }

    @Test("a frame that announces too much is refused before anything is kept for it")
    func tooLarge() {
        var reader = FrameReader(maxMessageWords: 100)
        var bytes = ByteBuffer()
        bytes.writeInteger(0, endianness: .little, as: UInt32.self)
        bytes.writeInteger(101, endianness: .little, as: UInt32.self)
        reader.append(&bytes)
        #expect(throws: CapnProtoError.messageTooLarge) { try reader.next() }
        var segments = FrameReader(maxMessageWords: 100)
        var count = ByteBuffer()
        count.writeInteger(UInt32.max, endianness: .little)
        segments.append(&count)
        #expect(throws: CapnProtoError.tooManySegments) { try segments.next() }
    }

    @Test("what is written has the form of every other implementation")
    func form() {
        var buffer = ByteBuffer()
        for segments in [1, 8, 1_000] {
            let written = message(segments * 100, 3, firstSegmentWords: 2)
            buffer.clear()
            buffer.writeMessage(written)
            #expect(Array(buffer.readableBytesView) == written.framed())
        }
    }
}
