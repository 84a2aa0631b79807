import Primitives
public import Quorum

/// Decides which votes this validator may make, and remembers those it has made. It asks nobody: whatever the rest of
/// the engine believes, two conflicting votes never pass here.
///
///                 start, first record says so
///     lost ◄───── no record                    ready(floor) ──────────────────────────────┐
///       │                                        ▲    vote: view above the floor,          │
///       │ a quorum's views, each proven          │    no conflict with an earlier one      │
///       ▼                                        │  ◄──────────────────────────────────────┘
///     abstaining(through) ── a later view final ─┘
///
/// A validator whose disk was wiped can't know what it promised. A quorum of the others can: whoever entered view v did
/// so with a certificate of view v − 1, which at least one of any honest quorum has signed. So nothing was promised above
/// the largest reported view plus one.
public struct VoteSigner: Hashable, Sendable {
    public enum Standing: Hashable, Sendable {
        /// Votes only above this view.
        case ready(floor: View)
        /// Can transition to: ready(floor: through), once a later view is final.
        case abstaining(through: View)
        /// Can transition to: abstaining.
        case lost

        func write(to writer: inout ByteWriter) {
            switch self {
            case .ready(let floor):
                writer.write(UInt8(1))
                writer.write(floor.value)
            case .abstaining(let through):
                writer.write(UInt8(2))
                writer.write(through.value)
            case .lost:
                writer.write(UInt8(3))
                writer.write(UInt64(0))
            }
        }

        init(from reader: inout ByteReader) throws(DecodingFailure) {
            let offset = reader.offset
            let kind = try reader.read(UInt8.self)
            let view = View(try reader.read())
            switch kind {
            case 1: self = .ready(floor: view)
            case 2: self = .abstaining(through: view)
            case 3: self = .lost
            default: throw .malformed("standing of a signer", offset: offset)
            }
        }
    }

    /// What was promised in one view.
    struct Promises: Hashable, Sendable {
        var view: View
        var notarized: Candidate?
        var isNullified = false
        var finalized: Candidate?

        var votes: [Vote.Choice] {
            var votes: [Vote.Choice] = []
            if let notarized { votes.append(.notarize(notarized)) }
            if isNullified { votes.append(.nullify) }
            if let finalized { votes.append(.finalize(finalized)) }
            return votes
        }
    }

    public internal(set) var standing: Standing
    /// Ascending by view; below the floor nothing needs to be kept, since nothing may be promised there.
    private(set) var open: [Promises] = []

    init(_ standing: Standing) { self.standing = standing }

    func promises(in view: View) -> Promises { open.last { $0.view == view } ?? Promises(view: view) }

    var highest: View { open.last?.view ?? .genesis }

    /// Whether the vote may be made. One that was made before may be made again.
    func allows(_ vote: Vote, rules: Rules) -> Bool {
        guard case .ready(let floor) = standing, vote.view > floor else { return false }
        let made = promises(in: vote.view)
        switch vote.choice {
        case .notarize(let candidate): return rules.mayNotarize(candidate, after: made)
        case .nullify: return made.finalized == nil
        case .finalize(let candidate): return rules.mayFinalize(candidate, after: made)
        }
    }

    /// Remembers a vote, made now or replayed.
    mutating func record(_ vote: Vote) {
        var made = promises(in: vote.view)
        switch vote.choice {
        case .notarize(let candidate): made.notarized = candidate
        case .nullify: made.isNullified = true
        case .finalize(let candidate): made.finalized = candidate
        }
        let place = open.firstIndex { $0.view >= vote.view } ?? open.endIndex
        if place < open.endIndex, open[place].view == vote.view {
            open[place] = made
        } else {
            open.insert(made, at: place)
        }
    }

    /// A view has become final: nothing is promised at or below it any more.
    mutating func raiseFloor(to view: View) {
        switch standing {
        case .ready(let floor): standing = .ready(floor: max(floor, view))
        case .abstaining(let through): if view > through { standing = .ready(floor: view) }
        case .lost: break
        }
        open.removeAll { $0.view <= view }
    }
}
