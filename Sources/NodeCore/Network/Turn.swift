import DequeModule
import MeshSchema
import Primitives
import Storage

/// One call of `handle` on its way through the core: the time, what is to be done, and the numbers that the whole node
/// shares.
struct Turn {
    let now: Now
    var effects = Effects()
    var ledger: Ledger

    mutating func emit(_ effect: Effect) { effects.append(effect) }

    mutating func reply(_ request: RequestID, _ response: Response) { effects.append(.reply(request, response)) }

    mutating func refuse(_ request: RequestID, _ refusal: Refusal) {
        ledger.counters.refusals += 1
        effects.append(.reply(request, .failure(refusal)))
    }

    /// Appends a record to the journal, under the next number.
    mutating func append(_ record: JournalRecord) -> LSN {
        let position = ledger.nextLSN
        ledger.nextLSN = position.next
        ledger.began(position, byteCount: record.approximateByteCount)
        effects.append(.append(position, record))
        return position
    }

    mutating func verify(_ check: SignatureCheck, of network: NetworkID) -> EffectToken {
        let token = ledger.makeToken(for: network)
        ledger.verificationCount += 1
        effects.append(.verify(token, check))
        return token
    }

    mutating func query(_ query: StateQuery, of network: NetworkID) -> EffectToken {
        let token = ledger.makeToken(for: network)
        effects.append(.query(token, network, query))
        return token
    }

    mutating func event(
        _ level: Event.Level, _ message: StaticString, _ network: NetworkID? = nil, _ metadata: (String, String)...
    ) {
        effects.append(
            .event(
                Event(
                    level: level, message: message.description, network: network,
                    metadata: metadata.map { Event.Metadata(name: $0.0, value: $0.1) })))
    }
}

/// Numbers that all networks of a node share.
struct Ledger: Sendable {
    var nextLSN = LSN.first
    /// Everything up to here is on disk.
    var durable = LSN.zero
    /// Bytes of the records that are not on disk yet, more or less.
    private(set) var unsyncedByteCount = 0
    /// Bytes of all records since the start, more or less, and of those that the start found.
    private(set) var journaledByteCount = 0
    private var unsynced: Deque<(position: LSN, byteCount: Int)> = []
    /// Signature checks under way.
    var verificationCount = 0
    /// Live sessions.
    var sessionNetworks: [SessionID: NetworkID] = [:]
    var counters = Counters()
    private var nextSession: UInt64 = 1
    private var nextSubscription: UInt64 = 1
    private var nextToken: UInt64 = 1
    private var tokens: [EffectToken: NetworkID] = [:]

    mutating func began(_ position: LSN, byteCount: Int) {
        unsynced.append((position, byteCount))
        unsyncedByteCount += byteCount
        journaledByteCount += byteCount
    }

    /// Takes up where the journal ends.
    mutating func restore(_ restored: Restored) {
        nextLSN = restored.nextLSN
        durable = restored.nextLSN.previous
        journaledByteCount = restored.journalByteCount
    }

    /// Everything up to here is on disk now.
    mutating func synced(_ position: LSN) {
        durable = position
        while let first = unsynced.first, first.position <= position {
            unsynced.removeFirst()
            unsyncedByteCount -= first.byteCount
        }
    }

    mutating func makeSession() -> SessionID {
        defer { nextSession += 1 }
        return SessionID(nextSession)
    }

    mutating func makeSubscription() -> SubscriptionID {
        defer { nextSubscription += 1 }
        return SubscriptionID(nextSubscription)
    }

    mutating func makeToken(for network: NetworkID) -> EffectToken {
        let token = EffectToken(nextToken)
        nextToken += 1
        tokens[token] = network
        return token
    }

    /// The network that waits for this token; asked once.
    mutating func redeem(_ token: EffectToken) -> NetworkID? { tokens.removeValue(forKey: token) }
}

/// What the node has done since it started.
struct Counters: Sendable {
    var requests: UInt64 = 0
    var refusals: UInt64 = 0
    var commits: UInt64 = 0
    var blocks: UInt64 = 0
    var mailAccepted: UInt64 = 0
    var mailDelivered: UInt64 = 0
    var mailAcknowledged: UInt64 = 0
    var mailDead: UInt64 = 0
    var mailExpired: UInt64 = 0
    var redeliveries: UInt64 = 0
    var registrations: UInt64 = 0
    var eventsMissed: UInt64 = 0
}
