import Primitives
import Quorum
import Simplex

/// Signatures that cost nothing: a keyed checksum. Nobody in a simulation guesses another one's key, because actors are
/// given only their own.
struct MockKey: VoteKey {
    let signer: ValidatorIndex
    let network: UInt64

    func sign(_ vote: DurableVote) -> SignedVote { forge(vote.vote) }

    /// What an adversary does with its own key, and a twin, whose promises lie on another disk.
    func forge(_ vote: Vote) -> SignedVote {
        SignedVote(vote: vote, signer: signer, signature: MockVerifier.signature(vote, signer, network: network))
    }
}

struct MockVerifier: VoteVerifier {
    let network: UInt64

    func isValid(_ vote: SignedVote) -> Bool {
        vote.signature == Self.signature(vote.vote, vote.signer, network: network)
    }

    static func signature(_ vote: Vote, _ signer: ValidatorIndex, network: UInt64) -> [UInt8] {
        var digest = AuditDigest()
        for word in [network, UInt64(signer.value), vote.epoch.value, vote.view.value, UInt64(vote.kind.rawValue)] {
            digest.absorb(word)
        }
        digest.absorb(vote.candidate?.parentView.value ?? 0)
        for word in MockHash.words(of: vote.candidate?.block ?? .zero) { digest.absorb(word) }
        return MockHash.bytes(of: digest.word)
    }
}

/// A checksum in the place of a hash.
enum MockHash {
    static func digest(_ bytes: [UInt8]) -> Digest {
        var audit = AuditDigest()
        var word: UInt64 = UInt64(bytes.count)
        for (index, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if index & 7 == 7 { audit.absorb(word) }
        }
        audit.absorb(word)
        var result: [UInt8] = []
        for _ in 0..<4 {
            audit.absorb(1)
            result += bytes8(audit.word)
        }
        return Digest(result) ?? .zero
    }

    static func words(of digest: Digest) -> [UInt64] {
        (0..<4).map { lane in (0..<8).reduce(0) { $0 << 8 | UInt64(digest[lane * 8 + $1]) } }
    }

    static func bytes(of word: UInt64) -> [UInt8] { bytes8(word) }

    private static func bytes8(_ word: UInt64) -> [UInt8] {
        stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
}

extension AuditDigest {
    var word: UInt64 {
        var copy = self
        copy.absorb(0)
        return copy.low64
    }
}
