import Primitives
@_spi(Sabotage) import Quorum

// Votes come in, are checked as late as possible, and become certificates or evidence.
extension SimplexEngine {
    /// The last view of which votes are kept.
    private var horizon: View {
        rules.sabotage == .viewsUnbounded ? View(.max) : max(view, final.view).advanced(by: configuration.lookahead)
    }

    mutating func take(_ vote: SignedVote, from sender: ValidatorIndex, _ out: inout SimplexOutput) {
        let view = vote.vote.view
        guard vote.vote.epoch == configuration.epoch, configuration.validators.contains(vote.signer),
            vote.signer != configuration.me
        else { return }
        if vote.vote.kind == .nullify, sender == vote.signer { answerStraggler(sender, in: view, &out) }
        guard view > final.view else { return }
        guard view <= horizon else { return askWhoIsAhead(sender, &out) }
        ensure(view)
        switch rounds[view].pool.admit(vote, from: sender) {
        case .known, .refused: break
        case .suspicious: check(in: view, &out) { $0.signer == vote.signer }
        case .added: checkWhereUseful(vote, &out)
        }
    }

    /// Signatures are checked only where the answer matters: the leader's, and when enough votes would decide.
    private mutating func checkWhereUseful(_ vote: SignedVote, _ out: inout SimplexOutput) {
        let view = vote.vote.view
        let round = rounds[view]
        if vote.signer == round.leader, vote.vote.kind != .finalize {
            check(in: view, &out) { $0 == vote }
        }
        checkWhereDecisive(vote.vote, &out)
        if vote.vote.kind == .nullify, !signer.promises(in: view).isNullified,
            round.pool.mayReach(configuration.validators.tolerance + 1, vote.vote, in: configuration.validators)
        {
            check(in: view, &out) { $0.vote == vote.vote }
        }
    }

    /// Whatever was counted last, another's vote or our own: where what waits unchecked would make a certificate, it is checked.
    private mutating func checkWhereDecisive(_ vote: Vote, _ out: inout SimplexOutput) {
        guard rounds.contains(vote.view), rounds[vote.view].certificate(vote.kind) == nil,
            rounds[vote.view].pool.mayReach(rules.quorum, vote, in: configuration.validators)
        else { return }
        checkEnough(for: vote, quorum: rules.quorum, &out)
    }

    /// As many as the quorum lacks, not more.
    private mutating func checkEnough(for vote: Vote, quorum: UInt64, _ out: inout SimplexOutput) {
        var weight = rounds[vote.view].pool.votes(for: vote).reduce(0) {
            $0 + configuration.validators.weight(of: $1.signer)
        }
        for pending in rounds[vote.view].pool.pending where pending.isChecking && pending.vote.vote == vote {
            weight += configuration.validators.weight(of: pending.vote.signer)
        }
        let validators = configuration.validators
        check(in: vote.view, &out) { candidate in
            guard candidate.vote == vote, weight < quorum else { return false }
            weight += validators.weight(of: candidate.signer)
            return true
        }
    }

    private mutating func check(
        in view: View, _ out: inout SimplexOutput, _ matches: (SignedVote) -> Bool
    ) {
        let taken = rounds[view].pool.takeForChecking(matches)
        guard !taken.isEmpty else { return }
        verify(taken.map(\.vote), for: .votes(taken), &out)
    }

    mutating func concluded(_ pending: VotePool.Pending, _ isValid: Bool, _ out: inout SimplexOutput) {
        let view = pending.vote.vote.view
        guard rounds.contains(view), view > final.view else { return }
        if isValid { return count(pending.vote, &out) }
        rounds[view].pool.settle(pending.vote)
        out.emit(.blame(pending.sender, .badSignature))
        // The bad one may have stood in for a good one that waits.
        checkWhereDecisive(pending.vote.vote, &out)
    }

    /// Counts a vote whose signature holds.
    mutating func count(_ vote: SignedVote, _ out: inout SimplexOutput) {
        let view = vote.vote.view
        guard rounds.contains(view), let earlier = rounds[view].pool.count(vote, rules: rules) else { return }
        peers[Int(vote.signer.value)].heardAt = now
        for other in earlier { if let found = rules.evidence(other, vote) { report(found, &out) } }
        if vote.signer == rounds[view].leader { leaderVoted(vote.vote, &out) }
        formCertificate(of: vote.vote.kind, in: view, &out)
        checkWhereDecisive(vote.vote, &out)
        guard view == self.view, rounds.contains(view) else { return }
        if rounds[view].pool.weight(of: .nullify) > configuration.validators.tolerance { giveUp(.othersGaveUp, &out) }
        if vote.vote.kind == .notarize, rounds[view].notarization == nil,
            rounds[view].pool.isSplit(in: configuration.validators, quorum: configuration.validators.quorum)
        {
            giveUp(.split, &out)
        }
    }

