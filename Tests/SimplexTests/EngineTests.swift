import Primitives
import Quorum
import Simplex
import Storage
import Testing

/// One engine of four, called by hand; the test plays its journal and the other three.
struct Bench {
    var engine: SimplexEngine
    var now = Instant(nanoseconds: 1_000_000_000)
    var journal: Journal
    var disk = FaultyDisk()
    var position = LSN.zero
    static let genesis = Digest([UInt8](repeating: 7, count: 32)) ?? .zero

    static func configuration(me: UInt8 = 0) -> SimplexConfiguration {
        guard let set = ValidatorSet(weights: [1, 1, 1, 1]) else { preconditionFailure("four validators") }
        var configuration = SimplexConfiguration(
            epoch: Epoch(0), validators: set, me: ValidatorIndex(me), genesis: genesis)
        configuration.schedule = .listed((0..<100).map { ValidatorIndex(UInt8(($0 + 1) % 4)) })
        return configuration
    }

    init(me: UInt8 = 0) throws {
        engine = SimplexEngine(Self.configuration(me: me))
        journal = Journal(JournalRecovery(newJournal: JournalID(1)))
        let first = try journal.append(SimplexEngine.firstRecord.kind, SimplexEngine.firstRecord.payload)
        try flush()
        engine.replay(SimplexEngine.firstRecord, at: first)
    }

    private mutating func flush() throws {
        while let step = journal.poll() {
            try disk.perform(step)
            _ = journal.finish()
        }
    }

    /// Takes an input; records go into the journal, unsynced.
    mutating func handle(_ input: SimplexInput, after milliseconds: Int64 = 0) throws -> [SimplexEffect] {
        now = now + .milliseconds(milliseconds)
        var output = SimplexOutput(nextPosition: journal.last.next)
        engine.handle(input, at: now, output: &output)
        for effect in output.effects {
            guard case .append(let record, let position) = effect else { continue }
            #expect(try journal.append(record.kind, record.payload) == position)
        }
        return output.effects
    }

    mutating func start() throws -> [SimplexEffect] { try handle(.start(.genesis(Self.genesis), journal.synced)) }
    mutating func sync() throws -> [SimplexEffect] {
        try flush()
        return try handle(.synced(journal.synced))
    }

    static func vote(_ choice: Vote.Choice, view: UInt64, by signer: UInt8) -> SignedVote {
        SignedVote(
            vote: Vote(epoch: Epoch(0), view: View(view), choice), signer: ValidatorIndex(signer), signature: [signer])
    }
    static func block(view: UInt64 = 1, byte: UInt8 = 1) -> Block {
        Block(
            view: View(view), height: Height(view), parentView: View(view - 1), parent: genesis,
            digest: Digest([UInt8](repeating: byte, count: 32)) ?? .zero, body: [byte])
    }

    /// Lets every check of signatures pass.
    mutating func pass(_ effects: [SimplexEffect]) throws -> [SimplexEffect] {
        var results: [SimplexEffect] = []
        for effect in effects {
            if case .verify(let ticket, let votes) = effect {
                let answers = try handle(.verified(ticket, votes.map { _ in true }))
                results += answers + (try pass(answers))
            }
        }
        return results
    }
    mutating func hear(_ message: SimplexMessage, from peer: UInt8) throws -> [SimplexEffect] {
        try pass(try handle(.message(message, from: ValidatorIndex(peer))))
    }
}

extension [SimplexEffect] {
    var signed: [Vote] { compactMap { if case .sign(let vote) = $0 { vote.vote } else { nil } } }
    var promised: [Vote] {
        compactMap { if case .append(.promise(let vote), _) = $0 { vote } else { nil } }
    }
    var blamed: [ValidatorIndex] { compactMap { if case .blame(let peer, _) = $0 { peer } else { nil } } }
    var deadline: Instant? { compactMap { if case .setTimer(let instant) = $0 { instant } else { nil } }.last }
}

@Suite("Simplex, one engine")
struct EngineTests {
    @Test("a vote is promised, synced, signed, sent: in this order and no other")
    func order() throws {
        var bench = try Bench()
        _ = try bench.start()
        let block = Bench.block()
        let proposal = SimplexMessage.proposal(block, Bench.vote(.notarize(block.candidate), view: 1, by: 1))
        #expect(try bench.hear(proposal, from: 1).contains(.check(block)))
        let checked = try bench.handle(.checked(View(1), block.digest, true))
        #expect(checked.promised.map(\.kind) == [.notarize])
        #expect(checked.signed.isEmpty, "nothing is signed before it is on disk")
        let isBlockFirst = checked.contains { if case .append(.block(block), _) = $0 { true } else { false } }
        #expect(isBlockFirst)
        let synced = try bench.sync()
        #expect(synced.signed == checked.promised)
        let own = SignedVote(vote: checked.promised[0], signer: ValidatorIndex(0), signature: [0])
        #expect(try bench.handle(.signed(own)).contains(.broadcast(.votes([own]))))
    }

