import CapnProto
import Testing

@Suite struct LimitTests {
    @Test func traversalAllowanceIsSpentAndRenewed() throws {
        let limits = ReadLimits(traversalWords: 4)
        let message = try message([Draw.structure(0, data: 1, pointers: 0), 42], limits: limits)
        for _ in 0..<4 { _ = try message.rootPointer.structure().size }
        #expect(message.remainingTraversalWords == 0)
        #expect(throws: CapnProtoError.traversalLimit) { _ = try message.rootPointer.structure().size }
        message.renewTraversalAllowance()
        #expect(try message.rootPointer.structure().integer(0) as UInt64 == 42)
    }

    @Test func nestingIsLimited() throws {
        // A struct that contains itself.
        let endless = try message([Draw.structure(0, data: 0, pointers: 1), Draw.structure(-1, data: 0, pointers: 1)])
        #expect(endless.fault() == .nestingLimit)
        let chain = try message(
            [Draw.structure(0, data: 0, pointers: 1), Draw.structure(0, data: 0, pointers: 1), 0],
            limits: ReadLimits(nesting: 2))
        #expect(chain.fault() == nil)
        let tooDeep = try message(
            [
                Draw.structure(0, data: 0, pointers: 1), Draw.list(0, .pointer, 1),
                Draw.structure(-1, data: 0, pointers: 0),
            ],
            limits: ReadLimits(nesting: 2))
        #expect(tooDeep.fault() == .nestingLimit)
    }

    @Test func sharedObjectsAreChargedEachTime() throws {
        // 2^12 pointers to one list of 2^12 words unfold to 128 MiB.
        let count = 1 << 12
        var words: [UInt64] = [Draw.list(0, .pointer, count)]
        for index in 0..<count { words.append(Draw.list(count - index - 1, .eightBytes, 1 << 12)) }
        words += Array(repeating: 1, count: 1 << 12)
        let message = try Message(segments: [bytes(of: words)])
        #expect(message.fault() == .traversalLimit)
        var target = MessageBuilder()
        message.renewTraversalAllowance()
        #expect(throws: CapnProtoError.traversalLimit) { try target.root.copy(message.rootPointer) }
        message.renewTraversalAllowance()
        #expect(throws: CapnProtoError.traversalLimit) { try message.rootPointer.canonical() }
    }

    /// 32 bytes that announce 8 million structs, of which each would take hundreds of bytes as a value.
    @Test func valuesInMemoryAreCharged() throws {
        let root: [UInt64] = [
            Draw.structure(0, data: 1, pointers: 2), 2 << 32, 0, Draw.list(0, .composite, 0),
            Draw.tag(8_000_000, data: 0, pointers: 0),
        ]
        let message = try Message(segments: [bytes(of: root)])
        #expect(try message.root(Shape.self).polygon.count == 8_000_000)
        message.renewTraversalAllowance()
        #expect(throws: CapnProtoError.traversalLimit) { try Shape.Value(root: message) }
        let few = try Message(segments: [bytes(of: Array(root.dropLast()) + [Draw.tag(1000, data: 0, pointers: 0)])])
        #expect(try Shape.Value(framed: few.framed()).which == .polygon(Array(repeating: Point.Value(), count: 1000)))
    }

    /// Forty structs of which each leads to the next one twice are read 2^40 times, unless the allowance fits the
    /// message.
    @Test func framedValuesAreReadInProportion() throws {
        var words: [UInt64] = [Draw.structure(0, data: 0, pointers: 2)]
        for _ in 0..<40 { words += [1, 0].map { Draw.structure($0, data: 0, pointers: 2) } }
        let message = try Message(segments: [bytes(of: words + [0, 0])], limits: ReadLimits(traversalWords: 1 << 16))
        #expect(message.fault() == .traversalLimit)
        #expect(ReadLimits.default.proportionate(toWords: 4).traversalWords == 65_600)
        #expect(ReadLimits(traversalWords: 10).proportionate(toWords: 4).traversalWords == 10)
    }

    @Test func limitsAreHeldWithinTheirTypes() {
        #expect(ReadLimits(traversalWords: -1, nesting: -1) == ReadLimits(traversalWords: 0, nesting: 0))
        #expect(ReadLimits(nesting: 1 << 40).nesting == 65535)
    }

    @Test func threadsShareAMessage() async throws {
        let owned = try Owned<Shape>(framed: RoundTripTests.value.framed())
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<500).allSatisfy { _ in (try? Shape.Value(owned.reader)) == RoundTripTests.value }
                }
            }
            for await isSame in group { #expect(isSame) }
        }
        #expect(owned.message.remainingTraversalWords < ReadLimits.default.traversalWords)
    }
}
