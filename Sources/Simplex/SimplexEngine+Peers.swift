import Primitives
@_spi(Sabotage) import Quorum

// What is told and asked between validators besides votes: standing, missing things, lost memory.
extension SimplexEngine {
    /// Something that is being asked for.
    struct Fetch: Hashable {
        var want: Want
        /// Who is asked first.
        var hint: ValidatorIndex?
        var attemptCount = 0
        var dueAt: Instant
    }

    static let maxFetchCount = 64
    static let maxServedPerInterval = 64

    // MARK: Standing

    var ownStatus: ValidatorStatus {
        let newest = rounds.all.filter { $0.view > final.view && $0.view <= view }.suffix(ValidatorStatus.maxRoundCount)
        return ValidatorStatus(
            view: view, finalView: final.view, isBlockWanted: hasPayload,
            rounds: newest.map {
                .init(
                    view: $0.view, notarize: shown($0, .notarize), nullify: shown($0, .nullify),
                    finalize: shown($0, .finalize))
            })
    }

    private func shown(_ round: Round, _ kind: Vote.Kind) -> SignerSet {
        round.certificate(kind) != nil
            ? SignerSet(configuration.validators.indices) : round.pool.signers(of: kind)
    }

    /// Sends what the peer lacks. At most once in a while, whatever it says.
    mutating func answer(_ status: ValidatorStatus, of peer: ValidatorIndex, _ out: inout SimplexOutput) {
        if status.isBlockWanted, status.view == view { rounds[view].isBlockWanted = true }
        if status.view > view || status.finalView > final.view { askWhoIsAhead(peer, &out) }
        let pause = Interval(nanoseconds: configuration.retryInterval.nanoseconds / 4)
        if let last = peers[Int(peer.value)].answeredAt, now - last < pause { return }
        peers[Int(peer.value)].answeredAt = now
        if status.finalView < final.view, let finalCertificate {
            out.emit(.send(.certificate(finalCertificate), to: peer))
        }
        if status.view < view, let entry = entryCertificate, entry != finalCertificate {
            out.emit(.send(.certificate(entry), to: peer))
        }
        var votes: [SignedVote] = []
        for theirs in status.rounds.prefix(ValidatorStatus.maxRoundCount) where theirs.view > final.view {
            guard let mine = rounds.find(theirs.view) else { continue }
            for (kind, signers) in zip(Vote.Kind.allCases, [theirs.notarize, theirs.nullify, theirs.finalize]) {
                if let certificate = mine.certificate(kind) {
                    if !configuration.validators.isQuorum(signers) {
                        out.emit(.send(.certificate(certificate), to: peer))
                    }
                } else {
                    votes += mine.pool.verified.filter { $0.vote.kind == kind && !signers.contains($0.signer) }
                }
            }
        }
        if !votes.isEmpty { out.emit(.send(.votes(votes), to: peer)) }
    }

    /// What proves that the present view could be entered; nil in the first one.
    var entryCertificate: QuorumCertificate? {
        guard let round = rounds.find(view.previous) else { return nil }
        if round.view == final.view, let finalCertificate { return finalCertificate }
        return round.finalization ?? round.nullification ?? round.notarization
    }

    /// A peer gives up a view that is over: it is told how it ended.
    mutating func answerStraggler(_ peer: ValidatorIndex, in view: View, _ out: inout SimplexOutput) {
        guard view < self.view else { return }
        if view <= final.view {
            let pause = configuration.retryInterval
            if let last = peers[Int(peer.value)].answeredAt, now - last < pause { return }
            peers[Int(peer.value)].answeredAt = now
            if let finalCertificate { out.emit(.send(.certificate(finalCertificate), to: peer)) }
            return
        }
        guard rounds.contains(view), !rounds[view].answered.contains(peer) else { return }
        let round = rounds[view]
        guard let end = round.finalization ?? round.nullification ?? round.notarization else { return }
        rounds[view].answered.insert(peer)
        out.emit(.send(.certificate(end), to: peer))
    }

