import CapnProto
import Testing

@Suite struct EqualityTests {
    private func equality(_ one: [UInt64], _ other: [UInt64]) throws -> Equality {
        let one = try message(one)
        let other = try message(other)
        return try one.rootPointer.equality(with: other.rootPointer)
    }

    @Test func layoutDoesntMatter() throws {
        var segmented = MessageBuilder(firstSegmentWords: 1)
        segmented.setRoot(RoundTripTests.value)
        let one = try Message(framed: segmented.framed())
        let other = try Message(framed: RoundTripTests.value.framed())
        #expect(one.segmentCount > 1)
        #expect(try one.rootPointer.equality(with: other.rootPointer) == .equal)
        var changed = RoundTripTests.value
        changed.tags[2] += "!"
        let third = try Message(framed: changed.framed())
        #expect(try one.rootPointer.equality(with: third.rootPointer) == .different)
    }

    @Test func zerosAtTheEndAreAbsent() throws {
        #expect(
            try equality(
                [Draw.structure(0, data: 1, pointers: 0), 5], [Draw.structure(0, data: 2, pointers: 1), 5, 0, 0])
                == .equal)
        #expect(
            try equality(
                [Draw.structure(0, data: 1, pointers: 0), 5], [Draw.structure(0, data: 2, pointers: 0), 5, 1])
                == .different)
        #expect(try equality([0], [Draw.structure(-1, data: 0, pointers: 0)]) == .different)
        #expect(try equality([0], [0]) == .equal)
    }

    @Test func listsAreEqualInOneEncoding() throws {
        #expect(try equality([Draw.list(0, .byte, 3), 0x030201], [Draw.list(0, .byte, 3), 0xFF03_0201]) == .equal)
        #expect(try equality([Draw.list(0, .bit, 3), 0b101], [Draw.list(0, .bit, 3), 0b11101]) == .equal)
        #expect(try equality([Draw.list(0, .bit, 3), 0b101], [Draw.list(0, .bit, 3), 0b111]) == .different)
        #expect(try equality([Draw.list(0, .byte, 4), 1], [Draw.list(0, .fourBytes, 1), 1]) == .different)
        #expect(try equality([Draw.list(0, .void, 4)], [Draw.list(0, .void, 4)]) == .equal)
        #expect(
            try equality(
                [Draw.list(0, .composite, 2), Draw.tag(2, data: 1, pointers: 0), 1, 0],
                [Draw.list(0, .composite, 4), Draw.tag(2, data: 2, pointers: 0), 1, 0, 0, 0]) == .equal)
    }

    @Test func capabilitiesAreUnknown() throws {
        #expect(try equality([Draw.capability(1)], [Draw.capability(1)]) == .unknown)
        let one = [Draw.structure(0, data: 1, pointers: 1), 1, Draw.capability(0)]
        let other = [Draw.structure(0, data: 1, pointers: 1), 2, Draw.capability(0)]
        #expect(try equality(one, one) == .unknown)
        #expect(try equality(one, other) == .different)
    }
}
