import CapnProto
import Certificates
import Consensus
import MeshState
import NodeCore
import Primitives
import Storage
import Testing

/// What a node has on disk: a store per network, the mail store, and the journal's synced records.
struct TestDisk {
    var stores: [NetworkID: MemoryStore] = [:]
    var mail = MemoryStore()
    /// The records behind `trimmed`, in order.
    var journal: [[UInt8]] = []
    var trimmed = LSN.zero
    /// The stores as a power cut would leave them: as they were last flushed.
    private var flushed: [NetworkID: StoreContents] = [:]
    private var flushedMail = StoreContents()

    init(_ networks: [Genesis]) {
        for genesis in networks { stores[genesis.networkID] = MemoryStore() }
    }

    var end: LSN { LSN(trimmed.value + UInt64(journal.count)) }

    mutating func flush() {
        for (network, store) in stores { flushed[network] = store.state }
        flushedMail = mail.state
    }

    /// The stores lose everything since they were flushed; the journal loses nothing that was synced.
    func afterPowerCut() -> TestDisk {
        var disk = self
        for network in stores.keys { disk.stores[network] = flushed[network].map { MemoryStore($0) } ?? MemoryStore() }
        disk.mail = MemoryStore(flushedMail)
        return disk
    }

    /// A copy that further writes don't reach.
    func copy() -> TestDisk {
        var disk = self
        for (network, store) in stores { disk.stores[network] = MemoryStore(store.state) }
        disk.mail = MemoryStore(mail.state)
        return disk
    }

    /// Forgets the journal's records before this one, once everything is flushed.
    mutating func trim(before position: LSN) {
        flush()
        #expect(position > trimmed, "trimming goes forward")
        guard position > trimmed.next else { return }
        let count = Int(position.value - trimmed.value) - 1
        journal.removeFirst(count)
        trimmed = position.previous
    }
}

/// Performs one network's state effects inline, as the shell's state thread does.
struct TestKeeper {
    var machine: StateMachine
    private let store: MemoryStore
    private var executed: ExecutedBlock?

    init(_ genesis: Genesis, _ store: MemoryStore) throws {
        machine = try StateMachine(genesis, store: store)
        self.store = store
    }

    mutating func execute(_ proposal: Proposal, _ batches: [SignedBatch]) throws -> ExecutionResult {
        let block = try machine.execute(BlockInput(height: proposal.height, time: proposal.time, batches: batches))
        executed = block
        return try ExecutionResult(block, before: machine.view)
    }

    mutating func apply(_ header: BlockHeader, _ position: LSN) throws -> WallTime? {
        guard let block = executed else { throw StateFailure.staleExecution }
        try machine.apply(block, header: header, journalPosition: position)
        executed = nil
        return machine.nextExpiry
    }

    mutating func perform(_ step: Recovery.Step) throws {
        switch step {
        case .execute(let header, let batches, let position):
            let block = try machine.execute(BlockInput(height: header.height, time: header.time, batches: batches))
            guard block.agrees(with: header) else { throw RecoveryFailure.otherRoots(header.network, header.height) }
            try machine.apply(block, header: header, journalPosition: position)
        case .storeFinality(let header, let signature): try machine.recordFinality(signature, at: header.height)
        }
    }

    func answer(_ query: StateQuery) throws -> QueryResult {
        let view = machine.view
        switch query {
        case .value(let key, let prove):
            guard !prove else { return machine.finalHeight == .genesis ? .noProofYet : try proven(key) }
            return .value(StateValue(value: try view.value(key), height: machine.applied.height))
        case .commits(let agent, let nonces):
            return .commits(try nonces.map { try receipt(agent, $0, view) })
        case .tasks(_, let after, let limit):
            let page = try view.tasks(after: after.isEmpty ? nil : after, limit: limit)
            return .tasks(
                try page.items.compactMap { item in
                    try view.offer(item.id).map { TaskListing(id: item.id, task: item.record, offer: $0) }
                })
        case .task(let id):
            guard let task = try view.task(id), let offer = try view.offer(id) else { return .task(nil) }
            return .task(TaskListing(id: id, task: task, offer: offer))
        case .keys: return .keys([])
        }
    }

    private func proven(_ key: [UInt8]) throws -> QueryResult {
        .value(
            StateValue(
                value: try machine.view.value(key), height: machine.applied.height,
                bundle: try machine.proofBundle(for: key).framed()))
    }

    private func receipt(_ agent: AgentID, _ nonce: UInt64, _ view: StateView) throws -> CommitReceipt {
        guard let record = try view.commit(agent, nonce: nonce) else {
            return CommitReceipt(nonce: nonce, state: .unknown)
        }
        let outcome = record.result ?? .malformed
        return CommitReceipt(
            nonce: nonce, leafHash: record.leafHash, state: outcome == .applied ? .included : .rejected,
            height: record.height, reason: outcome.reason)
    }
}
