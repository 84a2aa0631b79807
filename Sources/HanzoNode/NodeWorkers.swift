import Certificates
import Consensus
import Dispatch
import FileStore
import Identity
import MeshCrypto
import MeshState
import NIOPosix
import NodeCore
import Primitives
import Storage

/// The threads beside the loop: one owns the state, one the journal, a small pool checks and makes ML-DSA signatures.
///
/// Every completion is called on the worker's thread; the shell carries it to the loop.
final class NodeWorkers: Sendable {
    private let state: StateWorker
    private let journal: FileJournal
    private let pool: NIOThreadPool
    private let authorities: [NetworkID: Authority]

    /// Who signs a network's headers, and by which scheme.
    struct Authority: Sendable {
        var signer: SecretIdentity
        var scheme: SignatureScheme
    }

    init(state: StateWorker, journal: FileJournal, pool: NIOThreadPool, authorities: [NetworkID: Authority]) {
        self.state = state
        self.journal = journal
        self.pool = pool
        self.authorities = authorities
    }

    var journalStatistics: FileJournal.Statistics { journal.statistics }

    // MARK: Signatures

    func verify(_ check: SignatureCheck, _ done: @escaping @Sendable (Bool) -> Void) {
        pool.submit { _ in done(check.isValid(by: SignatureVerifier())) }
    }

    func sign(
        _ network: NetworkID, _ header: BlockHeader,
        _ done: @escaping @Sendable (Result<FinalitySignature, NodeError>) -> Void
    ) {
        guard let authority = authorities[network] else {
            return done(
                .failure(NodeError(.configuration, "this node does not hold the authority key of network \(network)")))
        }
        pool.submit { _ in
            do {
                done(.success(try .sign(header, scheme: authority.scheme, with: authority.signer)))
            } catch { done(.failure(NodeError(.damaged, "the authority key does not sign: \(error)"))) }
        }
    }

    // MARK: Journal

    func append(_ record: CoreRecord) throws(StorageFailure) -> LSN {
        try journal.append(RecordKind(1), record.encoded(), wakes: false)
    }

    /// Starts the writing of what was appended.
    func writeJournal() { journal.wake() }

    /// The stores are flushed first, so that what the journal forgets is durable elsewhere.
    func trim(before position: LSN, _ done: @escaping @Sendable (Result<Void, NodeError>) -> Void) {
        state.flush(trimming: position.previous) { [journal] flushed in
            if case .success = flushed { journal.truncate(through: position.previous) }
            done(flushed)
        }
    }

    // MARK: State

    func execute(
        _ network: NetworkID, _ proposal: Proposal, _ batches: [SignedBatch],
        _ done: @escaping @Sendable (Result<ExecutionResult, NodeError>) -> Void
    ) { state.execute(network, proposal, batches, done) }

    func apply(
        _ network: NetworkID, _ header: BlockHeader, _ position: LSN,
        _ done: @escaping @Sendable (Result<WallTime?, NodeError>) -> Void
    ) { state.apply(network, header, position, done) }

    func storeFinality(
        _ network: NetworkID, _ header: BlockHeader, _ signature: FinalitySignature,
        _ done: @escaping @Sendable (Result<Void, NodeError>) -> Void
    ) { state.storeFinality(network, header, signature, done) }

    func storeMail(_ operations: [BatchOperation], _ done: @escaping @Sendable (Result<Void, NodeError>) -> Void) {
        state.storeMail(operations, done)
    }

    func query(_ network: NetworkID, _ query: StateQuery, _ done: @escaping @Sendable (QueryResult) -> Void) {
        state.query(network, query, done)
    }

    /// Blocks until what was begun is done and everything is on disk.
    func close() throws(NodeError) {
        try state.close()
        try storing("the journal") { () throws(StorageFailure) in try journal.close() }
    }
}
