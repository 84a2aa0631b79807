import Primitives
@_spi(Sabotage) import Quorum

// The leader's block: made, judged, notarized, certified, final.
extension SimplexEngine {
    // MARK: Leading

    mutating func proposeWhereLeading(_ out: inout SimplexOutput) {
        let round = rounds[view]
        guard round.leader == configuration.me, round.proposal == nil, !round.isProposing,
            case .ready(let floor) = signer.standing, view > floor, signer.promises(in: view).votes.isEmpty
        else { return }
        let isForced = now >= heartbeatAt || round.isBlockWanted || isOverdue
        guard hasPayload || isForced, let parent = bestParent(&out) else { return }
        rounds[view].isProposing = true
        out.emit(.propose(ProposalContext(view: view, parent: parent, isForced: isForced)))
    }

    private var isOverdue: Bool {
        guard let enteredAt = rounds[view].enteredAt, hasTail else { return false }
        return now >= enteredAt + pacemaker.leaderTimeout
    }

    /// The highest certified block with nothing but nullified views above it. Asks for what is missing.
    private mutating func bestParent(_ out: inout SimplexOutput) -> Anchor? {
        var candidate = view.previous
        while candidate > final.view {
            let round = rounds.find(candidate)
            if let block = round?.certifiedBlock { return block.anchor }
            guard round?.nullification != nil else {
                want(.nullification(candidate))
                if round?.notarization == nil { want(.notarization(candidate)) }
                return nil
            }
            candidate = candidate.previous
        }
        return target == nil ? final : nil
    }

    mutating func proposed(_ view: View, _ block: Block?, _ out: inout SimplexOutput) {
        guard view == self.view, rounds[view].isProposing else { return }
        rounds[view].isProposing = false
        guard let block, block.view == view else {
            hasPayload = false
            rounds[view].isBlockWanted = false
            heartbeatAt = max(heartbeatAt, now + configuration.retryInterval)
            return
        }
        guard rounds[view].proposal == nil else { return }
        rounds[view].keep(block)
        rounds[view].proposal = block.candidate
        rounds[view].check = .valid
        record(block, &out)
        promise(.notarize(block.candidate), in: view, &out)
    }

    // MARK: Judging

    /// The block is kept for its view; the vote makes it the leader's.
    mutating func receive(
        _ block: Block, _ vote: SignedVote, from sender: ValidatorIndex, _ out: inout SimplexOutput
    ) {
        guard case .notarize(let candidate) = vote.vote.choice, vote.vote.view == block.view,
            candidate == block.candidate, block.body.count <= configuration.maxBodyByteCount
        else { return out.emit(.blame(sender, .badBlock)) }
        let isKept = block.view > final.view && block.view <= view.advanced(by: configuration.lookahead)
        if isKept, vote.signer == configuration.leader(of: block.view) || rules.sabotage == .anyLeader {
            ensure(block.view)
            rounds[block.view].keep(block)
            if rules.sabotage == .anyLeader, rounds[block.view].proposal == nil {
                rounds[block.view].proposal = candidate
            }
        }
        take(vote, from: sender, &out)
    }

    /// Votes for the present view's proposal once everything that it stands on is known.
    mutating func considerProposal(_ out: inout SimplexOutput) {
        let round = rounds[view]
        let made = signer.promises(in: view)
        guard configuration.me != nil, let candidate = round.proposal, round.check == .none,
            made.notarized == nil || rules.sabotage == .notarizeTwice, !made.isNullified
        else { return }
        guard let block = round.block(candidate.block) else { return want(.block(view, candidate.block), round.leader) }
        guard block.view == view, candidate.parentView < view, candidate.parentView >= final.view else {
            rounds[view].check = .invalid
            return giveUp(.proposalInvalid, &out)
        }
        let isCertified = isParentCertified(candidate.parentView, block, askingFrom: round.leader)
        let isGapNullified = isNullified(after: candidate.parentView, before: view, askingFrom: round.leader)
        guard rules.isJustified(isParentCertified: isCertified, isGapNullified: isGapNullified) else { return }
        rounds[view].check = .asked
        out.emit(.check(block))
    }