    @Test("notarized, certified, finalized: a block becomes final with three of four")
    func finality() throws {
        var bench = try Bench()
        _ = try bench.start()
        let block = Bench.block()
        _ = try bench.hear(.proposal(block, Bench.vote(.notarize(block.candidate), view: 1, by: 1)), from: 1)
        _ = try bench.hear(.votes([Bench.vote(.notarize(block.candidate), view: 1, by: 2)]), from: 2)
        let notarized = try bench.hear(.votes([Bench.vote(.notarize(block.candidate), view: 1, by: 3)]), from: 3)
        #expect(notarized.contains(.certify(block)))
        #expect(bench.engine.view == View(1), "no view is left before its block is certified")
        let certified = try bench.handle(.certified(View(1), block.digest, true))
        #expect(certified.promised.map(\.kind) == [.finalize])
        #expect(bench.engine.view == View(2))
        var effects: [SimplexEffect] = []
        for peer in [1, 2, 3] as [UInt8] {
            effects += try bench.hear(.votes([Bench.vote(.finalize(block.candidate), view: 1, by: peer)]), from: peer)
        }
        let final = effects.contains { if case .finalized(block, .some) = $0 { true } else { false } }
        #expect(final && bench.engine.final == block.anchor)
    }

    @Test("the vote that completes a quorum may be our own or the leader's")
    func lastVote() throws {
        let block = Bench.block()
        let proposal = SimplexMessage.proposal(block, Bench.vote(.notarize(block.candidate), view: 1, by: 1))
        var bench = try Bench()
        _ = try bench.start()
        for peer in [2, 3] as [UInt8] {
            _ = try bench.hear(.votes([Bench.vote(.notarize(block.candidate), view: 1, by: peer)]), from: peer)
        }
        #expect(try bench.hear(proposal, from: 1).contains(.certify(block)), "the leader's")

        bench = try Bench()
        _ = try bench.start()
        _ = try bench.hear(proposal, from: 1)
        _ = try bench.hear(.votes([Bench.vote(.notarize(block.candidate), view: 1, by: 2)]), from: 2)
        let vote = try #require(try bench.handle(.checked(View(1), block.digest, true)).promised.first)
        _ = try bench.sync()
        let own = SignedVote(vote: vote, signer: ValidatorIndex(0), signature: [0])
        #expect(try bench.pass(try bench.handle(.signed(own))).contains(.certify(block)), "our own")
    }

    @Test("a block that fails certification is given up, never finalized")
    func failedCertification() throws {
        var bench = try Bench()
        _ = try bench.start()
        let block = Bench.block()
        _ = try bench.hear(.proposal(block, Bench.vote(.notarize(block.candidate), view: 1, by: 1)), from: 1)
        for peer in [2, 3] as [UInt8] {
            _ = try bench.hear(.votes([Bench.vote(.notarize(block.candidate), view: 1, by: peer)]), from: peer)
        }
        #expect(try bench.handle(.certified(View(1), block.digest, false)).promised.map(\.kind) == [.nullify])
    }

    @Test("an idle view has no timers but the heartbeat; a waiting commit starts them")
    func idle() throws {
        var bench = try Bench()
        let deadline = try bench.start().deadline
        #expect(deadline == bench.now + Bench.configuration().heartbeat)
        let woken = try bench.handle(.payloadWaits(true), after: 1)
        #expect(woken.deadline.map { $0 <= bench.now + .milliseconds(50) } == true)
        #expect(try bench.handle(.timer, after: 50).promised.map(\.kind) == [.nullify], "the leader stayed silent")
    }

