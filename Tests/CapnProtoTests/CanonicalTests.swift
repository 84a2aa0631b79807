import CapnProto
import Testing

@Suite struct CanonicalTests {
    static func canonical(_ message: Message) throws -> [UInt64] { words(of: try message.rootPointer.canonical()) }

    @Test func sectionsAreCutAfterTheirLastWord() throws {
        let loose = try message([
            Draw.structure(1, data: 3, pointers: 2), 99, 7, 0, 0, Draw.structure(2, data: 2, pointers: 1), 0, 99, 0, 0,
            0,
        ])
        #expect(
            try Self.canonical(loose)
                == [Draw.structure(0, data: 1, pointers: 1), 7, Draw.structure(-1, data: 0, pointers: 0)])
        #expect(throws: CapnProtoError.notCanonical) { try loose.checkCanonical() }
    }

    @Test func elementsAreCutTogether() throws {
        let loose = try message([
            Draw.list(0, .composite, 8), Draw.tag(2, data: 2, pointers: 2), 1, 0, 0, 0, 0, 0, Draw.list(1, .byte, 1), 0,
            5,
        ])
        #expect(
            try Self.canonical(loose) == [
                Draw.list(0, .composite, 4), Draw.tag(2, data: 1, pointers: 1), 1, 0, 0, Draw.list(0, .byte, 1), 5,
            ])
    }

    @Test func farPointersVanish() throws {
        let far = try message([Draw.far(1, 0)], [Draw.structure(1, data: 1, pointers: 0), 0, 42])
        #expect(try Self.canonical(far) == [Draw.structure(0, data: 1, pointers: 0), 42])
        #expect(throws: CapnProtoError.notCanonical) { try far.checkCanonical() }
    }

    /// Found by fuzzing.
    @Test func aFarPointerToNullIsNull() throws {
        let far = try message([Draw.structure(0, data: 1, pointers: 1), 5, Draw.far(1, 0)], [0])
        #expect(try Self.canonical(far) == [Draw.structure(0, data: 1, pointers: 0), 5])
    }

    @Test func unusedBitsAreZero() throws {
        let bits = try message([Draw.list(0, .bit, 3), .max])
        #expect(try Self.canonical(bits) == [Draw.list(0, .bit, 3), 7])
        let bytes = try message([Draw.list(0, .byte, 9), .max, .max])
        #expect(try Self.canonical(bytes) == [Draw.list(0, .byte, 9), .max, 0xFF])
    }

    @Test(
        arguments: [
            [0], [0xFFFF_FFFC], [Draw.structure(0, data: 1, pointers: 0), 1],
            [Draw.list(0, .void, 5)], [Draw.list(0, .byte, 0)], [Draw.list(0, .composite, 0), 0],
            [Draw.structure(0, data: 0, pointers: 2), Draw.list(1, .byte, 1), Draw.list(1, .byte, 1), 1, 2],
        ] as [[UInt64]]) func whatIsCanonicalStays(words: [UInt64]) throws
    {
        let message = try Message(segments: [bytes(of: words)])
        try message.checkCanonical()
        #expect(try Self.canonical(message) == words)
    }

    @Test(
        arguments: [
            // Objects in another order than a walk meets them, a gap, a zero at the end, words that nobody points to.
            [Draw.structure(0, data: 0, pointers: 2), Draw.list(2, .byte, 1), Draw.list(0, .byte, 1), 1, 2],
            [Draw.structure(1, data: 1, pointers: 0), 0, 1],
            [Draw.structure(0, data: 2, pointers: 0), 1, 0],
            [Draw.structure(0, data: 1, pointers: 0), 1, 0],
            [Draw.structure(1, data: 0, pointers: 0), 0],
            [Draw.structure(0, data: 1, pointers: 0), 0], [0, 0],
            [Draw.list(0, .composite, 1), Draw.tag(1, data: 1, pointers: 0), 0],
            [Draw.list(0, .composite, 1), Draw.tag(0, data: 1, pointers: 0), 0],
        ] as [[UInt64]]) func whatIsNotIsRefused(words: [UInt64]) throws
    {
        let message = try Message(segments: [bytes(of: words)])
        #expect(throws: CapnProtoError.notCanonical) { try message.checkCanonical() }
    }

    @Test func capabilitiesHaveNoCanonicalForm() throws {
        let message = try message([Draw.structure(0, data: 0, pointers: 1), Draw.capability(0)])
        #expect(throws: CapnProtoError.notCanonical) { try message.rootPointer.canonical() }
    }

    @Test func everyEncodingOfAValueHasOneCanonicalForm() throws {
        let value = RoundTripTests.value
        let canonical = try value.canonical()
        for firstSegmentWords in [1, 2, 5, 30, 500] {
            var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
            builder.setRoot(Shape.Value(name: "overwritten"))
            builder.setRoot(value)
            let message = try Message(framed: builder.framed())
            #expect(try message.rootPointer.canonical() == canonical)
            #expect(try message.root(Shape.self).raw.canonical() == canonical)
        }
        let reread = try Message(segments: [canonical])
        try reread.checkCanonical()
        #expect(try Shape.Value(root: reread) == value)
    }
}
