public import Certificates
public import Consensus
public import MeshState
public import Primitives
import StateTree

/// What a block's execution found, as far as the core wants to know it. The write set stays with the state thread.
public struct ExecutionResult: Sendable, Hashable {
    public var stateRoot: Digest
    public var receiptsRoot: Digest
    public var historyRoot: Digest
    /// One per leaf, batch after batch, in the payload's order.
    public var outcomes: [LeafOutcome]
    /// Agents that registered or moved.
    public var agents: [AgentRecord]
    /// What subscribers are told.
    public var changes: [ObservedChange]
    public var counts: CountsRecord

    public init(
        stateRoot: Digest, receiptsRoot: Digest, historyRoot: Digest, outcomes: [LeafOutcome] = [],
        agents: [AgentRecord] = [], changes: [ObservedChange] = [], counts: CountsRecord = CountsRecord()
    ) {
        self.stateRoot = stateRoot
        self.receiptsRoot = receiptsRoot
        self.historyRoot = historyRoot
        self.outcomes = outcomes
        self.agents = agents
        self.changes = changes
        self.counts = counts
    }
}

/// What became of one leaf. Of a duplicate: what became of it the first time.
public struct LeafOutcome: Sendable, Hashable {
    public var nonce: UInt64
    public var leafHash: Digest
    public var outcome: Outcome
    /// Where it was judged first.
    public var height: Height
    public var fence: Fence

    public init(nonce: UInt64, leafHash: Digest, outcome: Outcome, height: Height, fence: Fence = Fence(0)) {
        self.nonce = nonce
        self.leafHash = leafHash
        self.outcome = outcome
        self.height = height
        self.fence = fence
    }
}

/// One key that a block changed, as subscribers see it.
public struct ObservedChange: Sendable, Hashable {
    /// "agents", "commits", "tasks", "facts" or "balances".
    public var topic: String
    public var key: String
    /// As the state holds it; empty: the key is gone.
    public var value: [UInt8]

    public init(topic: String, key: String, value: [UInt8]) {
        self.topic = topic
        self.key = key
        self.value = value
    }
}

extension ExecutionResult {
    /// Draws what the core wants to know from an executed block.
    ///
    /// - Parameter view: the state before the block, for the first fate of duplicates.
    public init(_ block: ExecutedBlock, before view: StateView) throws(StateFailure) {
        var written: [[UInt8]: [UInt8]] = [:]
        for write in block.effects.writes { written[write.key] = write.value ?? [] }
        self.init(
            stateRoot: block.stateRoot, receiptsRoot: block.receiptsRoot, historyRoot: block.historyRoot,
            outcomes: try Self.outcomes(of: block, before: view), counts: block.effects.counts)
        for change in block.changes {
            let (topic, key) = change.place
            if case .agent = change, let bytes = written[key] { agents.append(try AgentRecord(bytes, at: key)) }
            changes.append(
                ObservedChange(topic: topic, key: String(decoding: key, as: UTF8.self), value: written[key] ?? []))
        }
    }

    private static func outcomes(of block: ExecutedBlock, before view: StateView) throws(StateFailure) -> [LeafOutcome]
    {
        var fates: [Digest: LeafOutcome] = [:]
        var outcomes: [LeafOutcome] = []
        for result in block.results {
            var outcome = LeafOutcome(
                nonce: result.nonce, leafHash: result.leafHash, outcome: result.outcome, height: block.height,
                fence: result.fence ?? Fence(0))
            if result.outcome == .duplicate {
                if let fate = fates[result.leafHash] {
                    outcome = fate
                } else if let record = try view.commit(result.agent, nonce: result.nonce) {
                    outcome.outcome = record.result ?? .duplicate
                    outcome.height = record.height
                }
            }
            fates[result.leafHash] = outcome
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// Roots for the header.
    public var roots: ExecutionRoots { ExecutionRoots(state: stateRoot, receipts: receiptsRoot, history: historyRoot) }
}

extension StateChange {
    /// The subscribers' topic, and the state key that changed.
    var place: (topic: String, key: [UInt8]) {
        switch self {
        case .agent(let agent): ("agents", StateKey.agent(agent))
        case .commit(let agent, let nonce, _): ("commits", StateKey.commit(agent, nonce: nonce))
        case .task(let id, _, _, _): ("tasks", StateKey.task(id))
        case .fact(let key, _, _): ("facts", StateKey.fact(key))
        case .balance(let agent, let asset): ("balances", StateKey.balance(agent, asset: asset))
        case .hold(let owner, let id, _): ("balances", StateKey.hold(owner, id: id))
        }
    }
}
