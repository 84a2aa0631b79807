import Certificates
import Consensus
import MeshCrypto
import Primitives
import Quorum
@_spi(Sabotage) import Simplex
import Testing

@Suite("Votes under real schemes")
struct VoteSignatureTests {
    static let network = NetworkID(sha256([1]))
    static let other = NetworkID(sha256([2]))
    static let candidate = Candidate(parentView: View(4), block: sha256([3]))
    static let vote = Vote(epoch: Epoch(2), view: View(5), .notarize(candidate))

    static func keys(_ seed: UInt8) throws -> PrivateKeys {
        try PrivateKeys(seeds: Secret(copying: [UInt8](repeating: seed, count: SeedLayout.byteCount)))
    }
    static func publicKey(_ keys: PrivateKeys) throws -> VerificationKey {
        try VerificationKey(ed25519: keys.ed25519PublicKey, mldsa65: keys.mldsa65PublicKey)
    }

    @Test("what is signed is tag, network, epoch and the digest of the vote")
    func message() {
        let message = Self.vote.message(in: Self.network)
        let expected =
            [13] + Array("hanzo/vote/v1".utf8) + Self.network.bytes + [2, 0, 0, 0, 0, 0, 0, 0]
            + sha256(Self.vote.canonicalBytes).bytes
        #expect(message.bytes == expected)
    }

    @Test(
        "a vote holds for its validator, network, epoch, view and kind, and for no other",
        arguments: SignatureScheme.allCases)
    func validity(scheme: SignatureScheme) throws {
        let keys = [try Self.keys(1), try Self.keys(2)]
        let publicKeys = try keys.map(Self.publicKey)
        func judge(_ network: NetworkID, _ scheme: SignatureScheme) -> ValidatorKeys {
            ValidatorKeys(network: network, scheme: scheme, keys: publicKeys, verifier: SignatureVerifier())
        }
        let key = ValidatorKey(ValidatorIndex(1), network: Self.network, scheme: scheme, signer: keys[1])
        let signed = try key.sign(DurableVote(unproven: Self.vote))
        #expect(signed.signature.count <= SignedVote.maxSignatureByteCount)
        #expect(judge(Self.network, scheme).isValid(signed))
        #expect(!judge(Self.other, scheme).isValid(signed), "replayed in another network")
        for wrong in SignatureScheme.allCases where wrong != scheme {
            #expect(!judge(Self.network, wrong).isValid(signed))
        }
        var changed = signed
        changed.signer = ValidatorIndex(0)
        #expect(!judge(Self.network, scheme).isValid(changed))
        for vote in [
            Vote(epoch: Epoch(3), view: View(5), .notarize(Self.candidate)),
            Vote(epoch: Epoch(2), view: View(6), .notarize(Self.candidate)),
            Vote(epoch: Epoch(2), view: View(5), .finalize(Self.candidate)),
            Vote(epoch: Epoch(2), view: View(5), .nullify),
        ] {
            changed = signed
            changed.vote = vote
            #expect(!judge(Self.network, scheme).isValid(changed), "\(vote)")
        }
        for position in [4, signed.signature.count / 2, signed.signature.count - 1] {
            changed = signed
            changed.signature[position] ^= 1
            #expect(!judge(Self.network, scheme).isValid(changed), "byte \(position)")
        }
    }

    @Test("a certificate and evidence under hybrid signatures are checked without the engine")
    func offline() throws {
        let keys = try (UInt8(1)...4).map(Self.keys)
        let judge = ValidatorKeys(
            network: Self.network, scheme: .hybrid, keys: try keys.map(Self.publicKey), verifier: SignatureVerifier())
        let set = try #require(ValidatorSet(weights: [1, 1, 1, 1]))
        func sign(_ vote: Vote, _ index: Int) throws -> SignedVote {
            try ValidatorKey(
                ValidatorIndex(UInt8(index)), network: Self.network, scheme: .hybrid, signer: keys[index]
            ).sign(DurableVote(unproven: vote))
        }
        let certificate = QuorumCertificate(Self.vote, from: try [0, 2, 3].map { try sign(Self.vote, $0) })
        #expect(certificate.isValid(in: set, by: judge))
        let rival = Vote(epoch: Epoch(2), view: View(5), .notarize(Candidate(parentView: View(4), block: sha256([9]))))
        let evidence = try #require(Evidence(try sign(Self.vote, 2), try sign(rival, 2)))
        #expect(evidence.isValid(in: set, by: judge))
    }
}
