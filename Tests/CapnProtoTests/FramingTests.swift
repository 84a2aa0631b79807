import CapnProto
import Testing

@Suite struct FramingTests {
    @Test func oneSegment() throws {
        let bytes: [UInt8] = [0, 0, 0, 0, 1, 0, 0, 0, 0xFC, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]
        let message = try Message(framed: bytes)
        #expect(message.wordCount == 1)
        #expect(message.framed() == bytes)
        #expect(try message.rootPointer.kind == .structure)
    }

    @Test func tableIsPaddedToAWord() throws {
        let message = try message([0], [1, 2])
        let bytes = message.framed()
        #expect(bytes.count == 16 + 24)
        #expect(Array(bytes.prefix(16)) == [1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
        #expect(try Message(framed: bytes).framed() == bytes)
    }

    @Test func truncatedAndTrailingBytes() throws {
        let bytes = RoundTripTests.value.framed()
        for count in 0..<bytes.count {
            #expect(throws: CapnProtoError.truncated) { try Message(framed: Array(bytes.prefix(count))) }
        }
        #expect(throws: CapnProtoError.trailingBytes) { try Message(framed: bytes + [0]) }
    }

    @Test(arguments: [
        // One more segment than 0xFFFFFFFF must not be none.
        ([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], CapnProtoError.tooManySegments),
        ([0, 2, 0, 0, 0, 0, 0, 0], .tooManySegments),
        // A segment of 32 GiB, and sizes whose sum overflows 32 bits.
        ([0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], .messageTooLarge),
        ([2, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0, 0, 0, 0], .messageTooLarge),
        ([0, 0, 0, 0, 1, 0, 0x80, 0], .messageTooLarge),
    ]) func sizesAreCappedBeforeAllocation(bytes: [UInt8], expected: CapnProtoError) {
        #expect(throws: expected) { try Message(framed: bytes) }
        #expect(throws: expected) { try FrameHeader.scan(bytes.span.bytes) }
    }

    @Test func the512thSegmentIsTheLast() throws {
        let most = try Message(segments: Array(repeating: [], count: 512))
        #expect(try Message(framed: most.framed()).segmentCount == 512)
        #expect(throws: CapnProtoError.tooManySegments) { try Message(segments: Array(repeating: [], count: 513)) }
        #expect(throws: CapnProtoError.truncated) { try Message(segments: [[1, 2, 3]]) }
        let small = ReadLimits(traversalWords: 1)
        #expect(throws: CapnProtoError.messageTooLarge) { try message([1], [2], limits: small) }
    }

    @Test func scanTellsHowManyBytesAreNeeded() throws {
        let bytes = try message([0], [1, 2]).framed()
        #expect(try FrameHeader.scan([UInt8]().span.bytes) == .needs(byteCount: 8))
        #expect(try FrameHeader.scan(Array(bytes.prefix(3)).span.bytes) == .needs(byteCount: 8))
        #expect(try FrameHeader.scan(Array(bytes.prefix(4)).span.bytes) == .needs(byteCount: 16))
        guard case .header(let header) = try FrameHeader.scan(Array(bytes.prefix(16)).span.bytes) else {
            Issue.record("the header is whole")
            return
        }
        #expect(header.frameBytes == bytes.count)
        #expect(header.segmentCount == 2)
    }

    @Test(arguments: [1, 3, 8, 64, 1000]) func decoderCutsAStream(chunk: Int) throws {
        let values = (0..<20).map { Shape.Value(name: String(repeating: "n", count: $0 * 7), area: Double($0)) }
        let stream = values.flatMap { $0.framed() }
        var decoder = FrameDecoder()
        var received: [Shape.Value] = []
        for start in stride(from: 0, to: stream.count, by: chunk) {
            decoder.append(stream[start..<min(start + chunk, stream.count)])
            while let message = try decoder.next() { received.append(try Shape.Value(root: message)) }
        }
        #expect(received == values)
        #expect(decoder.pendingByteCount == 0)
    }

    @Test func decoderRefusesABadHeaderForGood() throws {
        var decoder = FrameDecoder()
        decoder.append([0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: CapnProtoError.tooManySegments) { try decoder.next() }
        #expect(throws: CapnProtoError.tooManySegments) { try decoder.next() }
    }
}
