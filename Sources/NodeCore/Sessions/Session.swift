import OrderedCollections
import Primitives
import Storage

/// One agent's presence in one network over one connection.
///
///     register ─► begun ──(mail waits: its handing over is on disk)──► delivering ─► ended
///                   └──────────────(no mail waits)───────────────────────┘
///                       ended by leave, disconnection or a higher home epoch
///
/// What is delivered is cut into runs, so that calls may overlap and a sender's messages stay in order all the same:
///
///     run n ──a call fails──► broken: nothing is begun ──all calls returned, pause over──► run n+1, from the failed one on
///
/// The agent fails what follows a failed call in its run, unseen by any handler; see docs/protocols/zap.md.
struct Session: Sendable {
    let id: SessionID
    let connection: ConnectionID
    let network: NetworkID
    let agent: AgentID
    let epoch: HomeEpoch
    let beganAt: WallTime
    var lastSeen: WallTime
    var status = AgentStatus()

    /// Nothing is delivered before the journal has synced this far.
    var deliverAfter: LSN
    /// What is handed over now. Calls are in order within a run, and overlap.
    private(set) var run: UInt32 = 1
    /// A call of this run has failed: nothing more is begun in it, and what was under way behind it fails too.
    private(set) var isRunBroken = false
    /// The next run doesn't begin before this moment.
    var resumeAt: Instant?
    /// Broken runs in a row in which nothing was delivered.
    private(set) var failureCount = 0
    /// The messages whose inbox calls have not returned, and their bytes.
    private(set) var inFlight: [Digest: Int] = [:]
    private var inFlightByteCount = 0

    /// Receipts that wait for their turn; only the newest of each message.
    var receipts: OrderedDictionary<Digest, MailReceipt> = [:]
    var isPushingReceipts = false
    var subscriptions: [SubscriptionID] = []

    init(
        id: SessionID, connection: ConnectionID, network: NetworkID, agent: AgentID, epoch: HomeEpoch,
        beganAt: WallTime,
        deliverAfter: LSN
    ) {
        self.id = id
        self.connection = connection
        self.network = network
        self.agent = agent
        self.epoch = epoch
        self.beganAt = beganAt
        lastSeen = beganAt
        self.deliverAfter = deliverAfter
    }

    /// The bytes that the next message may have: any number where nothing is in flight.
    func room(_ limits: NodeLimits) -> Int {
        inFlight.isEmpty ? .max : limits.deliveryWindowByteCount - inFlightByteCount
    }

    /// The first call of this run has failed.
    /// - Returns: how long the handler is given before the next run.
    mutating func breakRun() -> Interval {
        isRunBroken = true
        defer { failureCount += 1 }
        return .milliseconds(100 << Int64(min(failureCount, 7)))
    }

    /// A call has returned that was begun before any that failed.
    mutating func succeeded() {
        if !isRunBroken { failureCount = 0 }
    }

    /// Begins the next run where the broken one has come to its end: every call has returned, and the pause is over.
    mutating func beginRun() {
        guard isRunBroken, inFlight.isEmpty, resumeAt == nil else { return }
        run &+= 1
        if run == 0 { run = 1 }
        isRunBroken = false
    }

    mutating func began(_ entry: MailEntry) {
        inFlight[entry.digest] = entry.byteCount
        inFlightByteCount += entry.byteCount
    }

    /// - Returns: false where no call for this message was open.
    mutating func returned(_ digest: Digest) -> Bool {
        guard let byteCount = inFlight.removeValue(forKey: digest) else { return false }
        inFlightByteCount -= byteCount
        return true
    }
}

/// A challenge that was answered with and not used yet. One per connection; a newer one replaces it.
struct OpenChallenge: Sendable, Hashable {
    let network: NetworkID
    let agent: AgentID
    let nodeNonce: Digest
    let agentNonce: Digest
}
