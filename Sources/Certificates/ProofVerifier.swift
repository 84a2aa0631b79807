import CapnProto
import Identity
public import MeshCrypto
public import MeshSchema
public import Primitives
public import StateTree

/// What a valid bundle proves.
public struct ProvenValue: Hashable, Sendable {
    public var key: [UInt8]
    /// nil: the key was absent.
    public var value: [UInt8]?
    public var header: BlockHeader
    /// Where the key is a commit: the leaf that its author signed.
    public var commit: ProvenCommit?

    public struct ProvenCommit: Hashable, Sendable {
        public var agent: AgentID
        public var record: CommitRecord
        /// A stream-framed Transaction.
        public var body: [UInt8]
    }
}

/// Checks proof bundles offline. Its only trusted input is a NetworkID.
///
/// The checks and their order are those of docs/protocols/state.md, "Proof bundle"; each failure has a name.
public struct ProofVerifier<SignatureVerifier: Verifier>: Sendable {
    private let network: NetworkID
    private let verifier: SignatureVerifier

    public init(network: NetworkID, verifier: SignatureVerifier) {
        self.network = network
        self.verifier = verifier
    }

    /// The largest bundle that is looked at.
    public static var maxByteCount: Int { 8 << 20 }

    public func verify(framed bytes: [UInt8]) throws(ProofFailure) -> ProvenValue {
        guard bytes.count <= Self.maxByteCount else { throw .malformedBundle }
        let bundle: ProofBundle.Value
        do { bundle = try ProofBundle.Value(framed: bytes) } catch { throw .malformedBundle }
        return try verify(bundle)
    }

    public func verify(_ bundle: ProofBundle.Value) throws(ProofFailure) -> ProvenValue {
        guard bundle.version == 1 else { throw .unknownVersion(bundle.version) }
        let genesis = try checkGenesis(bundle)
        let header = try checkHeader(bundle, genesis)
        try checkFinality(bundle, genesis, header)
        try checkState(bundle, genesis, header)
        let commit = try checkCommit(bundle)
        return ProvenValue(key: bundle.key, value: bundle.present ? bundle.value : nil, header: header, commit: commit)
    }

    private func checkGenesis(_ bundle: ProofBundle.Value) throws(ProofFailure) -> Genesis {
        let named = NetworkID(sha256(bundle.genesis))
        guard named == network else { throw .otherNetwork(named) }
        do { return try Genesis(canonicalBytes: bundle.genesis) } catch { throw .badGenesis(error) }
    }

    private func checkHeader(_ bundle: ProofBundle.Value, _ genesis: Genesis) throws(ProofFailure) -> BlockHeader {
        let header: BlockHeader
        do { header = try BlockHeader(canonicalBytes: bundle.header) } catch { throw .badHeader(error) }
        guard header.network == network else { throw .headerOfOtherNetwork }
        guard genesis.engine == .poa else { throw .unsupportedEngine }
        guard case .poa = header.variant else { throw .headerOfOtherEngine }
        guard bundle.epochHops.isEmpty else { throw .unsupportedEpochHops }
        guard bundle.signerBundles.isEmpty else { throw .unexpectedSigners }
        return header
    }

    private func checkFinality(
        _ bundle: ProofBundle.Value, _ genesis: Genesis, _ header: BlockHeader
    ) throws(ProofFailure) {
        guard bundle.scheme == genesis.scheme.rawValue else { throw .otherScheme }
        guard case .authority(let certificate) = bundle.finality.which else { throw .missingFinality }
        guard let authority = genesis.authority else { throw .badAuthorityKey }
        let key: VerificationKey
        do { key = try authority.verificationKey() } catch { throw .badAuthorityKey }
        let signature = HybridSignature(ed25519: certificate.ed25519, mldsa65: certificate.mldsa65)
        guard
            genesis.scheme.isValid(signature, over: FinalitySignature.message(for: header), by: key, verifier: verifier)
        else { throw .badAuthoritySignature }
    }

    private func checkState(
        _ bundle: ProofBundle.Value, _ genesis: Genesis, _ header: BlockHeader
    ) throws(ProofFailure) {
        guard let proof = bundle.statePath.flatMap(StateProof.init) else { throw .malformedStatePath }
        guard bundle.present || bundle.value.isEmpty else { throw .valueOfAbsentKey }
        let value = bundle.present ? bundle.value : nil
        guard proof.verify(key: bundle.key, value: value, root: header.stateRoot, suite: genesis.hashSuite) else {
            throw .stateRootMismatch
        }
    }

    private func checkCommit(_ bundle: ProofBundle.Value) throws(ProofFailure) -> ProvenValue.ProvenCommit? {
        guard bundle.present, let key = CommitKey(bundle.key) else {
            guard bundle.commit == nil else { throw .unexpectedCommit }
            return nil
        }
        let record: CommitRecord
        do { record = try CommitRecord(bytes: bundle.value) } catch { throw .malformedCommitValue }
        guard let commit = bundle.commit, let leaf = commit.leaf else { throw .missingCommit }
        guard leaf.nonce == key.nonce else { throw .leafOfOtherCommit }
        let leafHash = CommitLeaves.hash(leaf, network: network, agent: key.agent)
        guard leafHash == record.leafHash else { throw .leafHashMismatch }
        let path = commit.path.compactMap { Digest($0) }
        guard path.count == commit.path.count,
            let root = MerkleTree.root(
                from: leafHash, index: UInt64(commit.index), count: UInt64(commit.count), path: path)
        else { throw .badBatchPath }
        guard root == record.batchRoot else { throw .batchRootMismatch }
        try checkAuthor(commit, key.agent, root)
        return ProvenValue.ProvenCommit(agent: key.agent, record: record, body: leaf.body)
    }

    private func checkAuthor(
        _ commit: ProofBundle.CommitPath.Value, _ agent: AgentID, _ root: Digest
    ) throws(ProofFailure) {
        guard let bundle = commit.agent.flatMap(PublicBundle.init) else { throw .badAgentKeys }
        guard bundle.agentID == agent else { throw .otherAgentsKeys }
        let key: VerificationKey
        do { key = try bundle.verificationKey() } catch { throw .badAgentKeys }
        let message = CommitLeaves.message(network: network, agent: agent, count: Int(commit.count), root: root)
        let signature = HybridSignature(ed25519: commit.ed25519, mldsa65: commit.mldsa65)
        guard verifier.isValid(signature, over: message, by: key) else { throw .badBatchSignature }
    }
}

extension StateProof {
    /// - Returns: nil where a hash has another length or there are more siblings than a path can have.
    public init?(_ path: ProofBundle.StatePath.Value) {
        let siblings = path.siblings.compactMap { Digest($0) }
        guard siblings.count == path.siblings.count, siblings.count <= StateProof.maxSiblingCount else { return nil }
        if path.leafKey.isEmpty, path.leafValue.isEmpty {
            self.init(siblings: siblings, leaf: nil)
        } else {
            guard let key = Digest(path.leafKey), let value = Digest(path.leafValue) else { return nil }
            self.init(siblings: siblings, leaf: Leaf(keyHash: key, valueHash: value))
        }
    }

    public var schemaValue: ProofBundle.StatePath.Value {
        ProofBundle.StatePath.Value(
            siblings: siblings.map(\.bytes), leafKey: leaf?.keyHash.bytes ?? [], leafValue: leaf?.valueHash.bytes ?? [])
    }
}
