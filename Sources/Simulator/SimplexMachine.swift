import Primitives
@_spi(Sabotage) import Quorum
@_spi(Sabotage) import Simplex
import Storage

/// A validator's machine: an engine, its journal on a disk that tears, its final chain, its application, its clock.
struct SimplexMachine: Participant {
    /// What stays, whatever happens to the machine.
    struct Specification {
        var number: Int
        var identity: ValidatorIndex
        var configuration: SimplexConfiguration
        var network: UInt64
        var sabotage: Sabotage?
        var seed: UInt64
        /// Nanoseconds for one sync; others take part of it.
        var syncLatency: UInt64
        var checkLatency: UInt64
    }

    /// What an observer is to see.
    enum Observation {
        /// One of its own votes leaves; whether its record is on disk by then.
        case sent(SignedVote, isDurable: Bool)
        case certified(QuorumCertificate)
        case finalized(Block)
        case reported(Evidence)
        case entered(View)
        case booted(Anchor)
        case blamed(ValidatorIndex, Misbehaviour)
        case abstaining(View)
    }

    private enum Work {
        case input(SimplexInput)
        case synced
        case storeSynced
        case timer
    }

    private struct Due {
        var at: Instant
        var work: Work
    }

    let specification: Specification
    private(set) var engine: SimplexEngine?
    private var journal: Journal
    private var disk = FaultyDisk()
    private var step: JournalStep?
    /// Kept beside the store before any segment is removed.
    private var checkpoint = LSN.zero
    private var isStoreSyncing = false
    private(set) var store = ChainStore()
    private(set) var application = MockApplication()
    private var due: [Due] = []
    private var timerAt: Instant?
    private var inbox: [SimplexInput] = []
    private var outbox: [Outgoing<SimplexMessage>] = []
    private var random: PRNG
    private var crashCountdown: Int?
    private var bootCount: UInt64 = 0
    /// Commits that wait, in their order.
    private(set) var waiting: [UInt64] = []
    private(set) var included: Set<UInt64> = []
    /// Where the promise of a vote stands in the journal.
    private var promised: [Vote: LSN] = [:]
    var adversary: (any Adversary)?
    private(set) var isUp = false
    private(set) var effectCount: UInt64 = 0
    var observations: [Observation] = []
    var audit = AuditDigest()
    /// Slows the disk down.
    var diskFactor: UInt64 = 1

    /// Segments so small that they are turned over and removed.
    private static let journalConfiguration: Journal.Configuration = {
        var configuration = Journal.Configuration()
        configuration.segmentByteCount = 4_096
        return configuration
    }()

    init(_ specification: Specification) {
        self.specification = specification
        random = PRNG(seed: specification.seed)
        journal = Journal(
            JournalRecovery(newJournal: JournalID(specification.seed)), configuration: Self.journalConfiguration)
        var fresh = journal
        write(SimplexEngine.firstRecord, to: &fresh)
        journal = fresh
    }

    /// The first record, put on the disk before the machine is ever switched on.
    private mutating func write(_ record: SimplexRecord, to journal: inout Journal) {
        do {
            _ = try journal.append(record.kind, record.payload)
            while let step = journal.poll() {
                try disk.perform(step)
                _ = journal.finish()
            }
        } catch { preconditionFailure("a new disk takes a record") }
    }

    // MARK: Power

    mutating func boot(at now: Instant) {
        bootCount += 1
        isUp = true
        var engine = SimplexEngine(specification.configuration, sabotage: specification.sabotage)
        application = MockApplication()
        for block in store.blocks { application.finalize(block) }
        var records: [JournalRecord] = []
        do {
            let freshID = JournalID(specification.seed &+ bootCount)
            let recovery = try disk.recover(checkpoint: checkpoint, freshID: freshID) { records.append($0) }
            journal = Journal(recovery, configuration: Self.journalConfiguration)
        } catch { preconditionFailure("a disk that tears is no disk that rots") }
        promised = [:]
        for record in records {
            do {
                let read = try SimplexRecord(kind: record.kind, payload: record.payload)
                if case .promise(let vote) = read { promised[vote] = record.lsn }
                engine.replay(read, at: record.lsn)
            } catch { preconditionFailure("what was written can be read") }
        }
        self.engine = engine
        observations.append(.booted(store.anchor))
        feed(.start(store.anchor, journal.synced), at: now)
        feed(.stored(store.height), at: now)
        if !waiting.isEmpty { feed(.payloadWaits(true), at: now) }
    }

