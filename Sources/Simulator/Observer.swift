import Primitives
import Quorum
import Simplex

/// Something that must never be.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
    public enum Rule: String, Hashable, Sendable {
        case agreement, chainBroken, wrongState, doubleVote, sentBeforeDurable, badCertificate, contradiction
        case unjustified, falseEvidence, badEvidence, falseBlame, memoryUnbounded, notLive, livelock
    }

    public var rule: Rule
    public var machine: Int
    public var what: String
    /// Milliseconds.
    public var at: UInt64

    public var description: String { "\(rule.rawValue) on machine \(machine) at \(at) ms: \(what)" }
}

/// Sees all that correct machines do, and holds it against what must hold. It trusts no engine: it checks certificates
/// and states itself.
struct Observer {
    private struct Said {
        var notarized: Candidate?
        var isNullified = false
        var finalized: Candidate?
    }

    private let scenario: Scenario
    private let validators: ValidatorSet
    private let verifier: MockVerifier
    private let honest: [Bool]
    private let leaderOf: (View) -> ValidatorIndex
    /// By identity and view, across restarts and wiped disks.
    private var said: [[UInt64: Said]]
    private var notarized: [UInt64: Candidate] = [:]
    private var finalized: [UInt64: Candidate] = [:]
    private var nullified: Set<UInt64> = []
    private(set) var chain: [Digest] = []
    private var states: [Digest: UInt64] = [MockApplication.genesis: MockApplication.genesisState]
    private var anchors: [Anchor]
    private(set) var commits: Set<UInt64> = []
    private(set) var evidence: Set<Int> = []
    private(set) var maxView: UInt64 = 0
    private(set) var violations: [Violation] = []
    var time: UInt64 = 0

    init(_ scenario: Scenario, verifier: MockVerifier, leaderOf: @escaping (View) -> ValidatorIndex) {
        self.leaderOf = leaderOf
        self.scenario = scenario
        self.verifier = verifier
        validators = scenario.validators
        honest = scenario.honest
        said = Array(repeating: [:], count: scenario.weights.count)
        anchors = Array(repeating: .genesis(MockApplication.genesis), count: scenario.machineCount)
    }

    func isHonest(_ machine: Int) -> Bool { honest[scenario.identity(of: machine)] }

    mutating func note(_ rule: Violation.Rule, _ machine: Int, _ what: String) {
        guard violations.count < 16 else { return }
        violations.append(Violation(rule: rule, machine: machine, what: what, at: time))
    }

    mutating func see(_ observation: SimplexMachine.Observation, of machine: Int) {
        guard isHonest(machine) else { return }
        switch observation {
        case .sent(let vote, let isDurable): sent(vote, isDurable, machine)
        case .certified(let certificate): certified(certificate, machine)
        case .finalized(let block): finalized(block, machine)
        case .reported(let found): reported(found, machine)
        case .entered(let view): maxView = max(maxView, view.value)
        case .booted(let anchor): anchors[machine] = anchor
        case .blamed(let peer, let why):
            if honest[Int(peer.value)] { note(.falseBlame, machine, "\(peer) for \(why)") }
        case .abstaining: break
        }
    }

    private mutating func sent(_ vote: SignedVote, _ isDurable: Bool, _ machine: Int) {
        if !isDurable { note(.sentBeforeDurable, machine, "\(vote.vote)") }
        let identity = Int(vote.signer.value)
        var said = self.said[identity][vote.vote.view.value] ?? Said()
        switch vote.vote.choice {
        case .notarize(let candidate):
            if let earlier = said.notarized, earlier != candidate { note(.doubleVote, machine, "\(vote.vote)") }
            said.notarized = candidate
            judge(candidate, vote, machine)
        case .nullify:
            if said.finalized != nil { note(.doubleVote, machine, "\(vote.vote) after finalize") }
            said.isNullified = true
        case .finalize(let candidate):
            if said.isNullified { note(.doubleVote, machine, "\(vote.vote) after nullify") }
            if let earlier = said.finalized, earlier != candidate { note(.doubleVote, machine, "\(vote.vote)") }
            said.finalized = candidate
        }
        self.said[identity][vote.vote.view.value] = said
    }

