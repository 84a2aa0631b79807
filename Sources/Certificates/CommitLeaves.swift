public import MeshCrypto
public import MeshSchema
public import Primitives
import StateTree

/// The hashes and the signed message of a commit batch. The author makes them, every node and every verifier repeats them.
public enum CommitLeaves {
    /// H(0x00 ‖ NetworkID ‖ AgentID ‖ u64 nonce ‖ u64 expiryHeight ‖ body).
    public static func hash(_ leaf: CommitBatch.Leaf.Value, network: NetworkID, agent: AgentID) -> Digest {
        var hasher = SHA256Hasher()
        hasher.update(UInt8(0))
        hasher.update(network.digest)
        hasher.update(agent.digest)
        withUnsafeBytes(of: leaf.nonce.littleEndian) { hasher.update($0) }
        withUnsafeBytes(of: leaf.expiryHeight.littleEndian) { hasher.update($0) }
        hasher.update(leaf.body)
        return hasher.finalize()
    }

    public static func hashes(of leaves: [CommitBatch.Leaf.Value], network: NetworkID, agent: AgentID) -> [Digest] {
        leaves.map { hash($0, network: network, agent: agent) }
    }

    /// What the author signs of a batch: AgentID ‖ u32 count ‖ batch root, in the network's scope.
    public static func message(network: NetworkID, agent: AgentID, count: Int, root: Digest) -> SignedMessage {
        SignedMessage(.commitBatch, scope: network.digest, content: identity(agent: agent, count: count, root: root))
    }

    /// The batch's name in payloads: H("hanzo/batch/v1" ‖ NetworkID ‖ AgentID ‖ u32 count ‖ batch root).
    public static func batchID(network: NetworkID, agent: AgentID, count: Int, root: Digest) -> Digest {
        var hasher = SHA256Hasher()
        hasher.update("hanzo/batch/v1")
        hasher.update(network.digest)
        hasher.update(identity(agent: agent, count: count, root: root))
        return hasher.finalize()
    }

    /// The payload root of a block: over its batch ids, in order.
    public static func payloadRoot(of batchIDs: [Digest]) -> Digest {
        MerkleTree.root(of: batchIDs.map { MerkleTree.leafHash($0.bytes) })
    }

    /// Signs leaves into a batch.
    public static func sign(
        _ leaves: [CommitBatch.Leaf.Value], network: NetworkID, agent: AgentID, with signer: some Signer
    ) throws(CryptoFailure) -> CommitBatch.Value {
        let root = MerkleTree.root(of: hashes(of: leaves, network: network, agent: agent))
        let signature = try signer.sign(message(network: network, agent: agent, count: leaves.count, root: root))
        return CommitBatch.Value(
            network: network.bytes, agent: agent.bytes, leaves: leaves, ed25519: signature.ed25519,
            mldsa65: signature.mldsa65)
    }

    private static func identity(agent: AgentID, count: Int, root: Digest) -> [UInt8] {
        var writer = ByteWriter(capacity: 68)
        writer.write(agent.digest)
        writer.write(UInt32(clamping: count))
        writer.write(root)
        return writer.bytes
    }
}
