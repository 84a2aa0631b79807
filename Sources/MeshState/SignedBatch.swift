import Certificates
public import MeshCrypto
public import MeshSchema
public import Primitives
import StateTree

/// Transactions of one author under one hybrid signature, with their hashes. Whoever makes one has checked, or will check, that the
/// signature holds: the state machine doesn't.
public struct SignedBatch: Hashable, Sendable {
    public let network: NetworkID
    public let agent: AgentID
    public let leaves: [CommitBatch.Leaf.Value]
    public let signature: HybridSignature
    public let leafHashes: [Digest]
    /// The root over the leaf hashes: what the signature covers.
    public let root: Digest

    public init(network: NetworkID, agent: AgentID, leaves: [CommitBatch.Leaf.Value], signature: HybridSignature) {
        self.network = network
        self.agent = agent
        self.leaves = leaves
        self.signature = signature
        leafHashes = CommitLeaves.hashes(of: leaves, network: network, agent: agent)
        root = MerkleTree.root(of: leafHashes)
    }

    /// - Returns: nil where an identifier has another length than 32 bytes.
    public init?(_ value: CommitBatch.Value) {
        guard let network = Digest(value.network), let agent = AgentID(value.agent) else { return nil }
        self.init(
            network: NetworkID(network), agent: agent, leaves: value.leaves,
            signature: HybridSignature(ed25519: value.ed25519, mldsa65: value.mldsa65))
    }

    /// The form that travels.
    public var value: CommitBatch.Value {
        CommitBatch.Value(
            network: network.bytes, agent: agent.bytes, leaves: leaves, ed25519: signature.ed25519,
            mldsa65: signature.mldsa65)
    }

    /// What the signature has to cover.
    public var message: SignedMessage {
        CommitLeaves.message(network: network, agent: agent, count: leaves.count, root: root)
    }

    /// The batch's name: a leaf of the block's payload.
    public var id: Digest {
        CommitLeaves.batchID(network: network, agent: agent, count: leaves.count, root: root)
    }
}
