import Primitives
@_spi(Sabotage) import Quorum

// From one view to the next: timers, giving up, waiting idly.
extension SimplexEngine {
    mutating func enter(_ next: View, _ reason: SimplexEvent.Reason, _ out: inout SimplexOutput) {
        guard next > view else { return }
        view = next
        ensure(next)
        rounds[next].enteredAt = now
        retryCount = 0
        retryAt = now + configuration.retryInterval
        out.emit(.event(.entered(next, reason)))
        guard rounds[next].pool.weight(of: .nullify) > configuration.validators.tolerance else { return }
        giveUp(.othersGaveUp, &out)
    }

    /// Votes to leave the present view without a block.
    mutating func giveUp(_ reason: SimplexEvent.GiveUp, _ out: inout SimplexOutput) {
        guard rules.sabotage != .neverNullify, promise(.nullify, in: view, &out) else { return }
        out.emit(.event(.gaveUp(view, reason)))
    }

    // MARK: Expecting

    mutating func payloadWaits(_ waits: Bool, _ out: inout SimplexOutput) {
        let isNews = waits && !hasPayload
        hasPayload = waits
        guard isNews, rounds[view].leader != configuration.me, rounds[view].proposal == nil else { return }
        out.emit(.broadcast(.status(ownStatus)))
    }

    /// A notarized block isn't final although its view is long over: only another block can help.
    private var isTailDue: Bool {
        guard let enteredAt = rounds[view].enteredAt, hasTail else { return false }
        return now >= enteredAt + pacemaker.leaderTimeout
    }

    var hasTail: Bool { rounds.all.contains { $0.view > final.view && $0.notarization != nil } }

    /// Whether a leader should make a block even if it has nothing to put into it.
    private var isBlockForced: Bool { now >= heartbeatAt || rounds[view].isBlockWanted || isTailDue }

    private var isBlockExpected: Bool {
        let round = rounds[view]
        return hasPayload || isBlockForced || round.proposal != nil || !round.pool.tallies.isEmpty
            || !signer.promises(in: view).votes.isEmpty
    }

    /// Starts the view's timers when there is a reason to wait for a block.
    mutating func expectBlock(_ out: inout SimplexOutput) {
        guard rounds[view].leaderDeadline == nil, isBlockExpected else { return }
        rounds[view].leaderDeadline = now + pacemaker.leaderTimeout
        rounds[view].advanceDeadline = now + pacemaker.advanceTimeout
        guard isLeaderAbsent else { return }
        giveUp(.leaderAbsent, &out)
    }

    /// Silent for `skipTimeout` while a quorum was not.
    private var isLeaderAbsent: Bool {
        let leader = rounds[view].leader
        guard leader != configuration.me, rounds[view].proposal == nil else { return false }
        func isRecent(_ index: ValidatorIndex) -> Bool {
            peers[Int(index.value)].heardAt.map { now - $0 < configuration.skipTimeout } ?? false
        }
        guard peers[Int(leader.value)].heardAt != nil, !isRecent(leader) else { return false }
        return configuration.validators.isQuorum(SignerSet(configuration.validators.indices.filter(isRecent)))
    }

    // MARK: Timers

    /// Whatever woke us, what is due is done; so no deadline in the past is ever set.
    mutating func expire(_ out: inout SimplexOutput) {
        let round = rounds[view]
        if let deadline = round.leaderDeadline, now >= deadline, round.proposal == nil {
            giveUp(.leaderSilent, &out)
        }
        if let deadline = round.advanceDeadline, now >= deadline { giveUp(.notNotarized, &out) }
        if now >= retryAt { retry(&out) }
    }

    /// Offers again what may have been lost. Who lacks something answers with its own status.
    private mutating func retry(_ out: inout SimplexOutput) {
        retryCount = min(retryCount + 1, 4)
        retryAt = now + Interval(nanoseconds: configuration.retryInterval.nanoseconds << Int64(retryCount))
        guard isUnsettled, rules.sabotage != .retryNever else { return }
        if signer.standing == .lost { askForViews(&out) }
        var votes: [SignedVote] = []
        for round in rounds.all.suffix(ValidatorStatus.maxRoundCount) {
            votes += round.pool.verified.filter { $0.signer == configuration.me }
            guard round.view == view, round.leader == configuration.me, let candidate = round.proposal,
                let block = round.block(candidate.block), round.notarization == nil,
                let vote = votes.last(where: { $0.vote.view == view && $0.vote.candidate == candidate })
            else { continue }
            out.emit(.broadcast(.proposal(block, vote)))
        }
        if !votes.isEmpty { out.emit(.broadcast(.votes(votes))) }
        out.emit(.broadcast(.status(ownStatus)))
    }

    /// Whether anything is under way that a lost message could hold up.
    private var isUnsettled: Bool { isBlockExpected || hasTail || target != nil || signer.standing == .lost }

    mutating func schedule(_ out: inout SimplexOutput) {
        let round = rounds[view]
        var next: [Instant] = isUnsettled ? [retryAt] : [heartbeatAt]
        if !signer.promises(in: view).isNullified {
            if round.proposal == nil, let deadline = round.leaderDeadline { next.append(deadline) }
            if let deadline = round.advanceDeadline { next.append(deadline) }
        }
        if let enteredAt = round.enteredAt, hasTail, !isTailDue { next.append(enteredAt + pacemaker.leaderTimeout) }
        next += fetches.map(\.dueAt)
        guard let deadline = next.filter({ $0 > now }).min(), deadline != timerAt else { return }
        timerAt = deadline
        out.emit(.setTimer(deadline))
    }
}
