import Certificates
import Consensus
import MeshCrypto
import Primitives
import Testing

/// Scenarios of the PoA engine: inputs in, effects compared.
struct PoAEngineTests {
    @Test("a start takes a new term, and cuts nothing before the term is durable")
    func opening() {
        var bench = Bench()
        #expect(bench.handle(.start(ChainState())) == [.journal(.term(Term(1)))])
        #expect(bench.handle(.payloadWaits) == [])
        #expect(bench.engine.status.phase == "opening")
        #expect(bench.handle(.journaled(.term(Term(1)))) == [.requestPayload(Bench.limits)])
        #expect(bench.handle(.payload(Bench.nothing)) == [.setTimer(bench.now.instant + Bench.heartbeat)])
        #expect(bench.engine.status.phase == "idle")
    }

    @Test("a lone commit goes from waiting to final in the order of durability")
    func lifeOfABlock() {
        var bench = Bench.idle()
        #expect(bench.handle(.payloadWaits) == [.requestPayload(Bench.limits)])
        let proposal = Proposal(
            height: Height(1), parent: Bench.network.digest, term: Term(1), sequencer: Bench.node,
            payloadRoot: Bench.digest(7), time: bench.now.wall)
        #expect(bench.handle(.payload(Bench.payload(7))) == [.execute(proposal)])
        let header = Bench.header(proposal, roots: 1)
        #expect(bench.handle(.executed(Height(1), Bench.roots(1))) == [.journal(.block(header))])
        #expect(bench.engine.status.height == .genesis)
        #expect(
            bench.handle(.journaled(.block(header))) == [
                .included(header), .sign(header), .requestPayload(Bench.limits),
            ])
        #expect(bench.engine.status.height == Height(1))
        #expect(bench.engine.status.finalHeight == .genesis)
        _ = bench.handle(.payload(Bench.nothing))
        #expect(
            bench.handle(.signed(Height(1), Bench.signature(1))) == [.journal(.finality(header, Bench.signature(1)))])
        #expect(bench.engine.status.finalHeight == .genesis)
        #expect(
            bench.handle(.journaled(.finality(header, Bench.signature(1)))) == [.final(header, Bench.signature(1))])
        #expect(bench.engine.status.finalHeight == Height(1))
    }

    @Test("one block is in flight; what comes meanwhile goes into the next")
    func oneInFlight() {
        var bench = Bench.idle()
        _ = bench.handle(.payloadWaits)
        _ = bench.handle(.payload(Bench.payload(1)))
        #expect(bench.handle(.payloadWaits) == [])
        #expect(bench.handle(.timer) == [])
        guard let header = bench.execute(roots: 1) else {
            Issue.record("no header")
            return
        }
        #expect(bench.handle(.payloadWaits) == [])
        #expect(bench.handle(.journaled(.block(header))).last == .requestPayload(Bench.limits))
        guard case .execute(let second)? = bench.handle(.payload(Bench.payload(2))).last else {
            Issue.record("no second block")
            return
        }
        #expect(second.height == Height(2))
        #expect(second.parent == header.digest)
    }

    @Test("header times rise even when the clock stands still or steps back")
    func risingTimes() throws {
        var bench = Bench.idle()
        let first = try bench.block(payload: 1)
        let second = try bench.block(payload: 2)
        bench.now.wall = WallTime(milliseconds: bench.now.wall.milliseconds - 500)
        let third = try bench.block(payload: 3)
        #expect(second.time.milliseconds == first.time.milliseconds + 1)
        #expect(third.time.milliseconds == second.time.milliseconds + 1)
    }

    @Test("no block is cut whose header followers would refuse as from the future")
    func clockBehind() throws {
        var bench = Bench.idle()
        let first = try bench.block(payload: 1)
        bench.now.wall = WallTime(milliseconds: first.time.milliseconds - 20_000)
        #expect(
            bench.handle(.payloadWaits) == [
                .clockBehind(.seconds(20)), .setTimer(bench.now.instant + .seconds(1)),
            ])
        #expect(bench.engine.status.phase == "waiting for the clock")
        bench.advance(.seconds(15))
        #expect(bench.handle(.timer) == [.requestPayload(Bench.limits)])
    }

    @Test("the heartbeat cuts an empty block, and only then")
    func heartbeat() {
        var bench = Bench.idle()
        bench.advance(.milliseconds(9_999))
        #expect(bench.handle(.timer) == [.requestPayload(Bench.limits)])
        #expect(bench.handle(.payload(Bench.nothing)) == [.setTimer(bench.now.instant + .milliseconds(1))])
        bench.advance(.milliseconds(1))
        _ = bench.handle(.timer)
        guard case .execute? = bench.handle(.payload(Bench.nothing)).last else {
            Issue.record("no heartbeat")
            return
        }
    }

    @Test("an expiry cuts a block when it falls due")
    func expiry() {
        var bench = Bench.idle()
        let due = bench.now.wall + .milliseconds(2_500)
        _ = bench.handle(.due(due))
        #expect(bench.handle(.payload(Bench.nothing)) == [.setTimer(bench.now.instant + .milliseconds(2_500))])
        bench.advance(.milliseconds(2_500))
        _ = bench.handle(.timer)
        guard case .execute(let proposal)? = bench.handle(.payload(Bench.nothing)).last else {
            Issue.record("nothing was cut")
            return
        }
        #expect(proposal.time >= due)
        // The state machine hasn't said what comes next: no storm of empty blocks in the meantime.
        guard let header = bench.execute(roots: 3) else {
            Issue.record("no header")
            return
        }
        _ = bench.handle(.journaled(.block(header)))
        #expect(bench.handle(.payload(Bench.nothing)).count == 1)
        #expect(bench.engine.status.phase == "idle")
    }

    @Test("a deadline at the end of time neither traps nor wakes anybody", arguments: [Int64.max, Int64.min, 0])
    func extremeDue(milliseconds: Int64) {
        var bench = Bench.idle()
        _ = bench.handle(.due(WallTime(milliseconds: milliseconds)))
        let effects = bench.handle(.payload(Bench.nothing))
        #expect(effects.count == 1)
    }

    @Test("while one header is being signed, later ones wait, and the newest stands for all of them")
    func oneSignatureForSeveral() throws {
        var bench = Bench.idle()
        let first = try bench.block(payload: 1)
        _ = try bench.block(payload: 2)
        let third = try bench.block(payload: 3)
        #expect(bench.signs == [first])
        _ = bench.handle(.signed(Height(1), Bench.signature(1)))
        _ = bench.handle(.journaled(.finality(first, Bench.signature(1))))
        #expect(bench.signs == [first, third])
        _ = bench.handle(.signed(Height(3), Bench.signature(3)))
        #expect(bench.handle(.journaled(.finality(third, Bench.signature(3)))) == [.final(third, Bench.signature(3))])
        #expect(bench.engine.status.finalHeight == Height(3))
    }

    @Test("a restart cuts no block in an old term, and signs the inherited header unchanged")
    func restart() throws {
        var before = Bench.idle()
        let inherited = try before.block(payload: 1)
        var bench = Bench()
        let chain = ChainState(head: inherited, finalHeight: .genesis, lastTerm: Term(1))
        #expect(bench.handle(.start(chain)) == [.journal(.term(Term(2))), .sign(inherited)])
        #expect(bench.handle(.payloadWaits) == [])
        _ = bench.handle(.journaled(.term(Term(2))))
        guard case .execute(let next)? = bench.handle(.payload(Bench.payload(2))).last else {
            Issue.record("no block after the restart")
            return
        }
        #expect(next.term == Term(2))
        #expect(next.parent == inherited.digest)
        #expect(next.height == Height(2))
        #expect(
            bench.handle(.signed(Height(1), Bench.signature(1))) == [.journal(.finality(inherited, Bench.signature(1)))]
        )
    }

    @Test("a term that was taken but never used is not taken again")
    func unusedTerm() {
        var bench = Bench()
        #expect(bench.handle(.start(ChainState(lastTerm: Term(41)))) == [.journal(.term(Term(42)))])
    }

    @Test("completions of what isn't under way change nothing")
    func strays() throws {
        var bench = Bench.idle()
        let header = try bench.block(payload: 1)
        #expect(bench.handle(.start(ChainState())) == [])
        #expect(bench.handle(.executed(Height(2), Bench.roots(1))) == [])
        #expect(bench.handle(.journaled(.block(header))) == [])
        #expect(bench.handle(.journaled(.term(Term(9)))) == [])
        #expect(bench.handle(.payload(Bench.payload(1))) == [])
        #expect(bench.handle(.signed(Height(9), Bench.signature(9))) == [])
        #expect(bench.handle(.journaled(.finality(header, Bench.signature(1)))) == [])
        #expect(bench.engine.status.height == Height(1))
    }
}
