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
            [Draw.structure(0, data: 0, pointers: 1), Draw.list(0, .pointer, 1), Draw.structure(-1, data: 0, pointers: 0)],
            limits: ReadLimits(nesting: 2))
        #expect(tooDeep.fault() == .nestingLimit)
    }

    @Test func sharedObjectsAreChargedEachTime() throws {
        // 2^20 pointers to one list of 2^10 words unfold to 8 GiB.
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