    /// A peer speaks of views that we can't know: our standing makes it send what we lack.
    mutating func askWhoIsAhead(_ peer: ValidatorIndex, _ out: inout SimplexOutput) {
        if let last = peers[Int(peer.value)].askedAt, now - last < configuration.retryInterval { return }
        peers[Int(peer.value)].askedAt = now
        out.emit(.send(.status(ownStatus), to: peer))
    }

    // MARK: Missing things

    mutating func want(_ want: Want, _ hint: ValidatorIndex? = nil) {
        guard rules.sabotage != .nothingFetched, fetches.count < Self.maxFetchCount,
            !fetches.contains(where: { $0.want == want })
        else { return }
        fetches.append(Fetch(want: want, hint: hint == configuration.me ? nil : hint, dueAt: now))
    }

    private func isNeeded(_ want: Want) -> Bool {
        switch want {
        case .notarization(let view): view > final.view && rounds.find(view)?.notarization == nil
        case .nullification(let view): view > final.view && rounds.find(view)?.nullification == nil
        case .block(let view, let digest): view > final.view && rounds.find(view)?.block(digest) == nil
        case .run(let height): final.height <= height
        }
    }

    /// Asks for what is due, one message for each peer, another peer each time.
    mutating func fetch(_ out: inout SimplexOutput) {
        fetches = fetches.filter { isNeeded($0.want) && $0.attemptCount <= 2 * configuration.validators.count }
        let count = configuration.validators.count
        guard count > 1, fetches.contains(where: { $0.dueAt <= now }) else { return }
        var wants: [[Want]] = Array(repeating: [], count: count)
        for index in fetches.indices where fetches[index].dueAt <= now {
            let peer = peer(for: fetches[index])
            guard wants[peer].count < Want.maxCount else { continue }
            wants[peer].append(fetches[index].want)
            let patience = configuration.retryInterval.nanoseconds << Int64(min(fetches[index].attemptCount, 4))
            fetches[index].dueAt = now + Interval(nanoseconds: patience)
            fetches[index].attemptCount += 1
        }
        for (peer, wanted) in wants.enumerated() where !wanted.isEmpty {
            out.emit(.send(.request(wanted), to: ValidatorIndex(UInt8(peer))))
        }
    }

    private func peer(for fetch: Fetch) -> Int {
        let count = configuration.validators.count
        if fetch.attemptCount == 0, let hint = fetch.hint { return Int(hint.value) }
        let start = Int(configuration.me?.value ?? 0)
        let step = 1 + (fetch.attemptCount + Int(view.value % UInt64(count))) % (count - 1)
        return (start + step) % count
    }

    mutating func serve(_ wants: [Want], to peer: ValidatorIndex, _ out: inout SimplexOutput) {
        if now - peers[Int(peer.value)].servedSince >= configuration.retryInterval {
            peers[Int(peer.value)].servedSince = now
            peers[Int(peer.value)].servedCount = 0
        }
        for want in wants.prefix(Want.maxCount) where peers[Int(peer.value)].servedCount < Self.maxServedPerInterval {
            peers[Int(peer.value)].servedCount += 1
            serve(want, to: peer, &out)
        }
    }

    private func serve(_ want: Want, to peer: ValidatorIndex, _ out: inout SimplexOutput) {
        func send(_ certificate: QuorumCertificate?) {
            if let certificate { out.emit(.send(.certificate(certificate), to: peer)) }
        }
        switch want {
        case .notarization(let view):
            send(view <= final.view ? finalCertificate : rounds.find(view)?.notarization)
        case .nullification(let view):
            send(view <= final.view ? finalCertificate : rounds.find(view)?.nullification)
        case .block(let view, let digest):
            if let block = rounds.find(view)?.block(digest) { out.emit(.send(.block(block), to: peer)) }
        case .run(let height): if height < final.height { out.emit(.serve(peer, after: height)) }
        }
    }

