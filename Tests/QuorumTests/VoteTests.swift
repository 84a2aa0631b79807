import Primitives
import Quorum
import Testing

@Suite("Votes, certificates, evidence")
struct VoteTests {
    static let block = digest(0xAA)
    static let other = digest(0xBB)

    static func digest(_ byte: UInt8) -> Digest { Digest([UInt8](repeating: byte, count: 32)) ?? .zero }
    static func vote(_ choice: Vote.Choice, view: UInt64 = 7) -> Vote {
        Vote(epoch: Epoch(3), view: View(view), choice)
    }
    static func candidate(_ digest: Digest, parent: UInt64 = 5) -> Candidate {
        Candidate(parentView: View(parent), block: digest)
    }
    /// A signature that only says who signed what.
    static func sign(_ vote: Vote, by signer: UInt8) -> SignedVote {
        SignedVote(vote: vote, signer: ValidatorIndex(signer), signature: [signer, vote.kind.rawValue])
    }
    struct Verifier: VoteVerifier {
        func isValid(_ vote: SignedVote) -> Bool { vote.signature == [vote.signer.value, vote.vote.kind.rawValue] }
    }

    static let all: [Vote] = [
        vote(.notarize(candidate(block))), vote(.notarize(candidate(other))), vote(.nullify),
        vote(.finalize(candidate(block))), vote(.finalize(candidate(other))),
    ]

    @Test("the bytes of a vote are frozen")
    func frozen() {
        let vote = Self.vote(.finalize(Self.candidate(Self.block)))
        #expect(vote.canonicalBytes.count == Vote.byteCount)
        #expect(
            Hex.encode(vote.canonicalBytes)
                == "0100" + "0300000000000000" + "0700000000000000" + "03" + "0500000000000000"
                + String(repeating: "aa", count: 32))
        #expect(Hex.encode(Self.vote(.nullify).canonicalBytes.suffix(41)) == "02" + String(repeating: "00", count: 40))
    }

    @Test("every vote reads back, and no shorter or other bytes pass for it")
    func coding() throws {
        for vote in Self.all {
            var reader = ByteReader(vote.canonicalBytes)
            #expect(try Vote(from: &reader) == vote)
            for count in 0..<Vote.byteCount {
                var short = ByteReader(Array(vote.canonicalBytes.prefix(count)))
                #expect(throws: DecodingFailure.self) { try Vote(from: &short) }
            }
        }
        var bytes = Self.vote(.nullify).canonicalBytes
        bytes[40] = 1
        var reader = ByteReader(bytes)
        #expect(throws: DecodingFailure.self) { try Vote(from: &reader) }
    }

    @Test("which pairs of votes betray their signer")
    func conflicts() {
        // The rows and columns are those of `all`.
        let table = [
            [false, true, false, false, false], [true, false, false, false, false], [false, false, false, true, true],
            [false, false, true, false, true], [false, false, true, true, false],
        ]
        for (row, a) in Self.all.enumerated() {
            for (column, b) in Self.all.enumerated() {
                #expect(a.conflicts(with: b) == table[row][column], "\(a) and \(b)")
                var elsewhere = b
                elsewhere.view = View(8)
                #expect(!a.conflicts(with: elsewhere))
                elsewhere = b
                elsewhere.epoch = Epoch(4)
                #expect(!a.conflicts(with: elsewhere))
            }
        }
    }

    @Test("a certificate needs a quorum of known signers, one signature each")
    func certificates() throws {
        let set = try #require(ValidatorSet(weights: [1, 1, 1, 1]))
        let vote = Self.vote(.nullify)
        let votes = [3, 0, 2].map { Self.sign(vote, by: $0) }
        let good = QuorumCertificate(vote, from: votes + votes)
        #expect(good.votes.map(\.signer.value) == [0, 2, 3])
        #expect(good.isValid(in: set, by: Verifier()))
        #expect(!QuorumCertificate(vote, from: Array(votes.prefix(2)) + [votes[0]]).isValid(in: set, by: Verifier()))
        #expect(
            !QuorumCertificate(vote, from: votes.prefix(2) + [Self.sign(vote, by: 4)]).isValid(in: set, by: Verifier()))
        var wrong = good
        wrong.signatures[1] = [9]
        #expect(wrong.isWellFormed(in: set) && !wrong.isValid(in: set, by: Verifier()))
        wrong.signatures.removeLast()
        #expect(!wrong.isWellFormed(in: set))
        var writer = ByteWriter()
        good.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try QuorumCertificate(from: &reader) == good)
    }

    @Test("evidence is the same whoever finds it, and none against who has only waited too long")
    func evidence() throws {
        let set = try #require(ValidatorSet(weights: [1, 1, 1, 1]))
        let a = Self.sign(Self.all[0], by: 1)
        let b = Self.sign(Self.all[1], by: 1)
        let found = try #require(Evidence(a, b))
        #expect(found == Evidence(b, a))
        #expect(found.isValid(in: set, by: Verifier()))
        #expect(Evidence(a, Self.sign(Self.all[2], by: 1)) == nil)
        #expect(Evidence(a, Self.sign(Self.all[1], by: 2)) == nil)
        var forged = b
        forged.signature = [0]
        #expect(try #require(Evidence(a, forged)).isValid(in: set, by: Verifier()) == false)
        var writer = ByteWriter()
        found.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try Evidence(from: &reader) == found)
        writer = ByteWriter()
        found.second.write(to: &writer)
        found.first.write(to: &writer)
        reader = ByteReader(writer.bytes)
        #expect(throws: DecodingFailure.self) { try Evidence(from: &reader) }
    }
}
