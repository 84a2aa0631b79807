public import Primitives
public import Quorum
public import Storage

/// What an engine is told.
public enum SimplexInput: Hashable, Sendable {
    /// First and once, after the journal was replayed: the newest final block that the host's store holds, and how far
    /// the journal was read back.
    case start(Anchor, Synced)
    /// From a validator, over a channel that vouches for it.
    case message(SimplexMessage, from: ValidatorIndex)
    /// The deadline of `setTimer` has come.
    case timer
    /// The journal has synced everything up to here.
    case synced(Synced)
    /// Answers `sign`.
    case signed(SignedVote)
    /// Answers `verify`, in the order of its votes.
    case verified(Ticket, [Bool])
    /// Answers `propose`; nil: nothing to put into a block.
    case proposed(View, Block?)
    /// Answers `check`.
    case checked(View, Digest, Bool)
    /// Answers `certify`.
    case certified(View, Digest, Bool)
    /// Whether something waits to be put into a block. May be repeated.
    case payloadWaits(Bool)
    /// The host's store holds the final blocks up to this height on disk.
    case stored(Height)
}

/// What an engine wants done. Effects of one call are performed in order.
public enum SimplexEffect: Hashable, Sendable {
    /// Append the record to the journal at this position and sync it soon. Answered by `synced`.
    case append(SimplexRecord, at: LSN)
    /// Sign the vote; only a `DurableVote` can be. Answered by `signed`.
    case sign(DurableVote)
    /// Check the signatures, off the engine's thread. Answered by `verified`.
    case verify(Ticket, [SignedVote])
    case send(SimplexMessage, to: ValidatorIndex)
    /// To every other validator.
    case broadcast(SimplexMessage)
    /// Make a block. Answered by `proposed`.
    case propose(ProposalContext)
    /// Whether the block may stand on its parent: cheap, before we vote for it. Answered by `checked`.
    case check(Block)
    /// Whether all data is here, and execution gives the roots that the block claims. Answered by `certified`.
    case certify(Block)
    /// The next block of the final chain; with its certificate where it has one of its own.
    case finalized(Block, QuorumCertificate?)
    /// A validator asks for final blocks after this height: send it a `run`.
    case serve(ValidatorIndex, after: Height)
    case report(Evidence)
    /// The validator has said something that no correct one says.
    case blame(ValidatorIndex, Misbehaviour)
    /// Replaces the earlier deadline.
    case setTimer(Instant)
    /// Records before this one are no longer needed.
    case trim(before: LSN)
    case event(SimplexEvent)
}

/// Ties an answer to its question.
public struct Ticket: Hashable, Comparable, Sendable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: Ticket, b: Ticket) -> Bool { a.value < b.value }
}

/// What a block is to be built on.
public struct ProposalContext: Hashable, Sendable {
    public var view: View
    public var parent: Anchor
    /// Also where nothing waits: a heartbeat, or a block that makes its ancestors final.
    public var isForced: Bool
}

/// For the log and for tests.
public enum SimplexEvent: Hashable, Sendable {
    case entered(View, Reason)
    case gaveUp(View, GiveUp)
    case certificate(Vote)
    /// The signer has lost its memory and asks the others.
    case recovering
    case abstaining(through: View)

    public enum Reason: Hashable, Sendable { case start, notarized, nullified, finalized }
    public enum GiveUp: Hashable, Sendable {
        case leaderSilent, notNotarized, leaderGaveUp, proposalInvalid, certificationFailed, othersGaveUp, split,
            leaderAbsent
    }
}

/// Why a peer is to blame.
public enum Misbehaviour: Hashable, Sendable {
    case badSignature, badCertificate, badBlock, badRun
}

/// Collects what one call wants done, and numbers the journal's records.
public struct SimplexOutput: Sendable {
    public private(set) var effects: [SimplexEffect] = []
    /// The position of the next record.
    public private(set) var nextPosition: LSN

    public init(nextPosition: LSN) { self.nextPosition = nextPosition }

    mutating func emit(_ effect: SimplexEffect) { effects.append(effect) }

    @discardableResult mutating func append(_ record: SimplexRecord) -> LSN {
        let position = nextPosition
        effects.append(.append(record, at: position))
        nextPosition = position.next
        return position
    }
}

/// An engine at a glance.
public struct SimplexStatus: Hashable, Sendable {
    public var view: View
    public var leader: ValidatorIndex
    public var final: Anchor
    public var standing: VoteSigner.Standing
    /// Whose votes are missing for each kind in the present view.
    public var missing: [SignerSet]
    /// Views that are held in memory, and votes, verified or not.
    public var roundCount: Int
    public var voteCount: Int
    public var fetchCount: Int
    public var ticketCount: Int
}