    mutating func powerOff() {
        guard isUp else { return }
        isUp = false
        engine = nil
        due = []
        timerAt = nil
        inbox = []
        crashCountdown = nil
        if let step {
            do { try disk.perform(step, syncing: false) } catch { preconditionFailure("the disk isn't full") }
        }
        step = nil
        isStoreSyncing = false
        disk.crash(&random)
        store.crash(&random)
        included = Set(store.blocks.flatMap { MockApplication.content(of: $0)?.commits ?? [] })
    }

    mutating func wipe() {
        disk = FaultyDisk()
        checkpoint = .zero
        store = ChainStore()
        included = []
        journal = Journal(
            JournalRecovery(newJournal: JournalID(specification.seed &+ 7919 &* (bootCount + 1))),
            configuration: Self.journalConfiguration)
    }

    mutating func armCrash(afterEffects count: Int) { crashCountdown = isUp ? count : nil }

    // MARK: Inputs

    mutating func receive(_ message: SimplexMessage, from sender: Int, at now: Instant) {
        guard isUp, isVouchedFor(message) else { return }
        let peer = ValidatorIndex(UInt8(sender))
        withAdversary { adversary, hands in adversary.overhear(message, from: peer, &hands) }
        feed(.message(message, from: peer), at: now)
    }

    /// A client's commit, which is pushed to every machine.
    mutating func submit(_ commit: UInt64, at now: Instant) {
        guard !included.contains(commit) else { return }
        waiting.append(commit)
        guard isUp else { return }
        feed(.payloadWaits(true), at: now)
    }

    mutating func wake(at now: Instant) {
        while isUp, let index = due.indices.min(by: { due[$0].at < due[$1].at }), due[index].at <= now {
            let work = due.remove(at: index).work
            switch work {
            case .input(let input): feed(input, at: now)
            case .synced: completeSync(at: now)
            case .storeSynced: completeStoreSync(at: now)
            case .timer: feed(.timer, at: now)
            }
        }
        if isUp, let timerAt, timerAt <= now {
            self.timerAt = nil
            feed(.timer, at: now)
        }
    }

    var wakeTime: Instant? {
        guard isUp else { return nil }
        return ([timerAt].compactMap { $0 } + due.map(\.at)).min()
    }

    mutating func takeOutbox() -> [Outgoing<SimplexMessage>] {
        var taken: [Outgoing<SimplexMessage>] = []
        swap(&taken, &outbox)
        return taken
    }

    /// The host's part: blocks are what their digests say.
    private func isVouchedFor(_ message: SimplexMessage) -> Bool {
        switch message {
        case .proposal(let block, _), .block(let block): MockApplication.content(of: block) != nil
        case .run(let blocks, _): blocks.allSatisfy { MockApplication.content(of: $0) != nil }
        default: true
        }
    }

    private mutating func feed(_ input: SimplexInput, at now: Instant) {
        inbox.append(input)
        var position = 0
        while position < inbox.count, isUp {
            let input = inbox[position]
            position += 1
            var output = SimplexOutput(nextPosition: journal.last.next)
            engine?.handle(input, at: now, output: &output)
            input.absorb(into: &audit)
            for effect in output.effects where isUp {
                perform(effect, at: now)
                effectCount += 1
                guard let left = crashCountdown else { continue }
                crashCountdown = left - 1
                if left <= 0 { powerOff() }
            }
        }
        inbox = []
    }

    // MARK: Effects

    private mutating func perform(_ effect: SimplexEffect, at now: Instant) {
        switch effect {
        case .append(let record, let position): append(record, position, at: now)
        case .sign(let vote): answer(.signed(key.sign(vote)), after: 0, at: now)
        case .verify(let ticket, let votes):
            let verifier = MockVerifier(network: specification.network)
            answer(.verified(ticket, votes.map(verifier.isValid)), after: specification.checkLatency, at: now)
        case .send(let message, let peer): send(message, to: [peer])
        case .broadcast(let message):
            send(message, to: specification.configuration.validators.indices.filter { $0 != specification.identity })
        case .propose(let context): propose(context, at: now)
        case .check(let block):
            answer(
                .checked(block.view, block.digest, application.check(block)), after: specification.checkLatency, at: now
            )
        case .certify(let block):
            answer(
                .certified(block.view, block.digest, application.certify(block)), after: specification.checkLatency,
                at: now)
        case .finalized(let block, let certificate): finalize(block, certificate, at: now)
        case .serve(let peer, let height):
            if let (blocks, certificate) = store.run(after: height, limit: 32) {
                send(.run(blocks, certificate), to: [peer])
            }
        case .report(let evidence): observations.append(.reported(evidence))
        case .blame(let peer, let why): observations.append(.blamed(peer, why))
        case .setTimer(let deadline): timerAt = deadline
        case .trim(let position):
            checkpoint = position.previous
            journal.truncate(through: checkpoint)
        case .event(let event): observe(event)
        }
    }

