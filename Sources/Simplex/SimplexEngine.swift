// Simplex: agreement of weighted validators that may crash, lie and be cut off.
//
// After "Simplex Consensus: A Simple and Fast Consensus Protocol" (Chan and Pass, TCC 2023), in the engineered form that
// Commonware describes in public: distinct kinds of votes, a timeout for the leader, and `certify` between notarization
// and finalization. The engine is a value: inputs in, effects out. It sees digests and opaque bodies; its host makes and
// executes blocks, keeps the final ones, and performs what it is asked.
//
// One view, for one validator:
//
//     enter v ──► leader's proposal ──► check ──► notarize(v) ──► a quorum ──► certify ──► finalize(v), enter v + 1
//        │             (parent certified, views                                  │
//        │              between nullified)                                       └─► fails: nullify(v)
//        └─ nobody proposes, nothing is notarized in time, the leader or f + 1 others give up ──► nullify(v)
//
//     a quorum of nullify(v) ──► enter v + 1        a quorum of finalize(v) ──► v's block and its ancestors are final
//
// Why it is safe. Two quorums share a correct validator. One that finalized v never nullifies it, and the other way
// round; so where v is final no nullification of v exists, and no later proposal can pass over it. A view has at most
// one notarized candidate, because nobody correct notarizes two.
//
// Why it goes on. A certificate moves everybody who sees it. Who is behind shows it by a vote or a status of an old view
// and is answered with what it lacks; certificates are never flooded. Waits adapt to what was measured and grow with each
// view that was given up.
//
// A vote's way to the wire, which no vote can leave:
//
//     signer allows it ─► append(promise) ─► synced ─► Durable<Vote> ─► DurableVote ─► sign ─► broadcast, counted here
//
// Vocabulary. A *promise* is a vote's record. The *anchor* is the newest final block. A block is *certified* when its
// view is notarized and the host has executed it on its parent. The *gap* of a proposal are the views between its
// parent's and its own; all must be nullified. A view is *idle* while nobody expects a block; no timer runs then.
//
// Deviations. Certificates missing for a proposal are fetched instead of being sent along with it. Finalize votes are
// withheld where the leader was seen to equivocate. Idle leaders hold their view open instead of filling it with empty
// blocks; a heartbeat block shows that the chain lives. f + 1 nullify votes are joined at once.

public import Primitives
@_spi(Sabotage) public import Quorum
import Storage

/// See the essay at the top of this file.
public struct SimplexEngine: Hashable, Sendable {
    public let configuration: SimplexConfiguration
    let rules: Rules
    var isRunning = false
    var now = Instant(nanoseconds: 0)

    // What was promised
    var signer = VoteSigner(.lost)
    /// Appended, not known to be synced; in the journal's order.
    var promises: [Promise] = []
    var reports: [View?]
    var evidence: [Evidence] = []

    // Where we are
    public internal(set) var view = View.genesis
    public internal(set) var final: Anchor
    /// Of the anchor; nil for the genesis and right after a restart.
    var finalCertificate: QuorumCertificate?
    /// The highest finalization whose block or ancestors are missing.
    var target: QuorumCertificate?
    var rounds = RoundTable()
    var hasPayload = false

    // Clocks
    var pacemaker: Pacemaker
    var heartbeatAt = Instant(nanoseconds: 0)
    var retryAt = Instant(nanoseconds: 0)
    var retryCount = 0
    var timerAt: Instant?

    // Others
    var peers: [Peer]
    var fetches: [Fetch] = []
    var tickets: [Ticket: Purpose] = [:]
    var nextTicket = Ticket(1)
    var compaction: Compaction?
    var lastCompaction = LSN.zero

    struct Promise: Hashable {
        var position: LSN
        var vote: Vote
    }

    /// What is being compacted: everything before `first` goes once `last` is synced.
    struct Compaction: Hashable {
        var first: LSN
        var last: LSN
    }

    /// What limits a peer and tells whether it lives.
    struct Peer: Hashable {
        var heardAt: Instant?
        /// When its status was last answered, and when it was last told ours because it is ahead.
        var answeredAt: Instant?
        var askedAt: Instant?
        var servedSince = Instant(nanoseconds: 0)
        var servedCount = 0
        var ticketCount = 0
    }

    /// What a check of signatures is for.
    enum Purpose: Hashable {
        case votes([VotePool.Pending])
        case certificate(QuorumCertificate, from: ValidatorIndex)
        case run([Block], QuorumCertificate, from: ValidatorIndex)
        case report(View, from: ValidatorIndex)
    }

    public init(_ configuration: SimplexConfiguration) { self.init(configuration, sabotage: nil) }

    /// For sensitivity tests.
    @_spi(Sabotage) public init(_ configuration: SimplexConfiguration, sabotage: Sabotage?) {
        self.configuration = configuration
        rules = Rules(validators: configuration.validators, sabotage: sabotage)
        final = .genesis(configuration.genesis)
        pacemaker = Pacemaker(configuration)
        peers = Array(repeating: Peer(), count: configuration.validators.count)
        reports = Array(repeating: nil, count: configuration.validators.count)
    }

    /// The first record of a validator that has never voted. Whoever creates the key writes it; a journal without it is
    /// one that was lost.
    public static let firstRecord = SimplexRecord.signer(.ready(floor: .genesis))

