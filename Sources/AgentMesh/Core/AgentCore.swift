import CapnProtoRPC
import FileStore
import Identity
import MeshCrypto
import MeshSchema
import NIOCore
import NIOPosix
import NetworkDriver
import Primitives
import Synchronization
import ZAP

/// What threads other than the loop may know of an agent.
final class AgentFace: Sendable {
    private struct State {
        /// The session, while there is one.
        var presence: Presence?
        /// The newest session, also when it has ended.
        var latest: Presence?
        var end: AgentError?
    }

    private let state = Mutex(State())

    var presence: Presence? { state.withLock { $0.presence } }
    var latest: Presence? { state.withLock { $0.latest } }
    var end: AgentError? { state.withLock { $0.end } }

    func set(_ presence: Presence?) {
        state.withLock { state in
            state.presence = presence
            state.latest = presence ?? state.latest
        }
    }
    func end(with error: AgentError) {
        state.withLock { state in
            state.presence = nil
            state.end = state.end ?? error
        }
    }
}

/// All state of one agent, confined to its loop. Its parts are in the extensions beside it.
final class AgentCore {
    enum Phase {
        case joining
        case joined(Presence)
        /// Until the next attempt to join.
        case waiting(Scheduled<Void>)
        case ended(AgentError)
    }

    let configuration: AgentConfiguration
    let identity: SecretIdentity
    let store: AgentStore?
    let loop: LoopTaskExecutor
    let workers: NIOThreadPool
    let face = AgentFace()

    var phase = Phase.joining
    /// Counts joinings: what belongs to an older connection is recognised by it.
    var generation: UInt64 = 0
    var backoff: Backoff
    var lastEpoch = HomeEpoch(0)
    var network: NetworkID?
    var latestHeight = Height.genesis
    var whenJoined: [Answer<Presence>] = []
    /// Deliveries that overtook the answer to the registration, in order.
    var early: [() -> Void] = []
    var records: AgentRecords?
    var status: ZAP.AgentStatus.Value?
    var onEnd: (() -> Void)?

    // Commits
    var batcher: CommitBatcher<CommitTicket, CommitBatch.Value>
    var nonces: NonceSequence?
    var batchAttempts: [UInt64: Int] = [:]

    // Sending
    var outbox: Outbox
    /// Messages whose ids were chosen by their callers, on their way to the agent's disk.
    var keeping: [String: OutboxEntry] = [:]
    var settled: [String: MailReceipt] = [:]
    var settledOrder: [(order: UInt64, id: String)] = []
    var mailWaiters: [Digest: [MailWaiter]] = [:]
    var mailNumbers: [Digest: (to: AgentID, number: MailNumber)] = [:]
    var sendAttempts: [Digest: Int] = [:]
    var onReceipt: (@Sendable (MailReceipt) -> Void)?
    var names: [String: (agent: AgentID, at: Instant)] = [:]

    // Receiving
    var verifier: MessageVerifier<SignatureVerifier>?
    var cursors: [AgentID: MailCursor] = [:]
    /// Handed to somebody, or waiting to be.
    var inHand: Set<Digest> = []
    var onMessage: (@Sendable (Message) -> Disposition)?
    let inbox: PullQueue<Message>
    var roles: [AgentID: (role: String, at: Instant)] = [:]
    var acks: [MailAck.Value] = []
    var isAckScheduled = false

    // Observing
    var observers: [UInt64: Observer] = [:]
    var nextObserver: UInt64 = 1
    var listeners: [UInt64: AsyncStream<AgentEvent>.Continuation] = [:]
    var nextListener: UInt64 = 1

    /// - Precondition: the caller is on the loop.
    init(
        _ configuration: AgentConfiguration, identity: SecretIdentity, store: AgentStore?, loop: LoopTaskExecutor,
        workers: NIOThreadPool
    ) {
        self.configuration = configuration
        self.identity = identity
        self.store = store
        self.loop = loop
        self.workers = workers
        backoff = Backoff(floor: configuration.backoff.first, ceiling: configuration.backoff.last)
        var limits = CommitBatcher<CommitTicket, CommitBatch.Value>.Limits()
        limits.maxWaitingCount = configuration.limits.maxWaitingCommitCount
        batcher = CommitBatcher(limits: limits)
        var mailLimits = Outbox.Limits()
        mailLimits.maxCount = configuration.limits.maxOutboxCount
        outbox = Outbox(epoch: HomeEpoch(0), limits: mailLimits)
        inbox = PullQueue(capacity: configuration.limits.maxInboxCount)
    }

    var presence: Presence? {
        if case .joined(let presence) = phase { presence } else { nil }
    }

    /// Itself, for jobs that come back to the loop.
    var bound: LoopBound<AgentCore> { LoopBound(self, on: loop) }

    /// The session now, or as soon as there is one.
    func withPresence(_ answer: Answer<Presence>) {
        switch phase {
        case .joined(let presence): answer.succeed(presence)
        case .ended(let error): answer.fail(error)
        case .joining, .waiting:
            if whenJoined.count >= 64 { whenJoined.removeAll { $0.isGiven } }
            guard whenJoined.count < 4_096 else {
                answer.fail(Self.overloaded("waiting for the node"))
                return
            }
            whenJoined.append(answer)
        }
    }

    func emit(_ event: AgentEvent) {
        for listener in listeners.values { listener.yield(event) }
    }

    func fail(ifEnded answer: (AgentError) -> Void) -> Bool {
        guard case .ended(let error) = phase else { return false }
        answer(error)
        return true
    }

    static func overloaded(_ what: String) -> AgentError {
        AgentError(.overloaded, "too much is \(what) already", remedy: "wait for some of it to end")
    }

    func after(_ delay: Interval, _ body: @escaping (AgentCore) -> Void) {
        let job = LoopBound((core: self, body: body), on: loop)
        loop.eventLoop.scheduleTask(in: .nanoseconds(delay.nanoseconds)) { job.value.body(job.value.core) }
    }
}
