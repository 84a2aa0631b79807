public import Certificates
public import Primitives
public import StateTree

/// What a block is executed in: all that the state machine knows besides the state.
public struct BlockContext: Hashable, Sendable {
    public var network: NetworkID
    public var height: Height
    /// The header's time: the only clock there is.
    public var time: WallTime
    /// How far ahead of this height a transaction's expiry may lie.
    public var maxExpiryHeightSpan: UInt64
    /// Nothing falls due before this; an optimisation that changes no outcome.
    public var earliestDue: WallTime

    public init(
        network: NetworkID, height: Height, time: WallTime, maxExpiryHeightSpan: UInt64 = 100_000,
        earliestDue: WallTime = .zero
    ) {
        self.network = network
        self.height = height
        self.time = time
        self.maxExpiryHeightSpan = maxExpiryHeightSpan
        self.earliestDue = earliestDue
    }
}

/// What became of one leaf.
public struct LeafResult: Hashable, Sendable {
    public var agent: AgentID
    public var nonce: UInt64
    public var leafHash: Digest
    public var outcome: Outcome
    /// The fence that an applied claim got.
    public var fence: Fence?

    /// The receipt's leaf: AgentID ‖ u64 nonce ‖ leaf hash ‖ u8 outcome.
    public var receipt: [UInt8] {
        var writer = ByteWriter(capacity: 80)
        writer.write(agent.digest)
        writer.write(nonce)
        writer.write(leafHash)
        writer.write(outcome.rawValue)
        return writer.bytes
    }
}

/// Something that subscribers of a topic want to hear, in the order in which it came about.
public enum StateChange: Hashable, Sendable {
    /// An agent registered or moved.
    case agent(AgentID)
    /// A commit applied; the task that it names, if any.
    case commit(AgentID, nonce: UInt64, task: String?)
    case task(id: String, state: TaskRecord.State, fence: Fence, holder: AgentID?)
    case fact(key: String, version: UInt64, writer: AgentID)
    case balance(AgentID, asset: String)
    case hold(owner: AgentID, id: String, open: Bool)
}

/// What a block does to the state. Worked out without touching the store.
public struct BlockEffects: Hashable, Sendable {
    /// One for each leaf, in the block's order.
    public var results: [LeafResult]
    /// State key → value, or nil for a deletion; each key once.
    public var writes: [JellyfishTree.Write]
    public var changes: [StateChange]
    /// After the block.
    public var counts: CountsRecord
    /// More fell due than one block processes.
    public var hasOverdue: Bool
}
