import Primitives
@_spi(Sabotage) import Quorum
public import Storage

// What survives a crash: promises and their way to the wire, replay, compaction.
extension SimplexEngine {
    // MARK: Promises

    /// Makes a vote, if the signer allows it: its record first, its signature when that is on disk.
    @discardableResult
    mutating func promise(_ choice: Vote.Choice, in view: View, _ out: inout SimplexOutput) -> Bool {
        let vote = Vote(epoch: configuration.epoch, view: view, choice)
        guard configuration.me != nil, signer.allows(vote, rules: rules),
            !signer.promises(in: view).votes.contains(choice)
        else { return false }
        signer.record(vote)
        if rules.sabotage == .promiseUnrecorded {
            out.emit(.sign(DurableVote(unproven: vote)))
            return true
        }
        let position = out.append(.promise(vote))
        if rules.sabotage == .sendBeforePersist {
            out.emit(.sign(DurableVote(unproven: vote)))
        } else {
            promises.append(Promise(position: position, vote: vote))
        }
        return true
    }

    mutating func synced(_ proof: Synced, _ out: inout SimplexOutput) {
        var kept: [Promise] = []
        for promise in promises {
            if let sealed = proof.seal(promise.vote, at: promise.position) {
                out.emit(.sign(DurableVote(sealed)))
            } else {
                kept.append(promise)
            }
        }
        promises = kept
        guard let compaction, compaction.last <= proof.lsn else { return }
        out.emit(.trim(before: compaction.first))
        self.compaction = nil
    }

    /// Our own vote counts from the moment that it may leave.
    mutating func signed(_ signed: SignedVote, _ out: inout SimplexOutput) {
        let vote = signed.vote
        guard signed.signer == configuration.me, signer.promises(in: vote.view).votes.contains(vote.choice),
            rounds.contains(vote.view)
        else { return }
        if case .notarize(let candidate) = vote.choice, rounds[vote.view].leader == configuration.me,
            let block = rounds[vote.view].block(candidate.block)
        {
            out.emit(.broadcast(.proposal(block, signed)))
        } else {
            out.emit(.broadcast(.votes([signed])))
        }
        if vote.kind == .notarize { rounds[vote.view].votedAt = now }
        count(signed, &out)
    }

    /// The block that a vote speaks of is on disk before the vote is.
    mutating func record(_ block: Block, _ out: inout SimplexOutput) {
        guard rounds.contains(block.view), !rounds[block.view].recorded.contains(block.digest) else { return }
        rounds[block.view].recorded.append(block.digest)
        if rules.sabotage != .blockUnrecorded { out.append(.block(block)) }
    }

    // MARK: Replay

    /// Takes back what the journal holds, in its order, before `start`.
    public mutating func replay(_ record: SimplexRecord, at position: LSN) {
        guard !isRunning else { return }
        switch record {
        case .signer(let standing): signer.standing = standing
        case .promise(let vote):
            guard rules.sabotage != .replaySkipped else { return }
            signer.record(vote)
            promises.removeAll { $0.vote == vote }
            promises.append(Promise(position: position, vote: vote))
        case .block(let block):
            ensure(block.view)
            rounds[block.view].keep(block)
            if !rounds[block.view].recorded.contains(block.digest) { rounds[block.view].recorded.append(block.digest) }
        case .certificate(let certificate): place(certificate)
        case .evidence(let found): if !evidence.contains(found) { evidence.append(found) }
        }
    }

    mutating func place(_ certificate: QuorumCertificate) {
        ensure(certificate.view)
        switch certificate.kind {
        case .notarize: rounds[certificate.view].notarization = certificate
        case .nullify: rounds[certificate.view].nullification = certificate
        case .finalize: rounds[certificate.view].finalization = certificate
        }
    }

    mutating func start(_ anchor: Anchor, _ proof: Synced, _ out: inout SimplexOutput) {
        guard !isRunning else { return }
        isRunning = true
        final = anchor
        finalCertificate = rounds.find(anchor.view)?.finalization
        rounds.removeAll(below: anchor.view)
        ensure(anchor.view)
        let resumed = resumedView
        signer.raiseFloor(to: anchor.view)
        promises.removeAll { $0.vote.view <= anchor.view || rules.sabotage == .votesNotOfferedAgain }
        target = rounds.all.last { $0.view > anchor.view && $0.finalization != nil }?.finalization
        heartbeatAt = now + configuration.heartbeat
        restoreProposals()
        enter(resumed, .start, &out)
        for found in evidence { out.emit(.report(found)) }
        if rules.sabotage == .wipedVotesAtOnce, signer.standing == .lost {
            signer.standing = .ready(floor: anchor.view)
        }
        if signer.standing == .lost { askForViews(&out) }
        synced(proof, &out)
    }

    /// Where certificates and promises say that we were: never below a view in which we voted.
    private var resumedView: View {
        let ended = rounds.all.last { $0.nullification != nil || $0.finalization != nil }?.view.next ?? .genesis
        return max(final.view.next, max(ended, signer.highest))
    }

    /// What we have notarized is what the leader proposed.
    private mutating func restoreProposals() {
        for promises in signer.open {
            ensure(promises.view)
            guard let candidate = promises.notarized else { continue }
            rounds[promises.view].proposal = candidate
            rounds[promises.view].check = .valid
        }
    }

    // MARK: Compaction

    /// Writes what is still needed anew, so that the rest of the journal can go.
    mutating func stored(_ height: Height, _ out: inout SimplexOutput) {
        let due = lastCompaction.value + configuration.compactionRecordCount
        guard compaction == nil, height >= final.height, out.nextPosition.value >= due else { return }
        let first = out.append(.signer(signer.standing))
        for round in rounds.all {
            for certificate in [round.notarization, round.nullification, round.finalization] {
                if let certificate { out.append(.certificate(certificate)) }
            }
            for digest in round.recorded { if let block = round.block(digest) { out.append(.block(block)) } }
        }
        for promises in signer.open where rules.sabotage != .compactionForgets {
            for choice in promises.votes {
                out.append(.promise(Vote(epoch: configuration.epoch, view: promises.view, choice)))
            }
        }
        for found in evidence { out.append(.evidence(found)) }
        compaction = Compaction(first: first, last: out.nextPosition.previous)
        lastCompaction = out.nextPosition
    }
}
