import CapnProto
import Certificates
import MeshSchema
import Primitives
import Testing

@testable import MeshState

/// Every outcome code, one scene each.
struct OutcomeTests {
    let ann = TestAgent("ann")
    let bob = TestAgent("bob")

    @Test func codesAreThoseOfTheTable() {
        #expect(Outcome.allCases.map(\.rawValue) == Array(0...20))
        #expect(Outcome.allCases.filter { !$0.consumesNonce } == [.duplicate, .nonceReused, .unknownAgent])
    }

    @Test func theSameLeafTwiceIsADuplicateAndAnotherLeafReusesTheNonce() throws {
        var world = try World([ann])
        let first = world.leaf(Make.commit())
        var other = first
        other.body = Transaction.Value(which: Make.fact("k", [1])).framed()
        let block = try world.cut([world.batch(ann, [first, first, other])])
        #expect(block.results.map(\.outcome) == [.applied, .duplicate, .nonceReused])
        let again = try world.cut([world.batch(ann, [other, first])])
        #expect(again.results.map(\.outcome) == [.nonceReused, .duplicate])
        let record = try #require(try world.view.commit(ann.id, nonce: first.nonce))
        #expect(record.height == block.height && record.result == .applied)
        #expect(try world.view.fact("k") == nil)
        #expect(try world.view.counts().commits == 1)
    }

    @Test func aRejectedLeafUsesItsNonceUp() throws {
        var world = try World([ann])
        let rejected = world.leaf(Make.claim("nowhere"))
        #expect(try world.cut([world.batch(ann, [rejected])]).results[0].outcome == .unknownTask)
        #expect(try world.view.commit(ann.id, nonce: rejected.nonce)?.result == .unknownTask)
        #expect(try world.cut([world.batch(ann, [rejected])]).results[0].outcome == .duplicate)
    }

    @Test func expiryHeightsBelowAndFarAhead() throws {
        var world = try World([ann])
        let height = world.height + 1
        var leaves = (0..<4).map { _ in world.leaf(Make.commit()) }
        leaves[0].expiryHeight = height - 1
        leaves[1].expiryHeight = height
        leaves[2].expiryHeight = height + 100_000
        leaves[3].expiryHeight = height + 100_001
        let block = try world.cut([world.batch(ann, leaves)])
        #expect(block.results.map(\.outcome) == [.expired, .applied, .applied, .expiryTooFar])
        leaves[0].expiryHeight = .max
        leaves[0].nonce = 99
        #expect(try world.cut([world.batch(ann, [leaves[0]])]).results[0].outcome == .expiryTooFar)
    }

    @Test func strangersWriteNothing() throws {
        var world = try World([ann])
        let before = try world.contents()
        #expect(try world.run(bob, Make.commit()) == .unknownAgent)
        #expect(try world.run(bob, .unknown(99)) == .unknownAgent)
        #expect(try world.contents() == before)
    }

    @Test func registrationsMoveAgentsAndKeepNamesUnique() throws {
        var world = try World([ann, bob])
        #expect(try world.run(ann, ann.registration(epoch: 1)) == .staleHomeEpoch)
        #expect(try world.run(ann, ann.registration(epoch: 0)) == .staleHomeEpoch)
        #expect(try world.run(ann, ann.registration(epoch: 2, name: "bob")) == .nameTaken)
        #expect(try world.view.agent(ann.id)?.homeEpoch == HomeEpoch(1))
        #expect(try world.run(ann, ann.registration(epoch: 5, name: "anna", role: "tester")) == .applied)
        let record = try #require(try world.view.agent(ann.id))
        #expect(record.homeEpoch == HomeEpoch(5) && record.role == "tester" && record.registeredHeight == Height(1))
        #expect(record.capabilities.tools == ["swift"] && record.bundle == ann.bundle)
        #expect(try world.view.agent(named: "ann") == nil)
        #expect(try world.run(bob, bob.registration(epoch: 2, name: "ann")) == .applied)
        #expect(try world.view.agent(named: "ann") == bob.id)
        #expect(try world.view.counts().agents == 2)
        #expect(try world.run(ann, ann.registration(epoch: 6, name: "")) == .applied)
        #expect(try world.view.agent(named: "anna") == nil)
    }

    @Test func aBundleOfSomebodyElse() throws {
        var world = try World([ann])
        #expect(try world.run(ann, bob.registration(epoch: 9)) == .wrongBundle)
        #expect(try world.run(bob, ann.registration(epoch: 9)) == .wrongBundle)
        #expect(try world.view.agent(bob.id) == nil)
    }

    @Test func factsAreComparedAndSet() throws {
        var world = try World([ann, bob])
        #expect(try world.run(ann, Make.fact("a/b", [1], expected: 1)) == .versionMismatch)
        #expect(try world.run([(ann, Make.fact("a/b", [1])), (bob, Make.fact("a/b", [2]))]) == [.applied, .versionMismatch])
        #expect(try world.run(bob, Make.fact("a/b", [3], expected: 1)) == .applied)
        #expect(try world.view.fact("a/b") == FactRecord(version: 2, writer: bob.id, value: [3]))
        #expect(world.lastBlock?.changes == [.fact(key: "a/b", version: 2, writer: bob.id)])
    }