    mutating func fetched(_ block: Block, _ out: inout SimplexOutput) {
        guard block.body.count <= configuration.maxBodyByteCount, rounds.contains(block.view),
            fetches.contains(where: { $0.want == .block(block.view, block.digest) })
        else { return }
        rounds[block.view].keep(block)
    }

    // MARK: Runs of final blocks

    mutating func receive(
        _ blocks: [Block], _ certificate: QuorumCertificate, from sender: ValidatorIndex, _ out: inout SimplexOutput
    ) {
        guard certificate.vote.epoch == configuration.epoch, certificate.view > final.view else { return }
        guard isRun(blocks, certificate), rules.isAcceptable(certificate) else {
            return out.emit(.blame(sender, .badRun))
        }
        if certificate == target { return finish(blocks, certificate, &out) }
        guard admitTicket(of: sender) else { return }
        verify(certificate.votes, for: .run(blocks, certificate, from: sender), &out)
    }

    /// Whether the blocks are a chain that the certificate ends.
    private func isRun(_ blocks: [Block], _ certificate: QuorumCertificate) -> Bool {
        if rules.sabotage == .runUnchecked { return !blocks.isEmpty }
        guard let last = blocks.last, case .finalize(let candidate) = certificate.vote.choice,
            candidate.block == last.digest, certificate.view == last.view
        else { return false }
        return zip(blocks, blocks.dropFirst()).allSatisfy { earlier, later in
            later.parent == earlier.digest && later.height == earlier.height.next && later.view > earlier.view
        }
    }

    mutating func finish(_ blocks: [Block], _ certificate: QuorumCertificate, _ out: inout SimplexOutput) {
        let news = Array(blocks.drop { $0.height <= final.height })
        guard let first = news.first, certificate.view > final.view else { return }
        let isNext = first.parent == final.digest && first.height == final.height.next
        guard isNext || rules.sabotage == .runUnchecked else { return }
        out.append(.certificate(certificate))
        finalize(news, by: certificate, &out)
    }

    // MARK: Lost memory

    mutating func askForViews(_ out: inout SimplexOutput) {
        out.emit(.event(.recovering))
        out.emit(.broadcast(.viewRequest))
    }

    /// Only whoever remembers its own promises answers.
    mutating func reportView(to peer: ValidatorIndex, _ out: inout SimplexOutput) {
        guard case .ready = signer.standing else { return }
        let entry = entryCertificate
        guard entry != nil || view == View.genesis.next else { return }
        out.emit(.send(.viewReport(view, entry), to: peer))
    }

    mutating func hear(
        _ view: View, _ certificate: QuorumCertificate?, from peer: ValidatorIndex, _ out: inout SimplexOutput
    ) {
        guard signer.standing == .lost else { return }
        if rules.sabotage == .viewsUnproven { return count(report: view, of: peer, &out) }
        guard let certificate else {
            if view == View.genesis.next { count(report: view, of: peer, &out) }
            return
        }
        guard certificate.vote.epoch == configuration.epoch, certificate.view.next == view,
            rules.isAcceptable(certificate)
        else { return out.emit(.blame(peer, .badCertificate)) }
        guard admitTicket(of: peer) else { return }
        verify(certificate.votes, for: .report(view, from: peer), &out)
    }

    /// With a quorum's views nothing above the largest plus one can have been promised.
    mutating func count(report view: View, of peer: ValidatorIndex, _ out: inout SimplexOutput) {
        guard signer.standing == .lost else { return }
        reports[Int(peer.value)] = max(reports[Int(peer.value)] ?? .genesis, view)
        let reporters = SignerSet(configuration.validators.indices.filter { reports[Int($0.value)] != nil })
        guard configuration.validators.isQuorum(reporters) else { return }
        let largest = reports.compactMap { $0 }.max() ?? .genesis
        signer.standing = .abstaining(through: largest.next)
        out.append(.signer(signer.standing))
        out.emit(.event(.abstaining(through: largest.next)))
    }
}
