import Quorum
import Testing

@Suite("Validator sets")
struct ValidatorSetTests {
    @Test(
        "the quorum is ⌈(n + f + 1) / 2⌉ with f = ⌊(n − 1) / 3⌋",
        arguments: [
            (1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7), (16, 11), (31, 21), (50, 34), (100, 67),
        ])
    func quorum(count: Int, expected: UInt64) throws {
        let set = try #require(ValidatorSet(weights: Array(repeating: 1, count: count)))
        #expect(set.quorum == expected)
    }

    @Test("two quorums share more than may be faulty, and the rest without the faulty is one")
    func intersection() throws {
        for total in UInt64(1)...400 {
            let set = try #require(ValidatorSet(weights: [total]))
            #expect(2 * set.quorum - total > set.tolerance, "\(total)")
            #expect(total - set.tolerance >= set.quorum, "\(total)")
            #expect(3 * set.quorum >= 2 * total, "two thirds of \(total)")
        }
    }

    @Test("sets and quorums that aren't safe are refused")
    func refusals() {
        #expect(ValidatorSet(weights: []) == nil)
        #expect(ValidatorSet(weights: [1, 0]) == nil)
        #expect(ValidatorSet(weights: Array(repeating: 1, count: 101)) == nil)
        #expect(ValidatorSet(weights: [1 << 62, 1]) == nil)
        #expect(ValidatorSet(weights: [1, 1, 1, 1], quorum: 2) == nil)
        #expect(ValidatorSet(weights: [1, 1, 1, 1], quorum: 4) == nil)
        #expect(ValidatorSet(weights: [1, 1, 1], quorum: 3)?.quorum == 3)
    }

    @Test("a set of signers knows each once, and strangers weigh nothing")
    func signers() throws {
        var signers = SignerSet()
        for index in [0, 63, 64, 99, 127] as [UInt8] {
            let isNew = signers.insert(ValidatorIndex(index))
            let isNewAgain = signers.insert(ValidatorIndex(index))
            #expect(isNew && !isNewAgain)
        }
        signers.insert(ValidatorIndex(128))
        #expect(signers.members.map(\.value) == [0, 63, 64, 99, 127])
        signers.remove(ValidatorIndex(64))
        #expect(signers.count == 4 && !signers.contains(ValidatorIndex(64)))
        let set = try #require(ValidatorSet(weights: Array(repeating: 5, count: 64)))
        #expect(set.weight(of: signers) == 10)
        #expect(signers.subtracting([ValidatorIndex(0)]).members.map(\.value) == [63, 99, 127])
    }
}
