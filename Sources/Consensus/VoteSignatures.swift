public import Certificates
public import MeshCrypto
public import Primitives
public import Quorum
public import Simplex

// Votes under a network's scheme: Ed25519, ML-DSA-65, or both. Here meet the engine, which knows no key, and the keys,
// which know no engine.

extension Vote {
    /// What a validator signs: tag `hanzo/vote/v1`, scope network, u64 epoch ‖ H(vote).
    public func message(in network: NetworkID) -> SignedMessage {
        var writer = ByteWriter(capacity: 8 + Digest.byteCount)
        writer.write(epoch.value)
        writer.write(sha256(canonicalBytes))
        return SignedMessage(.vote, scope: network.digest, content: writer.bytes)
    }
}

/// The public halves of an epoch's validators.
public struct ValidatorKeys: VoteVerifier {
    private let network: NetworkID
    private let scheme: SignatureScheme
    /// By `ValidatorIndex`.
    private let keys: [VerificationKey]
    private let verifier: any Verifier

    public init(network: NetworkID, scheme: SignatureScheme, keys: [VerificationKey], verifier: any Verifier) {
        self.network = network
        self.scheme = scheme
        self.keys = keys
        self.verifier = verifier
    }

    /// Exactly the halves of the scheme, the cheap one first.
    public func isValid(_ vote: SignedVote) -> Bool {
        guard Int(vote.signer.value) < keys.count, let signature = Self.read(vote.signature) else { return false }
        return scheme.isValid(
            signature, over: vote.vote.message(in: network), by: keys[Int(vote.signer.value)], verifier: verifier)
    }

    private static func read(_ bytes: [UInt8]) -> HybridSignature? {
        do { return try FinalitySignature(bytes: bytes).signature } catch { return nil }
    }
}

/// One validator's key. It signs what is durable and nothing else.
public struct ValidatorKey: VoteKey {
    private let index: ValidatorIndex
    private let network: NetworkID
    private let scheme: SignatureScheme
    private let signer: any Signer

    public init(_ index: ValidatorIndex, network: NetworkID, scheme: SignatureScheme, signer: any Signer) {
        self.index = index
        self.network = network
        self.scheme = scheme
        self.signer = signer
    }

    public func sign(_ vote: DurableVote) throws(CryptoFailure) -> SignedVote {
        let signature = try scheme.sign(vote.vote.message(in: network), with: signer)
        return SignedVote(vote: vote.vote, signer: index, signature: FinalitySignature(signature).bytes)
    }
}
