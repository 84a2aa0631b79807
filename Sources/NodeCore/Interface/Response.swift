public import MeshSchema
public import MeshState
public import Primitives

/// The answer to one request.
public enum Response: Sendable, Hashable {
    case failure(Refusal)
    /// Nothing but success: `acknowledge`, `unsubscribe`, `updateStatus`, `leave`, `retryMail`, `stop`.
    case done
    case info(NodeStatus)
    case challenge(Challenge)
    case registered(Registered)
    /// In the order of the batch's leaves, or of the nonces asked for.
    case receipts([CommitReceipt])
    case mailReceipt(MailReceipt)
    case subscribed(SubscriptionID, height: Height)
    case value(StateValue)
    case agents([AgentListing])
    case agent(AgentListing)
    case tasks([TaskListing])
    case task(TaskListing)
    case status(NodeStatus, [Metric])
    case network(NetworkStatus)
    case mail([MailItem])
    case mailItem(MailItem, SignedEnvelope.Value)
    case keys([[UInt8]])
}

/// The node at a glance.
public struct NodeStatus: Sendable, Hashable {
    public var node: NodeID
    public var name: String
    public var version: String
    public var startedAt: WallTime
    public var networks: [NetworkStatus]
    /// Agents with a live session, over all networks.
    public var agentCount: Int
    public var protocolVersion: UInt16
}

/// One network at a glance.
public struct NetworkStatus: Sendable, Hashable {
    public var id: NetworkID
    public var name: String
    public var engine: String
    public var isDefault: Bool
    public var height: Height
    public var finalHeight: Height
    public var stateRoot: Digest
    public var commitCount: UInt64
    public var transactionCount: UInt64
    public var taskCount: UInt64
    /// Agents with a live session.
    public var agentCount: Int
    /// Agents that the state knows.
    public var registeredCount: UInt64
    public var hashSuite: String
    public var scheme: String
    /// Canonical bytes.
    public var genesis: [UInt8]
    public var headerTime: WallTime
    public var term: Term
    /// What the engine does now: "opening", "idle", "executing", "journaling", "waiting for the clock".
    public var phase: String
}

/// What an agent signs into its registration.
public struct Challenge: Sendable, Hashable {
    public var node: NodeID
    public var nonce: Digest
    /// The epoch that the state holds for the agent; 0: none.
    public var homeEpoch: HomeEpoch
    public var height: Height
}

/// The answer to a registration: the record is durable and the session has begun.
public struct Registered: Sendable, Hashable {
    public var session: SessionID
    public var agent: AgentID
    public var homeEpoch: HomeEpoch
    public var height: Height
    public var headerTime: WallTime
    /// Messages that wait; they are delivered next.
    public var mailboxCount: Int
    public var receipt: CommitReceipt
}

/// Where a commit stands. Raw values are those of `CommitState` in zap.capnp.
public enum CommitState: UInt16, Sendable, Hashable, CaseIterable {
    case unknown = 0
    case pending, included, final, rolledBack, expired, rejected
}

/// What became of one leaf.
public struct CommitReceipt: Sendable, Hashable {
    public var nonce: UInt64
    public var leafHash: Digest
    public var state: CommitState
    public var height: Height
    /// Where rejected or expired: `code: message`.
    public var reason: String
    /// Of a claim.
    public var fence: Fence

    public init(
        nonce: UInt64, leafHash: Digest = .zero, state: CommitState, height: Height = .genesis, reason: String = "",
        fence: Fence = Fence(0)
    ) {
        self.nonce = nonce
        self.leafHash = leafHash
        self.state = state
        self.height = height
        self.reason = reason
        self.fence = fence
    }
}

/// How far a message has come.
public struct MailReceipt: Sendable, Hashable {
    public var id: String
    /// SHA-256 of the envelope's body.
    public var digest: Digest
    public var to: AgentID
    public var sequence: MailSequence
    public var tier: MailTier
    public var time: WallTime
    public var reason: String
}

/// A value of the newest applied state.
public struct StateValue: Sendable, Hashable {
    public var value: [UInt8]?
    public var height: Height
    /// A stream-framed ProofBundle at the newest final height, where asked for; its value may be older.
    public var bundle: [UInt8]

    public init(value: [UInt8]?, height: Height, bundle: [UInt8] = []) {
        self.value = value
        self.height = height
        self.bundle = bundle
    }
}

/// An agent as its network's state and this node's sessions know it.
public struct AgentListing: Sendable, Hashable {
    public var record: AgentRecord
    /// Its Reticulum address.
    public var destination: ShortHash
    /// Whether a session of this agent is live on this node.
    public var isOnline: Bool
    public var status: AgentStatus
    /// When it last asked for anything; zero where it never did since the node started.
    public var lastSeen: WallTime
}

/// A figure of the node's: names are `hanzo_<area>_<noun>_<unit|total>`.
public struct Metric: Sendable, Hashable {
    public var name: String
    public var value: Double

    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// One message as the owner sees it.
public struct MailItem: Sendable, Hashable {
    public var digest: Digest
    public var id: String
    public var from: AgentID
    public var to: AgentID
    public var sequence: MailSequence
    public var tier: MailTier
    public var byteCount: Int
    public var acceptedAt: WallTime
    public var expiresAt: WallTime
    public var attempts: UInt32
    public var reason: String
}

/// A task as the state holds it.
public struct TaskListing: Sendable, Hashable {
    public var id: String
    public var task: TaskRecord
    public var offer: OfferRecord

    public init(id: String, task: TaskRecord, offer: OfferRecord) {
        self.id = id
        self.task = task
        self.offer = offer
    }
}
