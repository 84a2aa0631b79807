import CapnProto
import Testing

@Suite struct FarPointerTests {
    @Test func farStruct() throws {
        let message = try message(
            [Draw.far(1, 1)], [99, Draw.structure(0, data: 1, pointers: 0), 42])
        #expect(try message.rootPointer.structure().integer(0) as UInt64 == 42)
    }

    @Test func doubleFarStructAndList() throws {
        let structure = try message(
            [Draw.far(1, 0, double: true)], [Draw.far(2, 1), Draw.structure(0, data: 1, pointers: 0)], [0, 42])
        #expect(try structure.rootPointer.structure().integer(0) as UInt64 == 42)
        let list = try message(
            [Draw.far(1, 0, double: true)], [Draw.far(2, 0), Draw.list(0, .composite, 2)],
            [Draw.tag(2, data: 1, pointers: 0), 1 ^ 7, 2 ^ 7])
        #expect(try list.rootPointer.list(of: Point.self)[1].x == 2)
    }

    @Test func farCapability() throws {
        let message = try message([Draw.far(1, 0)], [Draw.capability(4)])
        #expect(try message.rootPointer.capability() == 4)
    }

    @Test func aFarPointerMayLeadToNull() throws {
        let message = try message([Draw.far(1, 0)], [0])
        #expect(try message.rootPointer.kind == .null)
        #expect(try message.root(Point.self).x == 7)
    }

    @Test(arguments: [
        (Draw.far(2, 0), [0], CapnProtoError.unknownSegment),
        (Draw.far(0xFFFF_FFFF, 0), [0], .unknownSegment),
        // One past the end, and as far as it goes.
        (Draw.far(1, 1), [0], .badFarPointer),
        (Draw.far(1, 0x1FFF_FFFF), [0], .badFarPointer),
        // A pad of two words of which only the first is there.
        (Draw.far(1, 0, double: true), [Draw.far(0, 0)], .badFarPointer),
        // A pad that is again far.
        (Draw.far(1, 0), [Draw.far(1, 0)], .badFarPointer),
        (Draw.far(1, 0), [Draw.far(1, 0, double: true)], .badFarPointer),
        // A double pad whose first word isn't far, or double itself; a tag that is far or a capability.
        (Draw.far(1, 0, double: true), [Draw.structure(0, data: 0, pointers: 0), 0], .badFarPointer),
        (Draw.far(1, 0, double: true), [Draw.far(1, 0, double: true), 0], .badFarPointer),
        (Draw.far(1, 0, double: true), [Draw.far(1, 0), Draw.far(1, 0)], .badFarPointer),
        (Draw.far(1, 0, double: true), [Draw.far(1, 0), Draw.capability(0)], .badFarPointer),
        (Draw.far(1, 0, double: true), [Draw.far(7, 0), Draw.structure(0, data: 1, pointers: 0)], .unknownSegment),
        // The object's position is one past the end.
        (Draw.far(1, 0, double: true), [Draw.far(1, 2), Draw.structure(0, data: 1, pointers: 0)], .pointerOutOfBounds),
        (
            Draw.far(1, 0, double: true), [Draw.far(1, 0x1FFF_FFFF), Draw.list(0, .eightBytes, 0x1FFF_FFFF)],
            .pointerOutOfBounds
        ),
    ]) func badFarPointersThrow(root: UInt64, pad: [UInt64], expected: CapnProtoError) throws {
        #expect(try message([root], pad).fault() == expected)
    }

    @Test func buildersCrossSegments() throws {
        var builder = MessageBuilder(firstSegmentWords: 1)
        builder.setRoot(RoundTripTests.value)
        #expect(builder.segmentCount > 3)
        let received = try Message(framed: builder.framed())
        #expect(received.segmentCount == builder.segmentCount)
        #expect(try Shape.Value(root: received) == RoundTripTests.value)
        #expect(try Message(segments: builder.segments()).framed() == builder.framed())
        let finished = builder.finish()
        #expect(try Shape.Value(root: finished) == RoundTripTests.value)
    }
}