    /// Takes one input and collects what it wants done. Before `start` everything else is ignored: no vote is counted
    /// while old promises are still being read.
    public mutating func handle(_ input: SimplexInput, at now: Instant, output: inout SimplexOutput) {
        self.now = now
        if case .start(let anchor, let synced) = input { start(anchor, synced, &output) }
        guard isRunning else { return }
        take(input, &output)
        settle(&output)
    }

    private mutating func take(_ input: SimplexInput, _ out: inout SimplexOutput) {
        switch input {
        case .start: break
        case .message(let message, let sender): receive(message, from: sender, &out)
        case .timer: timerAt = nil
        case .synced(let proof): synced(proof, &out)
        case .signed(let vote): signed(vote, &out)
        case .verified(let ticket, let results): verified(ticket, results, &out)
        case .proposed(let view, let block): proposed(view, block, &out)
        case .checked(let view, let digest, let isValid): checked(view, digest, isValid, &out)
        case .certified(let view, let digest, let isGood): certified(view, digest, isGood, &out)
        case .payloadWaits(let waits): payloadWaits(waits, &out)
        case .stored(let height): stored(height, &out)
        }
    }

    private mutating func receive(_ message: SimplexMessage, from sender: ValidatorIndex, _ out: inout SimplexOutput) {
        guard configuration.validators.contains(sender), sender != configuration.me else { return }
        switch message {
        case .proposal(let block, let vote): receive(block, vote, from: sender, &out)
        case .votes(let votes):
            for vote in votes.prefix(12 * configuration.validators.count) { take(vote, from: sender, &out) }
        case .certificate(let certificate): offer(certificate, from: sender, &out)
        case .status(let status): answer(status, of: sender, &out)
        case .request(let wants): serve(wants, to: sender, &out)
        case .block(let block): fetched(block, &out)
        case .run(let blocks, let certificate): receive(blocks, certificate, from: sender, &out)
        case .viewRequest: reportView(to: sender, &out)
        case .viewReport(let view, let certificate): hear(view, certificate, from: sender, &out)
        }
    }

    /// Does what has become possible, until nothing more has.
    private mutating func settle(_ out: inout SimplexOutput) {
        var before: View
        repeat {
            before = view
            certifyRounds(&out)
            reachTarget(&out)
            considerProposal(&out)
            proposeWhereLeading(&out)
        } while view != before
        expectBlock(&out)
        expire(&out)
        fetch(&out)
        schedule(&out)
    }

    public var status: SimplexStatus {
        let round = rounds.find(view)
        let all = SignerSet(configuration.validators.indices)
        return SimplexStatus(
            view: view, leader: configuration.leader(of: view), final: final, standing: signer.standing,
            missing: Vote.Kind.allCases.map { all.subtracting(round?.pool.signers(of: $0) ?? SignerSet()) },
            roundCount: rounds.all.count,
            voteCount: rounds.all.reduce(0) { $0 + $1.pool.verified.count + $1.pool.pending.count },
            fetchCount: fetches.count, ticketCount: tickets.count)
    }

    // MARK: Parts

    mutating func ensure(_ view: View) { rounds.ensure(view, leader: configuration.leader(of: view)) }

    /// Asks for a check of signatures.
    mutating func verify(_ votes: [SignedVote], for purpose: Purpose, _ out: inout SimplexOutput) {
        if rules.sabotage == .signaturesUnchecked {
            return conclude(purpose, Array(repeating: true, count: votes.count), &out)
        }
        let ticket = nextTicket
        nextTicket = Ticket(ticket.value + 1)
        tickets[ticket] = purpose
        out.emit(.verify(ticket, votes))
    }

    private mutating func verified(_ ticket: Ticket, _ results: [Bool], _ out: inout SimplexOutput) {
        guard let purpose = tickets.removeValue(forKey: ticket) else { return }
        conclude(purpose, results, &out)
    }

    private mutating func conclude(_ purpose: Purpose, _ results: [Bool], _ out: inout SimplexOutput) {
        let isGood = results.allSatisfy { $0 }
        switch purpose {
        case .votes(let votes): for (vote, isValid) in zip(votes, results) { concluded(vote, isValid, &out) }
        case .certificate(let certificate, let sender):
            peers[Int(sender.value)].ticketCount -= 1
            guard isGood else { return out.emit(.blame(sender, .badCertificate)) }
            believe(certificate, &out)
        case .run(let blocks, let certificate, let sender):
            peers[Int(sender.value)].ticketCount -= 1
            guard isGood else { return out.emit(.blame(sender, .badCertificate)) }
            finish(blocks, certificate, &out)
        case .report(let view, let sender):
            peers[Int(sender.value)].ticketCount -= 1
            guard isGood else { return out.emit(.blame(sender, .badCertificate)) }
            count(report: view, of: sender, &out)
        }
    }

    static let maxTicketsPerPeer = 4

    /// Whether the peer may keep us busy with one check more.
    mutating func admitTicket(of peer: ValidatorIndex) -> Bool {
        guard peers[Int(peer.value)].ticketCount < Self.maxTicketsPerPeer else { return false }
        peers[Int(peer.value)].ticketCount += 1
        return true
    }
}