    @Test("f + 1 who give up are joined; f are not")
    func joining() throws {
        var bench = try Bench()
        _ = try bench.start()
        #expect(try bench.hear(.votes([Bench.vote(.nullify, view: 1, by: 2)]), from: 2).promised.isEmpty)
        #expect(
            try bench.hear(.votes([Bench.vote(.nullify, view: 1, by: 3)]), from: 3).promised.map(\.kind) == [.nullify])
    }

    @Test("an equivocating leader is reported, once, and its view isn't finalized")
    func equivocation() throws {
        var bench = try Bench()
        _ = try bench.start()
        let block = Bench.block()
        let rival = Bench.block(byte: 2)
        _ = try bench.hear(.proposal(block, Bench.vote(.notarize(block.candidate), view: 1, by: 1)), from: 1)
        let second = SimplexMessage.proposal(rival, Bench.vote(.notarize(rival.candidate), view: 1, by: 1))
        let reports = try bench.hear(second, from: 1) + bench.hear(second, from: 2)
        let evidence = reports.compactMap { if case .report(let evidence) = $0 { evidence } else { nil } }
        #expect(evidence.map(\.culprit.value) == [1])
        for peer in [2, 3] as [UInt8] {
            _ = try bench.hear(.votes([Bench.vote(.notarize(block.candidate), view: 1, by: peer)]), from: peer)
        }
        #expect(try bench.handle(.certified(View(1), block.digest, true)).promised.isEmpty)
        #expect(bench.engine.view == View(2))
    }

    @Test("signatures are checked when they matter, and a bad one is blamed on who sent it")
    func laziness() throws {
        var bench = try Bench()
        _ = try bench.start()
        let candidate = Bench.block().candidate
        let first = try bench.handle(
            .message(.votes([Bench.vote(.notarize(candidate), view: 1, by: 2)]), from: ValidatorIndex(2)))
        #expect(!first.contains { if case .verify = $0 { true } else { false } })
        _ = try bench.handle(
            .message(.votes([Bench.vote(.notarize(candidate), view: 1, by: 3)]), from: ValidatorIndex(3)))
        let third = try bench.handle(
            .message(.votes([Bench.vote(.notarize(candidate), view: 1, by: 1)]), from: ValidatorIndex(3)))
        guard
            case .verify(let ticket, let votes)? = third.first(where: { if case .verify = $0 { true } else { false } })
        else {
            Issue.record("the leader's vote is checked at once")
            return
        }
        #expect(votes.map(\.signer.value) == [1])
        #expect(try bench.handle(.verified(ticket, [false])).blamed == [ValidatorIndex(3)])
    }

    @Test("a restart offers its promises again and doesn't contradict them")
    func restart() throws {
        var bench = try Bench()
        _ = try bench.start()
        _ = try bench.handle(.payloadWaits(true))
        let given = try bench.handle(.timer, after: 100)
        #expect(given.promised.map(\.kind) == [.nullify])
        var records: [JournalRecord] = []
        var disk = bench.disk
        _ = try bench.sync()
        disk = bench.disk
        let recovery = try disk.recover(freshID: JournalID(2)) { records.append($0) }
        var engine = SimplexEngine(Bench.configuration())
        for record in records {
            engine.replay(try SimplexRecord(kind: record.kind, payload: record.payload), at: record.lsn)
        }
        var output = SimplexOutput(nextPosition: recovery.last.next)
        engine.handle(.start(.genesis(Bench.genesis), Journal(recovery).synced), at: bench.now, output: &output)
        #expect(output.effects.signed == given.promised)
        bench.engine = engine
        bench.journal = Journal(recovery)
        let block = Bench.block()
        let proposal = SimplexMessage.proposal(block, Bench.vote(.notarize(block.candidate), view: 1, by: 1))
        #expect(!(try bench.hear(proposal, from: 1)).contains(.check(block)), "the view was given up")
    }

    @Test("an engine without its first record has lost its memory: it asks a quorum, abstains, and votes again later")
    func lostMemory() throws {
        var engine = SimplexEngine(Bench.configuration())
        var output = SimplexOutput(nextPosition: .first)
        let synced = Journal(JournalRecovery(newJournal: JournalID(3))).synced
        engine.handle(.start(.genesis(Bench.genesis), synced), at: Instant(nanoseconds: 0), output: &output)
        #expect(output.effects.contains(.broadcast(.viewRequest)))
        for peer in [1, 2, 3] as [UInt8] {
            #expect(engine.status.standing == .lost)
            engine.handle(
                .message(.viewReport(View(1), nil), from: ValidatorIndex(peer)), at: Instant(nanoseconds: 0),
                output: &output)
        }
        #expect(engine.status.standing == .abstaining(through: View(2)))
        engine.handle(
            .message(.viewReport(View(1 << 40), nil), from: ValidatorIndex(1)), at: Instant(nanoseconds: 0),
            output: &output)
        #expect(engine.status.standing == .abstaining(through: View(2)))
    }

    @Test("votes of far views are not kept, whoever sends them")
    func bounds() throws {
        var bench = try Bench()
        _ = try bench.start()
        for view in UInt64(2)...2_000 {
            _ = try bench.handle(.message(.votes([Bench.vote(.nullify, view: view, by: 2)]), from: ValidatorIndex(2)))
            for byte in UInt8(0)..<8 {
                let ghost = Bench.block(view: view, byte: byte).candidate
                let vote = Bench.vote(.notarize(ghost), view: view, by: 2)
                _ = try bench.handle(.message(.votes([vote]), from: ValidatorIndex(2)))
            }
        }
        #expect(bench.engine.status.roundCount <= 10)
        #expect(bench.engine.status.voteCount <= 10 * 5)
    }

    @Test("round_timeout must be shorter than proposal_timeout")
    func configuration() {
        var configuration = Bench.configuration()
        #expect(configuration.problems().isEmpty)
        configuration.maxAdvanceTimeout = configuration.maxLeaderTimeout
        #expect(configuration.problems() == ["proposal_timeout must be longer than round_timeout"])
    }
}
