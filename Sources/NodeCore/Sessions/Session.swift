import OrderedCollections
import Primitives
import Storage

/// One agent's presence in one network over one connection.
///
///     register ─► begun ──(mail waits: its handing over is on disk)──► delivering ─► ended
///                   └──────────────(no mail waits)───────────────────────┘
///                       ended by leave, disconnection or a higher home epoch
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
    /// Nothing is delivered before this moment, because a call has failed.
    var resumeAt: Instant?
    /// Failed calls in a row.
    var failureCount = 0
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