    private mutating func observe(_ event: SimplexEvent) {
        switch event {
        case .entered(let view, _):
            observations.append(.entered(view))
            withAdversary { adversary, hands in adversary.enter(view, &hands) }
        case .abstaining(let view): observations.append(.abstaining(view))
        case .certificate(let vote):
            // The engine's own word; the certificate itself is checked where it is journaled.
            audit.absorb(vote.view.value)
        case .gaveUp, .recovering: break
        }
    }

    private var key: MockKey { MockKey(signer: specification.identity, network: specification.network) }

    private mutating func answer(_ input: SimplexInput, after latency: UInt64, at now: Instant) {
        guard latency > 0 else { return inbox.append(input) }
        due.append(Due(at: now + Interval(nanoseconds: Int64(random.next() % latency)), work: .input(input)))
    }

    private mutating func propose(_ context: ProposalContext, at now: Instant) {
        waiting.removeAll { included.contains($0) }
        let commits = Array(waiting.prefix(MockApplication.maxCommitCount))
        let block = commits.isEmpty && !context.isForced ? nil : application.make(context, commits)
        answer(.proposed(context.view, block), after: specification.checkLatency, at: now)
    }

    private mutating func finalize(_ block: Block, _ certificate: QuorumCertificate?, at now: Instant) {
        store.append(block, certificate)
        application.finalize(block)
        observations.append(.finalized(block))
        let before = waiting.count
        for commit in MockApplication.content(of: block)?.commits ?? [] { included.insert(commit) }
        waiting.removeAll { included.contains($0) }
        if before != waiting.count { inbox.append(.payloadWaits(!waiting.isEmpty)) }
        guard !isStoreSyncing else { return }
        isStoreSyncing = true
        schedule(.storeSynced, after: 20 * specification.syncLatency + 1, at: now)
    }

    private mutating func completeStoreSync(at now: Instant) {
        isStoreSyncing = false
        store.sync()
        feed(.stored(store.height), at: now)
    }

    // MARK: Journal

    private mutating func append(_ record: SimplexRecord, _ position: LSN, at now: Instant) {
        if case .certificate(let certificate) = record { observations.append(.certified(certificate)) }
        if case .promise(let vote) = record, promised[vote] == nil { promised[vote] = position }
        do {
            let given = try journal.append(record.kind, record.payload)
            precondition(given == position, "the engine numbers records as the journal does")
        } catch { preconditionFailure("the journal takes records while the disk works") }
        startSync(at: now)
    }

    private mutating func startSync(at now: Instant) {
        guard step == nil, let next = journal.poll() else { return }
        step = next
        schedule(.synced, after: specification.syncLatency * diskFactor, at: now)
    }

    private mutating func completeSync(at now: Instant) {
        guard let step else { return }
        do { try disk.perform(step) } catch { preconditionFailure("the disk isn't full") }
        self.step = nil
        let before = journal.synced
        let synced = journal.finish()
        startSync(at: now)
        if synced != before { feed(.synced(synced), at: now) }
    }

    private mutating func schedule(_ work: Work, after latency: UInt64, at now: Instant) {
        let delay = latency / 2 + random.next() % (latency / 2 + 1)
        due.append(Due(at: now + Interval(nanoseconds: Int64(delay)), work: work))
    }

    // MARK: Sending

    private mutating func send(_ message: SimplexMessage, to peers: [ValidatorIndex]) {
        var outgoing = peers.map { Outgoing(recipient: Int($0.value), message: message) }
        withAdversary { adversary, hands in outgoing = adversary.rewrite(outgoing, &hands) }
        release(outgoing)
    }

    private mutating func release(_ outgoing: [Outgoing<SimplexMessage>]) {
        for item in outgoing {
            observeVotes(of: item.message)
            outbox.append(item)
        }
    }

    private mutating func observeVotes(of message: SimplexMessage) {
        switch message {
        case .proposal(_, let vote): observe(vote)
        case .votes(let votes): for vote in votes where vote.signer == specification.identity { observe(vote) }
        default: break
        }
    }

    private mutating func observe(_ vote: SignedVote) {
        let isDurable = promised[vote.vote].map { $0 <= journal.synced.lsn } ?? false
        observations.append(.sent(vote, isDurable: isDurable))
    }

    private mutating func withAdversary(_ body: (inout any Adversary, inout Hands) -> Void) {
        guard var adversary else { return }
        var hands = Hands(
            key: key, configuration: specification.configuration, application: application,
            view: engine?.view ?? .genesis, final: engine?.final ?? .genesis(MockApplication.genesis), random: random)
        body(&adversary, &hands)
        random = hands.random
        self.adversary = adversary
        release(hands.extra)
    }
}
