public import Identity
public import MeshCrypto
public import MeshSchema
public import Primitives
import StateTree

/// Signatures over the body of an envelope, alone or as the leaf of a batch (docs/protocols/state.md, "Signed messages").
public enum EnvelopeSignature {
    /// The most siblings that a batch path can have: counts are 32 bits.
    public static let maxSiblingCount = 32

    /// What a signature over one body covers.
    public static func message(network: NetworkID, body: [UInt8]) -> SignedMessage {
        SignedMessage(.envelope, scope: network.digest, content: body)
    }

    /// What a signature over a batch of bodies covers: from ‖ u32 count ‖ root.
    public static func batchMessage(network: NetworkID, from: AgentID, count: UInt32, root: Digest) -> SignedMessage {
        var writer = ByteWriter(capacity: 68)
        writer.write(from.digest)
        writer.write(count)
        writer.write(root)
        return SignedMessage(.envelopeBatch, scope: network.digest, content: writer.bytes)
    }

    /// The leaf of one body in such a batch: H(0x00 ‖ networkID ‖ body).
    public static func leafHash(network: NetworkID, body: [UInt8]) -> Digest {
        var hasher = SHA256Hasher()
        hasher.update(UInt8(0))
        hasher.update(network.digest)
        hasher.update(body)
        return hasher.finalize()
    }

    /// The message that `signature` must cover, or nil where its path is no path of its count and index.
    public static func message(
        of signature: SignedEnvelope.Signature.Value, network: NetworkID, from: AgentID, body: [UInt8]
    ) -> SignedMessage? {
        switch signature.batch.which {
        case .none: return message(network: network, body: body)
        case .unknown: return nil
        case .path(let path):
            let siblings = path.siblings.compactMap { Digest($0) }
            guard siblings.count == path.siblings.count, siblings.count <= maxSiblingCount,
                let root = MerkleTree.root(
                    from: leafHash(network: network, body: body), index: UInt64(path.index), count: UInt64(path.count),
                    path: siblings)
            else { return nil }
            return batchMessage(network: network, from: from, count: path.count, root: root)
        }
    }

    /// The algorithms whose signatures on the envelope hold for this author.
    public static func validAlgorithms(
        of envelope: SignedEnvelope.Value, network: NetworkID, from: AgentID, key: VerificationKey,
        verifier: some Verifier
    ) -> Set<SignedEnvelope.Algorithm> {
        var valid = Set<SignedEnvelope.Algorithm>()
        for signature in envelope.signatures.prefix(4) {
            guard let message = message(of: signature, network: network, from: from, body: envelope.body) else {
                continue
            }
            let holds =
                switch signature.algorithm {
                case .ed25519: verifier.isValid(ed25519: signature.bytes, over: message, by: key)
                case .mldsa65: verifier.isValid(mldsa65: signature.bytes, over: message, by: key)
                case .unknown: false
                }
            if holds { valid.insert(signature.algorithm) }
        }
        return valid
    }

    /// Signs many bodies of one author at once: every envelope carries the same signatures and its own path to what they cover.
    ///
    /// - Precondition: there are fewer bodies than 2^32.
    public static func signBatch(
        of bodies: [[UInt8]], network: NetworkID, from: PublicBundle, postQuantum: Bool, with signer: some Signer
    ) throws(CryptoFailure) -> [SignedEnvelope.Value] {
        guard !bodies.isEmpty else { return [] }
        let leaves = bodies.map { leafHash(network: network, body: $0) }
        let count = UInt32(bodies.count)
        let message = batchMessage(
            network: network, from: from.agentID, count: count, root: MerkleTree.root(of: leaves))
        var halves = [(SignedEnvelope.Algorithm.ed25519, try signer.signEd25519(message))]
        if postQuantum { halves.append((.mldsa65, try signer.signMLDSA65(message))) }
        return zip(bodies, MerkleTree.paths(of: leaves)).enumerated().map { index, leaf in
            let path = SignedEnvelope.Signature.Batch.Path.Value(
                count: count, index: UInt32(index), siblings: leaf.1.map(\.bytes))
            let signatures = halves.map { algorithm, bytes in
                SignedEnvelope.Signature.Value(
                    algorithm: algorithm, keyId: from.keyID, bytes: bytes, batch: .init(which: .path(path)))
            }
            return SignedEnvelope.Value(body: leaf.0, signatures: signatures)
        }
    }

    /// Signs one body with Ed25519, and with ML-DSA-65 as well where asked.
    public static func sign(
        body: [UInt8], network: NetworkID, keyID: [UInt8], postQuantum: Bool, with signer: some Signer
    ) throws(CryptoFailure) -> SignedEnvelope.Value {
        let message = message(network: network, body: body)
        var signatures = [
            SignedEnvelope.Signature.Value(algorithm: .ed25519, keyId: keyID, bytes: try signer.signEd25519(message))
        ]
        if postQuantum {
            let bytes = try signer.signMLDSA65(message)
            signatures.append(SignedEnvelope.Signature.Value(algorithm: .mldsa65, keyId: keyID, bytes: bytes))
        }
        return SignedEnvelope.Value(body: body, signatures: signatures)
    }
}
