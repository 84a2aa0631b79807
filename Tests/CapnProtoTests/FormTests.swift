import CapnProto
import Primitives
import Testing

/// Flat, packed and compacted forms, and builders that are used again.
@Suite struct FormTests {
    @Test(arguments: [1, 500]) func flatFormComesBack(firstSegmentWords: Int) throws {
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        builder.setRoot(RoundTripTests.value)
        let flat = try builder.flat()
        #expect(try Shape.Value(root: Message(flat: flat)) == RoundTripTests.value)
        let words = try builder.rootReader.measure().words
        #expect(flat.count == words * 8 + 8)
        #expect(throws: CapnProtoError.truncated) { try Message(flat: [1, 2, 3]) }
    }

    @Test func compactingDropsWhatIsNotReached() throws {
        var builder = MessageBuilder(firstSegmentWords: 1)
        builder.setRoot(RoundTripTests.value)
        builder.setRoot(RoundTripTests.value)
        let before = builder.wordCount
        try builder.compact()
        #expect(builder.segmentCount == 1)
        let words = try builder.rootReader.measure().words
        #expect(builder.wordCount == words + 1)
        #expect(builder.wordCount < before / 2)
        #expect(try Shape.Value(framed: builder.framed()) == RoundTripTests.value)
        builder.initRoot(Point.self).raw.setInteger(0, UInt32(1))
        #expect(try builder.reader(Point.self).x == 1 ^ 7)
    }

    @Test func buildersAreUsedAgain() throws {
        var pool = BuilderPool(capacity: 2, maxWords: 1000)
        for round in 0..<5 {
            var one = pool.take()
            var other = pool.take()
            one.setRoot(RoundTripTests.value)
            other.setRoot(Point.Value(x: Int32(round)))
            #expect(try Shape.Value(framed: one.framed()) == RoundTripTests.value)
            #expect(try Point.Value(framed: other.framed()).x == round)
            pool.give(one)
            pool.give(other)
            #expect(pool.spareCount == 2)
        }
        var large = pool.take()
        _ = large.root.initBytes(count: 10_000)
        pool.give(large)
        #expect(pool.spareCount == 1)
    }

    @Test(arguments: [1, 500]) func packedMessagesComeBack(firstSegmentWords: Int) throws {
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        builder.setRoot(RoundTripTests.value)
        let packed = builder.packed()
        #expect(try Packing.unpack(packed) == builder.framed())
        #expect(try Message(packed: packed).framed() == builder.framed())
        for count in packed.indices {
            #expect(throws: CapnProtoError.truncated) { try Message(packed: Array(packed.prefix(count))) }
        }
        for more in [[1, 1], [0, 3], [0xFF]] as [[UInt8]] {
            #expect(throws: CapnProtoError.trailingBytes) { try Message(packed: packed + more) }
        }
        #expect(throws: CapnProtoError.messageTooLarge) {
            try Message(packed: packed, limits: ReadLimits(traversalWords: 10))
        }
    }

    @Test func packedStreamsComeInAnyPieces() throws {
        var random = PRNG(seed: 6)
        for round in 0..<40 {
            let values = (0..<4).map { _ in Shape.Value.random(&random, depth: 2) }
            // The runs of one packing may reach over the ends of messages.
            let frames = values.map { $0.framed() }
            let stream = round % 2 == 0 ? Packing.pack(frames.flatMap { $0 }) : frames.flatMap { Packing.pack($0) }
            let size = Int.random(in: 1...40, using: &random)
            var decoder = PackedFrameDecoder()
            var received: [Shape.Value] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                decoder.append(stream[start..<min(start + size, stream.count)])
                while let message = try decoder.next() { received.append(try Shape.Value(root: message)) }
            }
            #expect(received == values)
            #expect(decoder.isBetweenMessages)
        }
    }

    /// Three bytes announce two thousand: room is made for no more than the frame needs.
    @Test func packedStreamsDontUnfoldAhead() throws {
        var decoder = PackedFrameDecoder(limits: ReadLimits(traversalWords: 4))
        decoder.append([UInt8](repeating: 0xFF, count: 9) + [0])
        #expect(throws: CapnProtoError.tooManySegments) { try decoder.next() }
        var zeros = PackedFrameDecoder()
        zeros.append([UInt8](repeating: 0, count: 2) + [0x10, 1])
        #expect(try zeros.next()?.wordCount == 0)
        #expect(try zeros.next() == nil)
        #expect(!zeros.isBetweenMessages)
    }

    @Test func packingIsThatOfTheSpecification() throws {
        // From encoding.html.
        #expect(
            Packing.pack([8, 0, 0, 0, 3, 0, 2, 0, 0x19, 0, 0, 0, 0xAA, 1, 0, 0]) == [
                0x51, 8, 3, 2, 0x31, 0x19, 0xAA, 1,
            ])
        #expect(Packing.pack([UInt8](repeating: 0, count: 32)) == [0, 3])
        #expect(
            Packing.pack([UInt8](repeating: 0x8A, count: 16)) == [0xFF] + [UInt8](repeating: 0x8A, count: 8) + [1]
                + [UInt8](repeating: 0x8A, count: 8))
        #expect(Packing.pack([UInt8](repeating: 0, count: 8 * 257)) == [0, 255, 0, 0])
        for tag in UInt8.min...UInt8.max {
            let word = (0..<8).map { tag >> UInt8($0) & 1 != 0 ? UInt8($0 + 1) : 0 }
            let packed = [tag] + word.filter { $0 != 0 } + (tag == 0 || tag == 0xFF ? [0] : [])
            #expect(Packing.pack(word) == packed)
            #expect(try Packing.unpack(packed) == word)
            #expect(try Packing.unpack(packed + packed) == word + word)
        }
    }
}
