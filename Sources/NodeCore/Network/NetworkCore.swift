import Certificates
import Consensus
import DequeModule
import MeshCrypto
import MeshSchema
import MeshState
import OrderedCollections
import Primitives
import Storage

/// One network of the node: its engine, agents, mempool and mail. Nothing here is shared with another network.
struct NetworkCore: Sendable {
    let configuration: NetworkConfiguration
    let node: NodeID
    let limits: NodeLimits
    let verifier: any Verifier

    var engine: any Engine
    var directory = Directory()
    var counts = CountsRecord()

    // Sessions
    var sessions: OrderedDictionary<SessionID, Session> = [:]
    var sessionByAgent: [AgentID: SessionID] = [:]
    /// Of agents without a session, since the node started.
    var lastSeen: [AgentID: WallTime] = [:]
    var subscriptions: OrderedDictionary<SubscriptionID, Subscription> = [:]

    // Commits
    var mempool: Mempool
    /// Batches from their arrival to their inclusion.
    var batches: [Digest: BatchProgress] = [:]
    var batchesByAgent: [AgentID: OrderedSet<Digest>] = [:]
    /// The batches of the block in flight.
    var payload: [PendingBatch] = []
    /// What the execution of the block in flight found.
    var execution: ExecutionResult?
    /// The engine's records on their way to disk.
    var engineRecords: Deque<PositionedRecord> = []
    /// Blocks that the store doesn't reflect yet, oldest first.
    var blockPositions: Deque<BlockPosition> = []
    /// The record of a signature that the store wasn't given yet.
    var finalityPosition: LSN?

    // Mail
    var office: PostOffice
    /// What is said when the journal has synced so far, in order.
    var promises: Deque<MailPromise> = []
    /// Sessions whose mail waits for the journal.
    var startingSessions: OrderedSet<SessionID> = []
    var mailTimer: Instant?
    /// Sessions that have receipts waiting.
    var receiptSessions: OrderedSet<SessionID> = []
    var verifyingLetterCount = 0

    // Effects under way
    var verifications: [EffectToken: VerificationPurpose] = [:]
    var queries: [EffectToken: PendingQuery] = [:]
    var queryCounts: [Requester: Int] = [:]

    init(_ configuration: NetworkConfiguration, node: NodeID, limits: NodeLimits, verifier: any Verifier) {
        self.configuration = configuration
        self.node = node
        self.limits = limits
        self.verifier = verifier
        engine = PoAEngine(configuration.engine)
        mempool = Mempool(limits: limits)
        office = PostOffice(limits: limits)
    }

    var id: NetworkID { configuration.id }

    var status: NetworkStatus {
        let engine = engine.status
        return NetworkStatus(
            id: id, name: configuration.name, engine: "poa", isDefault: configuration.isDefault, height: engine.height,
            finalHeight: engine.finalHeight, stateRoot: engine.head?.stateRoot ?? .zero, commitCount: counts.commits,
            transactionCount: counts.transactions, taskCount: counts.tasks, agentCount: sessions.count,
            registeredCount: counts.agents, hashSuite: configuration.hashSuite, scheme: configuration.scheme,
            genesis: configuration.genesis, headerTime: engine.headerTime, term: engine.term, phase: engine.phase)
    }

    /// Nothing is under way that a shutdown would cut off.
    var isQuiet: Bool {
        batches.isEmpty && payload.isEmpty && engineRecords.isEmpty && promises.isEmpty && verifications.isEmpty
            && !office.hasChanges && engine.status.finalHeight == engine.status.height
    }

    /// The oldest journal record that the store doesn't reflect, mail apart. The record of a term is never needed: blocks
    /// name theirs, and a term without blocks may be given again.
    var oldestNeeded: LSN? {
        guard let block = blockPositions.first?.position, let finalityPosition else {
            return blockPositions.first?.position ?? finalityPosition
        }
        return min(block, finalityPosition)
    }

    // MARK: Start

    /// Takes up where the disk says that the network stands.
    mutating func restore(_ restored: RestoredNetwork, _ turn: inout Turn) {
        for agent in restored.agents { directory.update(agent) }
        counts = restored.counts
        office.restore(restored.mail.image)
        for item in restored.mail.tail { office.apply(item.record, at: item.position, isReplay: true) }
        drive(.start(restored.chain), &turn)
        armMailTimer(&turn)
    }

    // MARK: Completions

    /// Everything up to `turn.ledger.durable` is on disk.
    mutating func journaled(_ turn: inout Turn) {
        while let first = engineRecords.first, first.position <= turn.ledger.durable {
            engineRecords.removeFirst()
            drive(.journaled(first.record), &turn)
        }
        mailJournaled(&turn)
    }

    mutating func verified(_ token: EffectToken, isValid: Bool, _ turn: inout Turn) {
        switch verifications.removeValue(forKey: token) {
        case .batch(let id): batchVerified(id, isValid: isValid, &turn)
        case .letter(let letter, let submission): letterVerified(letter, submission, isValid: isValid, &turn)
        case nil: return
        }
    }
}

/// A batch from its arrival to its inclusion, and who waits for it.
struct BatchProgress: Sendable {
    let pending: PendingBatch
    var waiters: [RequestID] = []
    /// Whose session begins when it is included.
    var registration: PendingRegistration?
}

/// An engine's record on its way to disk.
struct PositionedRecord: Sendable {
    let position: LSN
    let record: EngineRecord
}

struct BlockPosition: Sendable {
    let height: Height
    let position: LSN
}

/// What is said when the journal has synced up to a record.
struct MailPromise: Sendable {
    enum Content: Sendable {
        case stored(StoringMail)
        case reply(RequestID, Response)
        case receipt(AgentID, MailReceipt)
    }

    let position: LSN
    let content: Content
}

/// An accepted message on its way to disk.
struct StoringMail: Sendable {
    let sender: AgentID
    let recipient: AgentID
    let sequence: MailSequence
    let digest: Digest
    /// Who waits for `stored`; otherwise the sender is told by a receipt.
    let request: RequestID?

    init(_ letter: Letter, request: RequestID?) {
        sender = letter.from
        recipient = letter.to
        sequence = letter.sequence
        digest = letter.digest
        self.request = request
    }
}

/// What a signature check is for.
enum VerificationPurpose: Sendable {
    case batch(Digest)
    case letter(Letter, MailSubmission)
}

/// A read that the state thread has not answered.
struct PendingQuery: Sendable {
    let requester: Requester
    let purpose: QueryPurpose
}

/// What a query is for.
enum QueryPurpose: Sendable {
    case plain(RequestID)
    case receipts(RequestID, nonces: [UInt64], pending: [UInt64: CommitReceipt])
}