    /// A correct vote for a block stands on a notarized parent, on nullified views between, and on the leader's word.
    private mutating func judge(_ candidate: Candidate, _ vote: SignedVote, _ machine: Int) {
        let view = vote.vote.view.value
        let parent = candidate.parentView.value
        guard parent < view else { return note(.unjustified, machine, "\(vote.vote)") }
        if parent > 0, notarized[parent] == nil, finalized[parent] == nil {
            note(.unjustified, machine, "\(vote.vote): its parent isn't notarized")
        }
        for between in parent + 1..<view where !nullified.contains(between) {
            return note(.unjustified, machine, "\(vote.vote): view \(between) isn't nullified")
        }
        let leader = Int(leaderOf(vote.vote.view).value)
        guard honest[leader], leader != Int(vote.signer.value) else { return }
        if said[leader][view]?.notarized != candidate { note(.unjustified, machine, "\(vote.vote): not the leader's") }
    }

    private mutating func certified(_ certificate: QuorumCertificate, _ machine: Int) {
        guard certificate.isValid(in: validators, by: verifier) else {
            return note(.badCertificate, machine, "\(certificate.vote) by \(certificate.signers.count)")
        }
        let view = certificate.view.value
        switch certificate.vote.choice {
        case .notarize(let candidate):
            if let other = notarized[view], other != candidate {
                note(.contradiction, machine, "two notarized in \(view)")
            }
            notarized[view] = candidate
        case .nullify: nullified.insert(view)
        case .finalize(let candidate):
            if let other = finalized[view], other != candidate { note(.contradiction, machine, "two final in \(view)") }
            finalized[view] = candidate
        }
        if nullified.contains(view), finalized[view] != nil {
            note(.contradiction, machine, "view \(view) is nullified and final")
        }
    }

    private mutating func finalized(_ block: Block, _ machine: Int) {
        let last = anchors[machine]
        guard block.height == last.height.next, block.parent == last.digest, block.view > last.view else {
            return note(.chainBroken, machine, "height \(block.height) after \(last.height)")
        }
        anchors[machine] = block.anchor
        let index = Int(block.height.value) - 1
        if index < chain.count {
            if chain[index] != block.digest { note(.agreement, machine, "height \(block.height)") }
            return
        }
        chain.append(block.digest)
        guard let content = MockApplication.content(of: block), let parent = states[block.parent],
            content.state == MockApplication.state(after: parent, content.commits), !content.isRefusable
        else { return note(.wrongState, machine, "height \(block.height)") }
        states[block.digest] = content.state
        commits.formUnion(content.commits)
    }

    private mutating func reported(_ found: Evidence, _ machine: Int) {
        if honest[Int(found.culprit.value)] {
            return note(.falseEvidence, machine, "\(found.culprit): \(found.first.vote), \(found.second.vote)")
        }
        guard found.isValid(in: validators, by: verifier) else {
            return note(.badEvidence, machine, "\(found.first.vote), \(found.second.vote)")
        }
        evidence.insert(Int(found.culprit.value))
    }

    /// What a machine holds in memory stays within what its configuration allows.
    mutating func checkBounds(_ status: SimplexStatus, lookahead: UInt64, _ machine: Int) {
        let open = max(status.view.value, status.final.view.value) - status.final.view.value
        let perValidator = 12 + 6
        if UInt64(status.roundCount) > open + lookahead + 2 {
            note(.memoryUnbounded, machine, "\(status.roundCount) views from \(status.final.view) to \(status.view)")
        }
        if status.voteCount > status.roundCount * validators.count * perValidator {
            note(.memoryUnbounded, machine, "\(status.voteCount) votes in \(status.roundCount) views")
        }
        if status.fetchCount > 64 { note(.memoryUnbounded, machine, "\(status.fetchCount) fetches") }
    }
}
