import Quorum

/// The votes of one view, counted. What one validator can put into it is bounded: two verified votes of a kind (the second
/// is evidence), and two unverified ones of a kind from itself and two from others.
struct VotePool: Hashable, Sendable {
    /// A vote whose signature hasn't been checked.
    struct Pending: Hashable, Sendable {
        var vote: SignedVote
        /// Who sent it: to blame where the signature is bad.
        var sender: ValidatorIndex
        var isChecking = false

        var isDirect: Bool { sender == vote.signer }
    }

    /// How much stands behind one choice.
    struct Tally: Hashable, Sendable {
        var vote: Vote
        var verified = SignerSet()
        var weight: UInt64 = 0
        var pending = SignerSet()
    }

    private(set) var tallies: [Tally] = []
    private(set) var pending: [Pending] = []
    private(set) var verified: [SignedVote] = []

    static let maxPendingPerKind = 2

    enum Admission { case known, refused, added, suspicious }

    /// Takes an unverified vote.
    mutating func admit(_ vote: SignedVote, from sender: ValidatorIndex) -> Admission {
        var rivals = 0
        var isSuspicious = false
        for other in verified where other.signer == vote.signer {
            if other.vote == vote.vote { return .known }
            if other.vote.conflicts(with: vote.vote) { isSuspicious = true }
        }
        for other in pending where other.vote.signer == vote.signer {
            if other.vote == vote { return .known }
            if other.vote.vote.conflicts(with: vote.vote) { isSuspicious = true }
            if other.isDirect == (sender == vote.signer), other.vote.vote.kind == vote.vote.kind { rivals += 1 }
        }
        guard rivals < Self.maxPendingPerKind else { return .refused }
        pending.append(Pending(vote: vote, sender: sender))
        let index = tally(of: vote.vote)
        tallies[index].pending.insert(vote.signer)
        return isSuspicious ? .suspicious : .added
    }

    /// Unverified votes that match, marked as being checked.
    mutating func takeForChecking(_ matches: (SignedVote) -> Bool) -> [Pending] {
        var taken: [Pending] = []
        for index in pending.indices where !pending[index].isChecking && matches(pending[index].vote) {
            pending[index].isChecking = true
            taken.append(pending[index])
        }
        return taken
    }

    /// Whether the choice would have enough if all that is unverified held.
    func mayReach(_ quorum: UInt64, _ vote: Vote, in validators: ValidatorSet) -> Bool {
        guard let tally = tallies.first(where: { $0.vote == vote }) else { return false }
        return tally.weight < quorum && validators.weight(of: tally.verified.union(tally.pending)) >= quorum
    }

    /// Forgets an unverified vote, because it was checked.
    mutating func settle(_ vote: SignedVote) {
        pending.removeAll { $0.vote == vote }
        guard let index = tallies.firstIndex(where: { $0.vote == vote.vote }) else { return }
        if !pending.contains(where: { $0.vote.signer == vote.signer && $0.vote.vote == vote.vote }) {
            tallies[index].pending.remove(vote.signer)
        }
        if tallies[index].verified.isEmpty, tallies[index].pending.isEmpty { tallies.remove(at: index) }
    }

    /// Counts a vote whose signature holds.
    /// - Returns: earlier votes of the same validator in this view; nil where it adds nothing.
    mutating func count(_ vote: SignedVote, rules: Rules) -> [SignedVote]? {
        settle(vote)
        let earlier = verified.filter { $0.signer == vote.signer }
        guard rules.counts(vote.signer, after: earlier.contains { $0.vote == vote.vote } ? [vote.signer] : SignerSet())
        else {
            return nil
        }
        guard earlier.count(where: { $0.vote.kind == vote.vote.kind }) < 2 || rules.sabotage == .countRepeatedVotes
        else { return nil }
        verified.append(vote)
        let index = tally(of: vote.vote)
        tallies[index].verified.insert(vote.signer)
        tallies[index].weight += rules.validators.weight(of: vote.signer)
        return earlier
    }

    /// The choices of a kind that have enough.
    func decided(_ kind: Vote.Kind, quorum: UInt64) -> Vote? {
        tallies.first { $0.vote.kind == kind && $0.weight >= quorum }?.vote
    }

    func votes(for vote: Vote) -> [SignedVote] { verified.filter { $0.vote == vote } }

    func weight(of kind: Vote.Kind) -> UInt64 {
        tallies.filter { $0.vote.kind == kind }.reduce(0) { $0 + $1.weight }
    }

    func signers(of kind: Vote.Kind) -> SignerSet {
        SignerSet(verified.filter { $0.vote.kind == kind }.map(\.signer))
    }

    func has(_ vote: Vote, of signer: ValidatorIndex) -> Bool {
        verified.contains { $0.signer == signer && $0.vote == vote }
    }

    /// Whether no candidate can be notarized any more, however the silent validators vote.
    func isSplit(in validators: ValidatorSet, quorum: UInt64) -> Bool {
        let best = tallies.filter { $0.vote.kind == .notarize }.map(\.weight).max() ?? 0
        let rest = validators.total - validators.weight(of: signers(of: .notarize))
        return best + rest < quorum
    }

    private mutating func tally(of vote: Vote) -> Int {
        if let index = tallies.firstIndex(where: { $0.vote == vote }) { return index }
        tallies.append(Tally(vote: vote))
        return tallies.count - 1
    }
}