    private mutating func leaderVoted(_ vote: Vote, _ out: inout SimplexOutput) {
        switch vote.choice {
        case .notarize(let candidate):
            if rounds[vote.view].proposal == nil { rounds[vote.view].proposal = candidate }
            guard rounds[vote.view].proposal != candidate else { return }
            rounds[vote.view].isLeaderFaulty = true
            guard rules.sabotage == .notarizeTwice else { return }
            rounds[vote.view].proposal = candidate
            rounds[vote.view].check = .none
        case .nullify: if vote.view == view { giveUp(.leaderGaveUp, &out) }
        case .finalize: break
        }
    }

    private mutating func formCertificate(of kind: Vote.Kind, in view: View, _ out: inout SimplexOutput) {
        guard rounds[view].certificate(kind) == nil,
            let vote = rounds[view].pool.decided(kind, quorum: rules.quorum)
        else { return }
        var weight: UInt64 = 0
        var enough: [SignedVote] = []
        for signed in rounds[view].pool.votes(for: vote) where weight < rules.quorum {
            enough.append(signed)
            weight += configuration.validators.weight(of: signed.signer)
        }
        adopt(QuorumCertificate(vote, from: enough), &out)
    }

    /// At most two pieces for each validator: what proves a fault is proven.
    private mutating func report(_ found: Evidence, _ out: inout SimplexOutput) {
        guard !evidence.contains(found), evidence.count(where: { $0.culprit == found.culprit }) < 2 else { return }
        evidence.append(found)
        out.append(.evidence(found))
        out.emit(.report(found))
    }

    // MARK: Certificates

    /// A certificate from elsewhere: only those of its votes are checked that aren't known.
    mutating func offer(_ certificate: QuorumCertificate, from sender: ValidatorIndex, _ out: inout SimplexOutput) {
        guard certificate.vote.epoch == configuration.epoch, certificate.view > final.view,
            rounds.find(certificate.view)?.certificate(certificate.kind) == nil
        else { return }
        guard rules.isAcceptable(certificate) else { return out.emit(.blame(sender, .badCertificate)) }
        let pool = rounds.find(certificate.view)?.pool
        let unknown = certificate.votes.filter { pool?.has($0.vote, of: $0.signer) != true }
        guard !unknown.isEmpty else { return believe(certificate, &out) }
        guard admitTicket(of: sender) else { return }
        verify(unknown, for: .certificate(certificate, from: sender), &out)
    }

    /// Its votes count too, so that a fault that it reveals is found.
    mutating func believe(_ certificate: QuorumCertificate, _ out: inout SimplexOutput) {
        guard certificate.view > final.view else { return }
        ensure(certificate.view)
        for vote in certificate.votes where vote.signer != configuration.me { count(vote, &out) }
        guard certificate.view > final.view else { return }
        adopt(certificate, &out)
    }

    private mutating func adopt(_ certificate: QuorumCertificate, _ out: inout SimplexOutput) {
        let view = certificate.view
        guard rounds[view].certificate(certificate.kind) == nil else { return }
        place(certificate)
        out.append(.certificate(certificate))
        out.emit(.event(.certificate(certificate.vote)))
        switch certificate.kind {
        case .notarize: notarized(certificate)
        case .nullify:
            if view == self.view { pacemaker.failed() }
            enter(view.next, .nullified, &out)
        case .finalize:
            if target.map({ $0.view < view }) ?? true { target = certificate }
            enter(view.next, .finalized, &out)
        }
    }

    private mutating func notarized(_ certificate: QuorumCertificate) {
        let view = certificate.view
        heartbeatAt = now + configuration.heartbeat
        if let votedAt = rounds[view].votedAt {
            pacemaker.succeeded(after: now - votedAt)
            rounds[view].votedAt = nil
        }
        guard let proposal = rounds[view].proposal, proposal != certificate.vote.candidate else { return }
        rounds[view].isLeaderFaulty = true
    }
}
