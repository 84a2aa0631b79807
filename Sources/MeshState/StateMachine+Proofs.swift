public import Certificates
import MeshCrypto
public import MeshSchema
public import Primitives
import Identity
import StateTree
import Storage

extension StateMachine {
    /// An applied block; nil above the newest one and at genesis.
    public func block(at height: Height) throws(StateFailure) -> StoredBlock? {
        guard let index: BlockIndex = try record(StoredBlock.key(height), in: .blocks) else { return nil }
        var batches = [SignedBatch]()
        for number in index.batchRoots.indices { batches.append(try batch(number, of: height)) }
        let header = try Self.decode(index.header, height)
        let raw = try get(StoredBlock.key(height), in: .receipts) ?? []
        let outcomes = raw.compactMap { Outcome(rawValue: $0) }
        guard outcomes.count == batches.reduce(0, { $0 + $1.leaves.count }) else {
            throw .corruptRecord("receipts of block \(height)")
        }
        return StoredBlock(header: header, batches: batches, outcomes: outcomes)
    }

    /// The header of an applied block.
    public func header(at height: Height) throws(StateFailure) -> BlockHeader? {
        guard let index: BlockIndex = try record(StoredBlock.key(height), in: .blocks) else { return nil }
        return try Self.decode(index.header, height)
    }

    private static func decode(_ header: [UInt8], _ height: Height) throws(StateFailure) -> BlockHeader {
        do { return try BlockHeader(canonicalBytes: header) } catch { throw .corruptRecord("header of block \(height)") }
    }

    /// What makes a block final, where it is recorded.
    public func finality(at height: Height) throws(StateFailure) -> FinalitySignature? {
        guard let bytes = try get(StoredBlock.key(height), in: .certificates) else { return nil }
        do { return try FinalitySignature(bytes: bytes) } catch { throw .corruptRecord("finality of block \(height)") }
    }

    /// The value of a key at the newest final block, or its absence, with everything that a stranger needs to check it.
    ///
    /// - Throws: `notFinal` while no block is.
    public func proofBundle(for key: [UInt8]) throws(StateFailure) -> ProofBundle.Value {
        try proofBundle(for: key, at: finalHeight)
    }

    /// The same at a given block, whose finality must be recorded.
    public func proofBundle(for key: [UInt8], at height: Height) throws(StateFailure) -> ProofBundle.Value {
        guard let header = try header(at: height), let finality = try finality(at: height) else {
            throw .notFinal(height.value)
        }
        let proven: ProvenEntry
        do { proven = try tree.prove(key, at: height.value, in: store) } catch { throw .tree(error) }
        let certificate = ProofBundle.Certificate.Value(
            ed25519: finality.signature.ed25519, mldsa65: finality.signature.mldsa65)
        return ProofBundle.Value(
            version: 1, scheme: genesis.scheme.rawValue, genesis: genesis.canonicalBytes, header: header.canonicalBytes,
            finality: ProofBundle.Finality.Value(which: .authority(certificate)), key: key, value: proven.value ?? [],
            present: proven.value != nil, statePath: proven.proof.schemaValue, commit: try commitPath(key, proven.value))
    }

    /// From a commit's value back to the author's signature; nil where the key is no commit or absent.
    private func commitPath(_ key: [UInt8], _ value: [UInt8]?) throws(StateFailure) -> ProofBundle.CommitPath.Value? {
        guard let value, CommitKey(key) != nil else { return nil }
        let commit = try CommitRecord(value, under: key)
        guard let index: BlockIndex = try record(StoredBlock.key(commit.height), in: .blocks) else {
            throw .unknownBlock(commit.height.value)
        }
        for (number, root) in index.batchRoots.enumerated() where root == commit.batchRoot {
            let batch = try batch(number, of: commit.height)
            guard let place = batch.leafHashes.firstIndex(of: commit.leafHash) else { continue }
            guard let author = try view.agent(batch.agent) else { return nil }
            return Self.makeCommitPath(to: place, in: batch, of: author)
        }
        throw .corruptRecord("the batch of \(String(decoding: key, as: UTF8.self))")
    }

    private static func makeCommitPath(
        to place: Int, in batch: SignedBatch, of author: AgentRecord
    ) -> ProofBundle.CommitPath.Value {
        ProofBundle.CommitPath.Value(
            leaf: batch.leaves[place], count: UInt32(batch.leaves.count), index: UInt32(place),
            path: MerkleTree.path(to: place, of: batch.leafHashes).map(\.bytes), agent: author.bundle.schemaValue,
            ed25519: batch.signature.ed25519, mldsa65: batch.signature.mldsa65)
    }

    private func batch(_ number: Int, of height: Height) throws(StateFailure) -> SignedBatch {
        guard let stored: BatchRecord = try record(StoredBlock.key(height, batch: number), in: .blocks) else {
            throw .corruptRecord("batch \(number) of block \(height)")
        }
        return stored.signedBatch(network)
    }

    private func record<Record: StateRecord>(
        _ key: [UInt8], in family: ColumnFamily
    ) throws(StateFailure) -> Record? {
        guard let bytes = try get(key, in: family) else { return nil }
        return try Record(bytes, under: Array("\(family) \(Hex.encode(key))".utf8))
    }

    private func get(_ key: [UInt8], in family: ColumnFamily) throws(StateFailure) -> [UInt8]? {
        do { return try store.get(key, in: family) } catch { throw .storage(error) }
    }
}