    private mutating func isParentCertified(
        _ parentView: View, _ block: Block, askingFrom leader: ValidatorIndex
    ) -> Bool {
        if parentView == final.view { return block.parent == final.digest && block.height == final.height.next }
        if let parent = rounds.find(parentView)?.certifiedBlock {
            return parent.digest == block.parent && parent.height.next == block.height
        }
        if rounds.find(parentView)?.notarization == nil { want(.notarization(parentView), leader) }
        return false
    }

    private mutating func isNullified(after parent: View, before end: View, askingFrom leader: ValidatorIndex) -> Bool {
        var isComplete = true
        var view = parent.next
        while view < end, isComplete || fetches.count < Want.maxCount {
            if rounds.find(view)?.nullification == nil {
                isComplete = false
                want(.nullification(view), leader)
            }
            view = view.next
        }
        return isComplete
    }

    mutating func checked(_ view: View, _ digest: Digest, _ isValid: Bool, _ out: inout SimplexOutput) {
        guard rounds.contains(view), rounds[view].check == .asked, let candidate = rounds[view].proposal,
            candidate.block == digest, let block = rounds[view].block(digest)
        else { return }
        let isAccepted = isValid || rules.sabotage == .checkIgnored
        rounds[view].check = isAccepted ? .valid : .invalid
        guard view == self.view else { return }
        guard isAccepted else { return giveUp(.proposalInvalid, &out) }
        record(block, &out)
        promise(.notarize(candidate), in: view, &out)
    }

    // MARK: Certifying

    /// Has every notarized block executed on its parent, also in views that were nullified meanwhile: otherwise one half of
    /// the validators could refuse the other's parents for ever.
    mutating func certifyRounds(_ out: inout SimplexOutput) {
        for round in rounds.all where round.view > final.view && round.certification == .none {
            guard let candidate = round.notarization?.vote.candidate else { continue }
            guard let block = round.block(candidate.block) else {
                want(.block(round.view, candidate.block), round.notarization?.signers.members.first)
                continue
            }
            guard candidate.parentView >= final.view else { continue }
            guard isParentCertified(candidate.parentView, block, askingFrom: round.leader) else { continue }
            rounds[round.view].certification = .asked
            if rules.sabotage == .certifySkipped {
                certified(round.view, block.digest, true, &out)
            } else {
                out.emit(.certify(block))
            }
        }
    }

    mutating func certified(_ view: View, _ digest: Digest, _ isGood: Bool, _ out: inout SimplexOutput) {
        guard rounds.contains(view), view > final.view, rounds[view].certification == .asked,
            let candidate = rounds[view].notarization?.vote.candidate, candidate.block == digest,
            let block = rounds[view].block(digest)
        else { return }
        rounds[view].certification = isGood ? .passed : .failed
        guard isGood else {
            if view == self.view { giveUp(.certificationFailed, &out) }
            return
        }
        if rounds[view].nullification == nil, !rounds[view].isLeaderFaulty {
            record(block, &out)
            promise(.finalize(candidate), in: view, &out)
        }
        enter(view.next, .notarized, &out)
    }

    // MARK: Final

    /// Hands over the chain that ends in the target, or asks for what is missing of it.
    mutating func reachTarget(_ out: inout SimplexOutput) {
        guard let certificate = target, var digest = certificate.vote.candidate?.block else { return }
        guard certificate.view > final.view else {
            target = nil
            return
        }
        var chain: [Block] = []
        while digest != final.digest {
            guard let block = block(digest), block.height > final.height else {
                return want(.run(after: final.height), certificate.signers.members.first { $0 != configuration.me })
            }
            chain.append(block)
            digest = block.parent
        }
        finalize(chain.reversed(), by: certificate, &out)
    }

    private func block(_ digest: Digest) -> Block? {
        for round in rounds.all.reversed() { if let block = round.block(digest) { return block } }
        return nil
    }

    mutating func finalize(_ chain: [Block], by certificate: QuorumCertificate, _ out: inout SimplexOutput) {
        guard let last = chain.last else { return }
        for block in chain {
            let own = block == last ? certificate : rounds.find(block.view)?.finalization
            out.emit(.finalized(block, own?.vote.candidate?.block == block.digest ? own : nil))
        }
        final = last.anchor
        finalCertificate = certificate
        if let target, target.view <= final.view { self.target = nil }
        rounds.removeAll(below: final.view)
        place(certificate)
        signer.raiseFloor(to: final.view)
        enter(final.view.next, .finalized, &out)
    }
}