    @Test func transfers() throws {
        var world = try World([ann, bob])
        #expect(try world.run(ann, Make.transfer(1001, to: bob)) == .insufficientFunds)
        #expect(try world.run(ann, Make.transfer(1, to: bob, asset: "other")) == .insufficientFunds)
        #expect(try world.run(ann, Make.transfer(1, to: TestAgent("nobody"))) == .unknownRecipient)
        #expect(try world.run(ann, Make.transfer(0, to: bob)) == .malformed)
        #expect(try world.run(ann, Make.transfer(10, to: ann)) == .applied)
        #expect(try world.view.balance(ann.id, asset: World.asset).amount == UInt256(1000))
        #expect(try world.run(ann, Make.transfer(1000, to: bob)) == .applied)
        #expect(try world.view.balance(bob.id, asset: World.asset).amount == UInt256(2000))
        #expect(try world.view.value(StateKey.balance(ann.id, asset: World.asset)) == nil)
    }

    @Test func holds() throws {
        var world = try World([ann, bob])
        let later = world.time.milliseconds + 60_000
        #expect(try world.run(ann, Make.hold("h", 400, to: bob, until: later)) == .applied)
        #expect(try world.run(ann, Make.hold("h", 1, to: bob, until: later)) == .holdExists)
        #expect(try world.run(ann, Make.hold("g", 601, to: bob, until: later)) == .insufficientFunds)
        #expect(try world.run(ann, Make.hold("g", 1, to: TestAgent("nobody"), until: later)) == .unknownRecipient)
        #expect(try world.run(ann, Make.hold("g", 1, to: bob, until: world.time.milliseconds)) == .notPermitted)
        #expect(try world.run(bob, Make.release("g", of: ann, pay: false)) == .unknownHold)
        #expect(try world.run(bob, Make.release("h", of: ann, pay: true)) == .notPermitted)
        #expect(try world.run(ann, Make.release("h", of: ann, pay: false)) == .notPermitted)
        #expect(try world.run(ann, Make.release("h", of: ann, pay: true)) == .applied)
        #expect(try world.view.balance(bob.id, asset: World.asset).amount == UInt256(1400))
        #expect(try world.run(ann, Make.hold("h", 600, to: bob, until: later)) == .applied)
        #expect(try world.run(bob, Make.release("h", of: ann, pay: false)) == .applied)
        #expect(try world.view.balance(ann.id, asset: World.asset) == BalanceRecord(amount: UInt256(600), held: .zero))
    }

    @Test func aHoldThatLapsesGoesBack() throws {
        var world = try World([ann, bob])
        let due = world.time.milliseconds + 10_000
        try world.run(ann, Make.hold("h", 400, to: bob, until: due))
        #expect(world.machine.nextExpiry == WallTime(milliseconds: due))
        #expect(try world.run(ann, Make.release("h", of: ann, pay: true), after: 10_000) == .unknownHold)
        #expect(try world.view.balance(ann.id, asset: World.asset).amount == UInt256(1000))
        #expect(world.machine.nextExpiry == nil)
    }

    @Test func limits() throws {
        var world = try World([ann])
        let long = String(repeating: "x", count: 129)
        let malformed: [Transaction.Which] = [
            .unknown(12), Make.fact("", [1]), Make.fact(long, [1]), Make.fact("a b", [1]), Make.fact("ä", [1]),
            Make.fact("big", [UInt8](repeating: 0, count: 32_769)), Make.claim(""), Make.claim(long), Make.offer(long),
            Make.offer("t", lease: 1_000_000_000_001), Make.offer("t", parent: "a b"),
            .transfer(Transfer.Value(to: [1], amount: Make.amount(1))), .transfer(Transfer.Value(to: ann.id.bytes)),
            .transfer(Transfer.Value(to: ann.id.bytes, amount: .init(asset: "", units: [1]))),
            .transfer(Transfer.Value(to: ann.id.bytes, amount: .init(asset: "a", units: [UInt8](repeating: 0, count: 33)))),
            .transfer(Transfer.Value(to: ann.id.bytes, amount: Make.amount(1), memo: String(repeating: "m", count: 513))),
            .commit(AgentWork.Value(artifact: [1])), .commit(AgentWork.Value(taskId: "a b")),
            .commit(AgentWork.Value(result: String(repeating: "r", count: 16_385))),
            .commit(AgentWork.Value(filesChanged: Array(repeating: "f", count: 1_025))),
            .register(Registration.Value(bundle: nil, node: ann.id.bytes, homeEpoch: 2)),
            ann.registration(epoch: 2, name: "a/b"), ann.registration(epoch: 2, name: String(repeating: "n", count: 65)),
            ann.registration(epoch: 2, role: String(repeating: "r", count: 65)),
            .releaseHold(ReleaseHold.Value(id: "h", owner: [1])),
            .progressTask(ProgressTask.Value(taskId: "t", note: String(repeating: "n", count: 513))),
        ]
        #expect(try world.run(malformed.map { (ann, $0) }) == malformed.map { _ in .malformed })
    }

    @Test(arguments: UInt64(0)..<4)
    func arbitraryBodiesAreMalformedNeverTraps(seed: UInt64) throws {
        var world = try World([ann])
        var random = PRNG(seed: seed)
        var leaves = [CommitBatch.Leaf.Value]()
        for _ in 0..<60 {
            var leaf = world.leaf(Make.offer("task", escrow: 1))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: leaf.body = random.bytes(Int.random(in: 0..<200, using: &random))
            case 1: leaf.body = Array(leaf.body.prefix(Int.random(in: 0..<leaf.body.count, using: &random)))
            case 2: leaf.body[Int.random(in: 0..<leaf.body.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: leaf.body += [UInt8](repeating: 0, count: 65_536)
            }
            leaves.append(leaf)
        }
        let block = try world.cut([world.batch(ann, leaves)])
        #expect(block.results.count == 60)
        #expect(block.results.contains { $0.outcome == .malformed })
    }
}
