import Certificates
import Consensus
import Dispatch
import MeshState
import NodeCore
import Primitives
import Storage

/// The thread that owns the state of all networks. It executes and applies blocks one after another, and answers reads between them.
///
/// A read waits for at most one block. What is executed stays here until it is applied, so that no write set crosses a thread.
// SAFETY: members are touched on `queue` only, which runs one job at a time.
final class StateWorker: @unchecked Sendable {
    private let queue = DispatchQueue(label: "hanzod.state", qos: .userInitiated)
    private var machines: [NetworkID: StateMachine]
    private var executed: [NetworkID: ExecutedBlock] = [:]
    private var stores: [any KeyValueStore]
    private var mail: any KeyValueStore
    /// How many blocks' states stay readable; nil: all.
    private let retention: UInt64?

    /// - Parameter stores: of the networks, to be flushed before the journal forgets.
    init(
        machines: [NetworkID: StateMachine], stores: [any KeyValueStore], mail: any KeyValueStore,
        retention: UInt64? = nil
    ) {
        self.machines = machines
        self.stores = stores
        self.mail = mail
        self.retention = retention
    }

    // MARK: Blocks

    func execute(
        _ network: NetworkID, _ proposal: Proposal, _ batches: [SignedBatch],
        _ done: @escaping @Sendable (Result<ExecutionResult, NodeError>) -> Void
    ) {
        queue.async {
            done(
                self.on(network) { machine throws(StateFailure) in
                    let block = try machine.execute(
                        BlockInput(height: proposal.height, time: proposal.time, batches: batches))
                    self.executed[network] = block
                    return try ExecutionResult(block, before: machine.view)
                })
        }
    }

    func apply(
        _ network: NetworkID, _ header: BlockHeader, _ position: LSN,
        _ done: @escaping @Sendable (Result<WallTime?, NodeError>) -> Void
    ) {
        queue.async {
            let block = self.executed.removeValue(forKey: network)
            done(
                self.on(network) { machine throws(StateFailure) in
                    guard let block else { throw .staleExecution }
                    try machine.apply(block, header: header, journalPosition: position)
                    return machine.nextExpiry
                })
            self.prune(network)
        }
    }

    /// One bounded step after every block, so that pruning never falls behind and never holds up a block for long.
    private func prune(_ network: NetworkID) {
        guard let retention else { return }
        // What could not be deleted now is found again at the next block; reads and blocks don't depend on it.
        _ = on(network) { machine throws(StateFailure) in try machine.prune(keeping: retention) }
    }

    func storeFinality(
        _ network: NetworkID, _ header: BlockHeader, _ signature: FinalitySignature,
        _ done: @escaping @Sendable (Result<Void, NodeError>) -> Void
    ) {
        queue.async {
            done(
                self.on(network) { machine throws(StateFailure) in
                    try machine.recordFinality(signature, at: header.height)
                })
        }
    }

    // MARK: Mail

    func storeMail(_ operations: [BatchOperation], _ done: @escaping @Sendable (Result<Void, NodeError>) -> Void) {
        queue.async {
            done(
                Result { () throws(NodeError) in
                    try storing("the mail store") { () throws(StorageFailure) in
                        try self.mail.write(Batch(operations), sync: false)
                    }
                })
        }
    }

    /// Makes durable what was written so far, in all stores, and then that the journal may be gone up to `position`, with the heights
    /// that the states have by now.
    func flush(trimming position: LSN, _ done: @escaping @Sendable (Result<Void, NodeError>) -> Void) {
        queue.async {
            done(
                Result { () throws(NodeError) in
                    try storing("the state") { () throws(StorageFailure) in
                        for store in self.stores { try store.flushWAL() }
                        let trim = JournalTrim(position: position, heights: self.machines.mapValues(\.applied.height))
                        try self.mail.write(Batch(trim.operations), sync: true)
                    }
                })
        }
    }

    /// Waits for what was begun, makes it durable, and lets go of the stores.
    func close() throws(NodeError) {
        let result: Result<Void, NodeError> = queue.sync {
            Result { () throws(NodeError) in
                try storing("the state") { () throws(StorageFailure) in
                    for store in self.stores { try store.flushWAL() }
                    try self.mail.flushWAL()
                    self.machines = [:]
                    self.executed = [:]
                    self.stores = []
                    self.mail = MemoryStore()
                }
            }
        }
        try result.get()
    }

    // MARK: Reads

    func query(_ network: NetworkID, _ query: StateQuery, _ done: @escaping @Sendable (QueryResult) -> Void) {
        queue.async {
            guard let machine = self.machines[network] else {
                return done(.failed("network \(network) is not on this node"))
            }
            do throws(StateFailure) {
                done(try machine.answer(query))
            } catch {
                if case .notFinal = error { return done(.noProofYet) }
                done(.failed("\(error)"))
            }
        }
    }

    private func on<Value>(
        _ network: NetworkID, _ body: (inout StateMachine) throws(StateFailure) -> Value
    ) -> Result<Value, NodeError> {
        guard machines[network] != nil else {
            return .failure(NodeError(.configuration, "network \(network) is not on this node"))
        }
        do throws(StateFailure) {
            return .success(try body(&machines[network]!))
        } catch {
            return .failure(NodeError(.storage, "the state of network \(network) cannot be used: \(error)"))
        }
    }
}
