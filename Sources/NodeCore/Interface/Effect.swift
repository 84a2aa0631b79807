public import Certificates
public import Consensus
public import Identity
public import MeshCrypto
public import MeshSchema
public import MeshState
public import Primitives
public import Storage

/// What the core asks of its shell. Effects of one call are performed in order; each says what completes it.
public enum Effect: Sendable {
    // To connections
    /// Answers a request, exactly once.
    case reply(RequestID, Response)
    /// Calls the session's inbox. Completed by `.delivered`.
    case deliver(SessionID, Delivery)
    /// Later tiers of what the session's agent has sent. Completed by `.receiptsPushed`; one at a time per session.
    case pushReceipts(SessionID, NetworkID, [MailReceipt])
    /// The same key has registered elsewhere. A `closeSession` follows.
    case fenced(SessionID, NetworkID, HomeEpoch)
    /// The session's capability is dead from now on.
    case closeSession(SessionID)
    /// Streams to an observer. Completed by `.notified`.
    case notify(SubscriptionID, StateEvent)

    // To workers
    /// Checks a signature off the loop. Completed by `.verified`.
    case verify(EffectToken, SignatureCheck)
    /// The authority signs `hanzo/finality/v1` over this header. Completed by `.signed`.
    case sign(NetworkID, BlockHeader)

    // To the journal
    /// The record's number is the core's to give: one more than the last. Completed by `.journaled`.
    case append(LSN, JournalRecord)
    /// Records before this one are no longer needed once the store has been flushed.
    case trim(before: LSN)

    // To the state thread, which performs these one after another
    /// Completed by `.executed`. The state thread keeps the write set until `apply`.
    case execute(NetworkID, Proposal, [SignedBatch])
    /// Writes what was executed for this header, with the header and the journal position. Completed by `.applied`.
    case apply(NetworkID, BlockHeader, position: LSN)
    /// Writes the signature that makes this header and its ancestors final.
    case storeFinality(NetworkID, BlockHeader, FinalitySignature)
    /// Writes behind what changed in the mailboxes, in one batch. Completed by `.mailStored`.
    case storeMail([BatchOperation], position: LSN)
    /// Completed by `.queried`.
    case query(EffectToken, NetworkID, StateQuery)

    // To the clock and the log
    /// Completed by `.timer` at or after the deadline; replaces the timer's earlier deadline.
    case setTimer(TimerID, Instant)
    case event(Event)
    /// The owner asked the node to stop: send `.drain`, await `drained`, exit.
    case stop
    /// After `.drain`, once: nothing is under way any more, and the store reflects all mail.
    case drained
}

/// Collects what one call of `handle` wants done.
public struct Effects: Sendable {
    public private(set) var all: [Effect] = []

    public init() {}

    public mutating func append(_ effect: Effect) { all.append(effect) }

    /// Hands over what was collected and begins anew.
    public mutating func take() -> [Effect] {
        var taken: [Effect] = []
        swap(&taken, &all)
        return taken
    }
}

/// One message on its way into an inbox.
public struct Delivery: Sendable, Hashable {
    public var network: NetworkID
    public var digest: Digest
    public var envelope: SignedEnvelope.Value
    /// Nil for a sender whom the state has never known: a fault.
    public var sender: PublicBundle?
    public var senderName: String
    /// The handler may have been called with it before.
    public var isRedelivered: Bool
    /// A failed delivery ends its run; the next one begins with it.
    public var run: UInt32
}

/// What a subscriber is told of one block.
public struct StateEvent: Sendable, Hashable {
    public var network: NetworkID
    public var height: Height
    public var headerTime: WallTime
    public var stateRoot: Digest
    public var changes: [ObservedChange]
    /// Events left out since the last one because this observer was too slow.
    public var missed: UInt64
    public var isFinal: Bool
}

/// A signature that costs too much for the loop.
public struct SignatureCheck: Sendable {
    public enum Algorithms: Sendable, Hashable { case hybrid, mldsa65 }
    public var algorithms: Algorithms
    public var signature: HybridSignature
    public var message: SignedMessage
    public var key: VerificationKey

    /// Performs the check.
    public func isValid(by verifier: some Verifier) -> Bool {
        switch algorithms {
        case .hybrid: verifier.isValid(signature, over: message, by: key)
        case .mldsa65: verifier.isValid(mldsa65: signature.mldsa65, over: message, by: key)
        }
    }
}

/// Something worth a log line or a metric: a constant message and named values.
public struct Event: Sendable, Hashable {
    public enum Level: Sendable, Hashable { case debug, info, notice, warning, error }
    public var level: Level
    public var message: String
    public var network: NetworkID?
    public var metadata: [Metadata]

    public struct Metadata: Sendable, Hashable {
        public var name: String
        public var value: String
    }
}
