public import MeshSchema
public import Primitives

/// What an agent, a connection or the owner may ask. Each names its network; `Requester` says who asks.
public enum Request: Sendable, Hashable {
    // Anyone
    case info
    /// `entropy` is 32 fresh random bytes of the shell's: the node's nonce.
    case challenge(NetworkID, agent: AgentID, nonce: Digest, entropy: Digest)
    case register(NetworkID, registration: CommitBatch.Value)

    // Sessions
    case commit(CommitBatch.Value)
    case commitStatus(NetworkID, nonces: [UInt64])
    /// Answered at the tier asked for: `accepted` or `stored`.
    case send(NetworkID, envelope: SignedEnvelope.Value, wait: MailTier)
    case acknowledge(NetworkID, [MailAcknowledgement])
    case mailStatus(NetworkID, to: AgentID, MailSequence)
    case subscribe(NetworkID, topics: [String])
    case unsubscribe(SubscriptionID)
    case updateStatus(NetworkID, AgentStatus)
    case leave

    // Sessions and the owner
    case readState(NetworkID, key: [UInt8], prove: Bool)
    /// Sorted by name; an empty role stands for all.
    case agents(NetworkID, role: String, afterName: String, limit: Int)
    case agent(NetworkID, AgentSelector)
    /// Sorted by id; an empty state stands for all.
    case tasks(NetworkID, state: String, after: String, limit: Int)
    case task(NetworkID, id: String)

    // The owner
    case status
    case network(NetworkID)
    /// A nil agent stands for all mailboxes. Sorted by acceptance, behind a place where one is given.
    case mail(NetworkID, deadOnly: Bool, agent: AgentID?, after: MailPlace? = nil, limit: Int)
    case mailItem(NetworkID, digest: Digest)
    case retryMail(NetworkID, digest: Digest)
    case keys(NetworkID, prefix: [UInt8], after: [UInt8], limit: Int)
    case stop
}

/// What mail is listed by.
public struct MailPlace: Sendable, Hashable, Comparable {
    public var acceptedAt: WallTime
    public var digest: Digest

    public init(acceptedAt: WallTime, digest: Digest) {
        self.acceptedAt = acceptedAt
        self.digest = digest
    }

    public static func < (a: Self, b: Self) -> Bool { (a.acceptedAt, a.digest) < (b.acceptedAt, b.digest) }
}

/// How `resolve` names an agent.
public enum AgentSelector: Sendable, Hashable {
    case id(AgentID)
    case name(String)
    /// The Reticulum address.
    case destination(ShortHash)
}

/// The place of a message among those of one (sender, recipient): ordered by epoch, then by counter, which starts at 1.
public struct MailSequence: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var epoch: HomeEpoch
    public var counter: UInt64

    public init(epoch: HomeEpoch, counter: UInt64) {
        self.epoch = epoch
        self.counter = counter
    }

    public static func < (a: MailSequence, b: MailSequence) -> Bool {
        a.epoch == b.epoch ? a.counter < b.counter : a.epoch < b.epoch
    }
    public var description: String { "\(epoch).\(counter)" }
}

/// How far a message has come. Raw values are those of `MailTier` in zap.capnp.
public enum MailTier: UInt16, Sendable, Hashable, CaseIterable {
    /// Checked, in the node's memory.
    case accepted = 0
    /// Synced to the node's journal.
    case stored = 1
    /// The recipient's inbox has returned.
    case delivered = 2
    /// The effect of the recipient's handler is on its disk.
    case acknowledged = 3
    /// Its time ran out before it was acknowledged; it is a dead letter now.
    case expired = 4
    /// The recipient refused it; it is a dead letter.
    case deadLetter = 5
}

/// A recipient's last word on one message.
public struct MailAcknowledgement: Sendable, Hashable {
    public var from: AgentID
    public var sequence: MailSequence
    public var digest: Digest
    /// False: the handler refused it; it becomes a dead letter.
    public var accepted: Bool
    public var reason: String

    public init(from: AgentID, sequence: MailSequence, digest: Digest, accepted: Bool = true, reason: String = "") {
        self.from = from
        self.sequence = sequence
        self.digest = digest
        self.accepted = accepted
        self.reason = reason
    }
}

/// What an agent says about itself. Times are wall time in milliseconds.
public struct AgentStatus: Sendable, Hashable {
    public var state: String
    public var taskID: String
    public var note: String
    public var progressAt: WallTime
    public var processID: UInt32

    public init(
        state: String = "", taskID: String = "", note: String = "", progressAt: WallTime = .zero, processID: UInt32 = 0
    ) {
        self.state = state
        self.taskID = taskID
        self.note = note
        self.progressAt = progressAt
        self.processID = processID
    }
}
