import MeshSchema
import Primitives
import Storage

/// One message in a mailbox.
///
///     held ──gap fills──► queued ──deliver──► inFlight ──returned──► delivered ──acknowledge──► (closed)
///                          ▲ ▲                   │                      │
///                          │ └───session lost────┴──────────────────────┤
///                        retry                                          │ refused
///                          │                                            ▼
///                         dead ◄────────time ran out (not in hand)──────┘
struct MailEntry: Sendable, Hashable {
    enum State: Sendable, Hashable {
        /// A number before it is missing. Can transition to: queued, dead.
        case held
        /// Waits for the recipient. Can transition to: inFlight, closed, dead.
        case queued
        /// Its inbox call has not returned. Can transition to: delivered, queued, closed, dead.
        case inFlight(SessionID)
        /// The call has returned; the effect isn't on disk yet. Can transition to: queued, closed, dead.
        case delivered(SessionID)
        /// Nobody handles it any more unless the owner retries it. Can transition to: queued, closed.
        case dead(MailTier, reason: String)
    }

    let digest: Digest
    let id: String
    let from: AgentID
    let to: AgentID
    let sequence: MailSequence
    let envelope: SignedEnvelope.Value
    let acceptedAt: WallTime
    var expiresAt: WallTime
    /// Whether the recipient had a session when it was accepted or retried, so that it may have been handed over at once.
    var wasRecipientOnline: Bool
    /// Whether it may have been handed over before this node knew of it, or before it died and was retried.
    var mayHaveBeenHanded: Bool
    /// The record that stores it.
    var position: LSN
    var state = State.held
    /// Where it stands in its mailbox: smaller ones are delivered first. Zero while held.
    var order: UInt64 = 0
    /// Inbox calls so far, in this run of the node.
    var attempts: UInt32 = 0
    /// Calls that failed in live sessions since it was accepted or retried.
    var failureCount: UInt32 = 0
    /// Whether the handler has returned at least once, in this run of the node.
    var wasDelivered = false
    /// Whether an earlier run of the node accepted it.
    var isRestored = false

    var place: MailPlace { MailPlace(acceptedAt: acceptedAt, digest: digest) }
    var byteCount: Int { envelope.body.count + 256 }

    var isDead: Bool {
        if case .dead = state { return true }
        return false
    }

    var isInHand: Bool {
        switch state {
        case .inFlight, .delivered: true
        case .held, .queued, .dead: false
        }
    }

    /// How far it has come, given what is on disk.
    func tier(durable: LSN) -> MailTier {
        if case .dead(let tier, _) = state { return tier }
        if wasDelivered { return .delivered }
        return position <= durable ? .stored : .accepted
    }

    func receipt(durable: LSN, at time: WallTime) -> MailReceipt {
        var reason = ""
        if case .dead(_, let why) = state { reason = why }
        return MailReceipt(
            id: id, digest: digest, to: to, sequence: sequence, tier: tier(durable: durable), time: time, reason: reason
        )
    }

    func item(durable: LSN) -> MailItem {
        let receipt = receipt(durable: durable, at: acceptedAt)
        return MailItem(
            digest: digest, id: id, from: from, to: to, sequence: sequence, tier: receipt.tier,
            byteCount: envelope.body.count, acceptedAt: acceptedAt, expiresAt: expiresAt, attempts: attempts,
            reason: receipt.reason)
    }
}
