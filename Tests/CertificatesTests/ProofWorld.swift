import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Storage

/// A small state under one final header, and the bundles that its node would hand out.
struct ProofWorld {
    let genesis: Genesis
    var header: BlockHeader
    let tree: JellyfishTree
    let store: MemoryStore
    let batch: CommitBatch.Value

    static let fact = Array("fact/colour".utf8)
    var network: NetworkID { genesis.networkID }
    static let commitKey = CommitKey(agent: Cast.agent.agentID, nonce: 1 << 32 | 2)

    init(_ genesis: Genesis = Cast.genesis, extra: [JellyfishTree.Write] = []) throws {
        self.genesis = genesis
        let agent = Cast.agent.agentID
        batch = try CommitLeaves.sign(Cast.leaves, network: genesis.networkID, agent: agent, with: Cast.agent)
        let hashes = CommitLeaves.hashes(of: Cast.leaves, network: genesis.networkID, agent: agent)
        let root = MerkleTree.root(of: hashes)
        var writes = zip(Cast.leaves, hashes).map { leaf, hash in
            JellyfishTree.Write(
                key: CommitKey(agent: agent, nonce: leaf.nonce).bytes,
                value: CommitRecord(leafHash: hash, batchRoot: root, height: Height(7), outcome: 0).bytes)
        }
        writes += (0..<40).map { .init(key: Array("fact/\($0)".utf8), value: [UInt8($0)]) }
        writes.append(.init(key: Self.fact, value: Array("red".utf8)))
        var tree = JellyfishTree(suite: genesis.hashSuite)
        store = MemoryStore()
        let change = try tree.prepare(writes + extra, version: 7, in: store)
        var changes = Batch()
        change.put(into: &changes)
        try store.write(changes, sync: false)
        tree.adopt(change)
        self.tree = tree
        header = makeHeader(.poa(term: Term(3), sequencer: Cast.node.nodeID))
        header.network = genesis.networkID
        header.stateRoot = tree.rootHash
    }

    /// Signed as the genesis says, unless another authority signs.
    func bundle(for key: [UInt8], signedBy authority: SecretIdentity = Cast.authority) throws -> ProofBundle.Value {
        let proven = try tree.prove(key, at: 7, in: store)
        let finality = try FinalitySignature.sign(header, scheme: genesis.scheme, with: authority)
        let certificate = ProofBundle.Certificate.Value(ed25519: finality.ed25519, mldsa65: finality.mldsa65)
        return ProofBundle.Value(
            version: 1, scheme: genesis.scheme.rawValue, genesis: genesis.canonicalBytes, header: header.canonicalBytes,
            finality: .init(which: .authority(certificate)), key: key, value: proven.value ?? [],
            present: proven.value != nil, statePath: proven.proof.schemaValue,
            commit: proven.value == nil ? nil : CommitKey(key).flatMap(commitPath))
    }

    func commitPath(_ key: CommitKey) -> ProofBundle.CommitPath.Value? {
        guard let index = batch.leaves.firstIndex(where: { $0.nonce == key.nonce }) else { return nil }
        let hashes = CommitLeaves.hashes(of: batch.leaves, network: network, agent: Cast.agent.agentID)
        return ProofBundle.CommitPath.Value(
            leaf: batch.leaves[index], count: UInt32(hashes.count), index: UInt32(index),
            path: MerkleTree.path(to: index, of: hashes).map(\.bytes), agent: Cast.agent.bundle.schemaValue,
            ed25519: batch.ed25519, mldsa65: batch.mldsa65)
    }

    func verify(_ bundle: ProofBundle.Value) throws(ProofFailure) -> ProvenValue {
        try ProofVerifier(network: network, verifier: SignatureVerifier()).verify(bundle)
    }

    /// Why a bundle is refused; nil where it holds.
    func failure(_ bundle: ProofBundle.Value) -> ProofFailure? {
        do throws(ProofFailure) {
            _ = try verify(bundle)
            return nil
        } catch { return error }
    }
}
