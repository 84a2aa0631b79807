import CapnProto
import Testing

/// Frames that are read in place, and messages that are used again.
@Suite struct ReceivingTests {
    private func frame(_ x: Int32, firstSegmentWords: Int = 100) -> [UInt8] {
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        builder.setRoot(Point.Value(x: x, label: "number \(x)"))
        return builder.framed()
    }

    @Test func aViewReadsOneFrameAfterTheOther() throws {
        var view = FrameView()
        for x in 0..<5 as Range<Int32> {
            for firstSegmentWords in [1, 100] {
                let bytes = frame(x, firstSegmentWords: firstSegmentWords)
                let root = try view.open(bytes.span.bytes)
                #expect(try root.structure(Point.self).label.string == "number \(x)")
            }
        }
    }

    @Test func aViewHoldsFramesToItsLimits() throws {
        var view = FrameView(limits: ReadLimits(traversalWords: 20), segments: 1)
        let segments = frame(1, firstSegmentWords: 1)
        #expect(throws: CapnProtoError.tooManySegments) { _ = try view.open(segments.span.bytes).isNull }
        let large = Shape.Value(blob: [UInt8](repeating: 1, count: 200)).framed()
        #expect(throws: CapnProtoError.messageTooLarge) { _ = try view.open(large.span.bytes).isNull }
        let short = frame(1)
        #expect(throws: CapnProtoError.truncated) { _ = try view.open(short.span.bytes.extracting(first: 20)).isNull }
        // And the next one has the whole allowance again.
        for _ in 0..<5 {
            let root = try view.open(short.span.bytes)
            #expect(try root.structure(Point.self).x == 1)
        }
        let empty = [UInt8](repeating: 0, count: 8)
        #expect(try view.open(empty.span.bytes).isNull)
    }

    @Test func messagesThatAreKeptStayAsTheyAre() throws {
        var pool = MessagePool(capacity: 3)
        var kept: [Message] = []
        for x in 0..<20 as Range<Int32> {
            let bytes = frame(x, firstSegmentWords: x % 2 == 0 ? 1 : 100)
            let message = try pool.message(framed: bytes.span.bytes)
            #expect(try Point.Value(root: message).x == x)
            if x % 3 == 0 { kept.append(message) }
        }
        #expect(try kept.map { try Point.Value(root: $0).x } == [0, 3, 6, 9, 12, 15, 18])
        #expect(try kept.map { try Point.Value(root: $0).label }.last == "number 18")
    }

    @Test func aMessageIsUsedAgainWhenNobodyElseHasIt() throws {
        var pool = MessagePool()
        var identities: Set<ObjectIdentifier> = []
        for x in 0..<10 as Range<Int32> {
            let bytes = frame(x)
            identities.insert(ObjectIdentifier(try pool.message(framed: bytes.span.bytes)))
        }
        #expect(identities.count == 1)
        // A copy of the pool has its messages too, so that neither uses them again.
        let other = pool
        let bytes = frame(11)
        #expect(!identities.contains(ObjectIdentifier(try pool.message(framed: bytes.span.bytes))))
        _ = other
    }

    @Test func largeFramesAndBadOnes() throws {
        var pool = MessagePool(limits: ReadLimits(traversalWords: 5000))
        let large = Shape.Value(blob: [UInt8](repeating: 7, count: 20_000)).framed()
        #expect(try Shape.Value(root: pool.message(framed: large.span.bytes)).blob.count == 20_000)
        let many = frame(1, firstSegmentWords: 1)
        #expect(try Point.Value(root: pool.message(framed: many.span.bytes)).x == 1)
        #expect(throws: CapnProtoError.truncated) { try pool.message(framed: many.span.bytes.extracting(first: 30)) }
        let huge: [UInt8] = [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(throws: CapnProtoError.messageTooLarge) { try pool.message(framed: huge.span.bytes) }
    }
}
