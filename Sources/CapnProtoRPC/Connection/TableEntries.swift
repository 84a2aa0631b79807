/// A call of ours.
///
/// ```
///            ┌─ awaiting ──return──▶ returned
///  call ─────┤     └────cancel────▶ cancelled ──return──▶ returned
///            ├─ forwarded (the target turned out to live here) ──its answer──▶ returned
///            └─ passedOn (a tail call: its results answer a call of the peer) ──return──▶ passedOnReturned
/// ```
/// The entry goes when it is returned and nobody holds it.
struct Question {
    enum State: UInt8 {
        /// Can go on to `cancelled` or `returned`.
        case awaiting
        /// `finish` was sent before `return` came: the identifier is not free until that comes. Can go on to
        /// `returned`.
        case cancelled
        /// Answered in this process; the peer never heard of it. Can go on to `returned`.
        case forwarded
        /// The peer keeps the results, as the answer to a question of its own. Can go on to `passedOnReturned`, or to
        /// `cancelled`.
        case passedOn
        /// The peer has them; calls on places in them still go to the peer, until that needs the answer no more.
        case passedOnReturned
        case returned
    }

    /// What few questions have: most calls send no capability, and nothing is pipelined on them.
    final class Details {
        /// Exports in the parameters, one for each reference that they gave.
        var paramExports: [UInt32] = []
        /// The places of the results on which calls were sent before there were results.
        var pipelined: [Transform] = []
        /// Places whose capability waits for older calls to come back first.
        var embargoed: [(transform: Transform, promise: Promise)] = []
        /// Who answers in this process.
        var forwarded: LocalAnswer?
        /// What came back, for as long as somebody may take capabilities from it.
        var outcome: Outcome?
    }

    var state = State.awaiting
    /// Whether somebody may still take capabilities from the results.
    var isHeld: Bool
    let generation: UInt32
    var completion: (@Sendable (Outcome) -> Void)?
    var details: Details?

    mutating func edit(_ body: (Details) -> Void) {
        let details = details ?? Details()
        body(details)
        self.details = details
    }
}

/// A call of the peer.
///
/// ```
///  call ──▶ running ──reply──▶ returned ──finish──▶ gone
///              ├─tail call──▶ redirected ──finish──▶ gone
///              └─finish─▶ gone, or (where other calls wait for its results) running until its reply ──▶ gone
/// ```
/// Results without capabilities need no `finish`: their answer is gone with the reply.
struct Answer {
    enum State {
        case running(Pipelines)
        /// The results are those of a question of ours that the peer answers to itself.
        case redirected(QuestionLease)
        case returned(Outcome)
    }

    var state: State
    let generation: UInt64
    let wordCount: Int
    /// The peer wants the results kept here, to take them as the answer to a question of ours.
    let isKept: Bool
    /// The peer promised not to send calls on the results.
    let hasNoPipelines: Bool
    /// `finish` came while other calls waited for the results.
    var isFinished = false
    /// The question of ours whose answer these results are to be.
    var takenBy: UInt32?
    var cancellation: (() -> Void)?
    /// Exports in the results, one for each reference that they gave.
    var resultExports: [UInt32] = []

    var isRunning: Bool {
        if case .running = state { true } else { false }
    }
}

/// A capability of this side that the peer holds.
struct Export {
    let capability: Capability
    let key: CapabilityKey
    var referenceCount: Int
    /// The peer was told what this promise became.
    var isResolved = false
}

/// A capability of the peer that this side holds.
struct Import {
    /// References that the peer counts: all are given back at once.
    var remoteCount: Int
    /// `Capability` objects of this side that stand for it.
    var holderCount = 0
    let isPromise: Bool
    var resolution: Capability?
    /// Calls were sent on it: where it resolves to something of this side, later ones wait for these.
    var hasCalls = false
}

/// Older calls are on their way back to this side through the peer; younger ones wait in `promise`.
struct Embargo {
    let promise: Promise
    let capability: Capability
}

/// What makes two capabilities the same export.
enum CapabilityKey: Hashable {
    case object(ObjectIdentifier)
    case imported(ObjectIdentifier, UInt32)
    case answer(ObjectIdentifier, Transform)
}

extension Capability {
    var key: CapabilityKey {
        switch referent {
        case .hosted(let object): .object(ObjectIdentifier(object))
        case .promise(let promise): .object(ObjectIdentifier(promise))
        case .imported(let session, let id): .imported(ObjectIdentifier(session), id)
        case .answer(let lease, let transform): .answer(ObjectIdentifier(lease), transform)
        case .broken: .object(ObjectIdentifier(self))
        }
    }
}
