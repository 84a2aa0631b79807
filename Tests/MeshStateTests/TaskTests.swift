import Certificates
import MeshSchema
import Primitives
import Testing

@testable import MeshState

struct TaskTests {
    let ann = TestAgent("ann")
    let bob = TestAgent("bob")
    let cyd = TestAgent("cyd")

    func spendable(_ world: World, _ agent: TestAgent) throws -> UInt256 {
        try world.view.balance(agent.id, asset: World.asset).amount
    }

    @Test func fromOfferToDone() throws {
        var world = try World([ann, bob])
        #expect(try world.run(ann, Make.offer("t/1", escrow: 300, budget: 9)) == .applied)
        #expect(try spendable(world, ann) == UInt256(700))
        #expect(try world.run(ann, Make.offer("t/1")) == .taskExists)
        #expect(try world.run(bob, Make.claim("t/2")) == .unknownTask)
        #expect(try world.run(bob, Make.claim("t/1")) == .applied)
        #expect(world.lastBlock?.results.first?.fence == Fence(1))
        #expect(try world.run(ann, Make.claim("t/1")) == .wrongTaskState)
        #expect(try world.run(bob, Make.commit("t/1", fence: 1)) == .applied)
        #expect(world.lastBlock?.changes == [.commit(bob.id, nonce: world.nonce, task: "t/1")])
        #expect(try world.run(bob, Make.progress("t/1", fence: 1)) == .applied)
        #expect(try world.run(bob, Make.complete("t/1", fence: 1)) == .applied)
        #expect(try spendable(world, bob) == UInt256(1300))
        let task = try #require(try world.view.task("t/1"))
        #expect(task.state == .done && task.result == [1] && task.note == "ready" && task.holder == bob.id)
        #expect(try world.view.offer("t/1") == OfferRecord(description: "write it", context: []))
        #expect(try world.run(bob, Make.complete("t/1", fence: 1)) == .wrongTaskState)
        #expect(try world.run(ann, Make.cancel("t/1")) == .wrongTaskState)
        #expect(try world.run(ann, Make.offer("t/1")) == .taskExists)
    }

    @Test func onlyTheHolderUnderItsFence() throws {
        var world = try World([ann, bob, cyd])
        try world.run(ann, Make.offer("t"))
        for step in [Make.commit("t", fence: 0), Make.progress("t", fence: 0), Make.complete("t", fence: 0)] {
            #expect(try world.run(bob, step) == .wrongTaskState)
        }
        try world.run(bob, Make.claim("t"))
        let steps = [Make.commit, Make.progress, Make.complete, Make.fail] as [(String, UInt64) -> Transaction.Which]
        for step in steps {
            #expect(try world.run(bob, step("t", 2)) == .staleFence)
            #expect(try world.run(cyd, step("t", 1)) == .notHolder)
            #expect(try world.run(bob, step("x", 1)) == .unknownTask)
        }
        #expect(try world.run(bob, Make.cancel("t")) == .notPermitted)
        #expect(try world.run(cyd, Make.cancel("x")) == .unknownTask)
    }

    @Test func escrowGoesBackOnFailureCancellationAndDeadline() throws {
        var world = try World([ann, bob])
        #expect(try world.run(ann, Make.offer("much", escrow: 1001)) == .insufficientFunds)
        #expect(try world.view.task("much") == nil)
        try world.run(ann, Make.offer("a", escrow: 100))
        try world.run(ann, Make.offer("b", escrow: 100))
        try world.run(ann, Make.offer("c", deadline: world.time.milliseconds + 50_000, escrow: 100))
        try world.run([(bob, Make.claim("a")), (bob, Make.claim("c"))])
        #expect(try spendable(world, ann) == UInt256(700))
        #expect(try world.run(bob, Make.fail("a", fence: 1)) == .applied)
        #expect(try world.run(ann, Make.cancel("b")) == .applied)
        #expect(try spendable(world, ann) == UInt256(900))
        #expect(try world.run(bob, Make.complete("c", fence: 1), after: 60_000) == .wrongTaskState)
        #expect(try spendable(world, ann) == UInt256(1000))
        #expect(try world.view.task("c")?.state == .failed)
        #expect(try world.view.task("c")?.note == "deadline")
        #expect(try world.view.task("a")?.state == .failed)
        #expect(try world.view.task("b")?.state == .cancelled)
    }

    @Test func aZombieIsFencedOff() throws {
        var world = try World([ann, bob, cyd])
        try world.run(ann, Make.offer("t", lease: 5_000, escrow: 10))
        try world.run(bob, Make.claim("t"))
        let lapse = try #require(try world.view.task("t")).leaseUntil
        #expect(lapse == WallTime(milliseconds: world.time.milliseconds + 5_000))
        #expect(world.machine.nextExpiry == lapse)
        // One millisecond before, the claim still holds; a sign of progress renews it.
        #expect(try world.run(bob, Make.progress("t", fence: 1), after: 4_999) == .applied)
        #expect(try world.run(bob, Make.commit("t", fence: 1), after: 4_999) == .applied)
        // At the lease's end the task is free before any leaf of the block.
        #expect(try world.run([(bob, Make.commit("t", fence: 1)), (cyd, Make.claim("t"))], after: 1) == [.wrongTaskState, .applied])
        #expect(try world.view.task("t")?.fence == Fence(2))
        #expect(try world.run(bob, Make.commit("t", fence: 1)) == .staleFence)
        #expect(try world.run(bob, Make.complete("t", fence: 1)) == .staleFence)
        #expect(try world.run(bob, Make.complete("t", fence: 2)) == .notHolder)
        #expect(try world.run(cyd, Make.complete("t", fence: 2)) == .applied)
        #expect(try spendable(world, cyd) == UInt256(1010))
    }

    @Test func anEmptyBlockLetsALeaseLapse() throws {
        var world = try World([ann, bob])
        try world.run(ann, Make.offer("t", lease: 5_000))
        try world.run(bob, Make.claim("t"))
        let block = try world.cut([], after: 5_000)
        #expect(block.changes == [.task(id: "t", state: .offered, fence: Fence(1), holder: bob.id)])
        #expect(world.machine.nextExpiry == nil)
    }

    @Test func leaseAndDeadlineAtTheSameTime() throws {
        var world = try World([ann, bob])
        try world.run(ann, Make.offer("t", lease: 8_000, deadline: world.time.milliseconds + 10_000, escrow: 5))
        try world.run(bob, Make.claim("t"))
        let task = try #require(try world.view.task("t"))
        #expect(task.leaseUntil == task.deadline)
        #expect(try world.run(bob, Make.progress("t", fence: 1), after: 1) == .applied)
        #expect(world.machine.nextExpiry == task.deadline)
        try world.cut([], after: 20_000)
        #expect(try world.view.task("t")?.state == .failed)
        #expect(try world.run(ann, Make.offer("late", deadline: world.time.milliseconds)) == .notPermitted)
        #expect(try world.run(ann, Make.offer("before", deadline: -1)) == .notPermitted)
    }

    @Test func subtasksTakeFromTheirParentsBudget() throws {
        var world = try World([ann, bob, cyd])
        #expect(try world.run(ann, Make.offer("child", parent: "none")) == .unknownTask)
        try world.run(ann, Make.offer("top", budget: 100))
        #expect(try world.run(bob, Make.offer("x", parent: "top", budget: 10)) == .notPermitted)
        try world.run(bob, Make.claim("top"))
        #expect(try world.run(bob, Make.offer("x", parent: "top", budget: 60)) == .applied)
        #expect(try world.run(cyd, Make.offer("y", parent: "top", budget: 1)) == .notPermitted)
        #expect(try world.run(ann, Make.offer("y", parent: "top", budget: 41)) == .notPermitted)
        #expect(try world.run(ann, Make.offer("y", parent: "top", budget: 40)) == .applied)
        #expect(try world.view.task("top")?.budgetLeft == 0)
        #expect(try world.view.task("y")?.parent == "top")
        try world.run(bob, Make.complete("top", fence: 1))
        #expect(try world.run(ann, Make.offer("z", parent: "top")) == .wrongTaskState)
    }

    @Test func aHundredAgentsRaceForFiftyTasks() throws {
        let agents = (0..<100).map { TestAgent("racer-\($0)") }
        var world = try World(agents + [ann])
        try world.run((0..<50).map { (ann, Make.offer("race-\($0)", lease: 60_000, escrow: 1)) })
        var random = PRNG(seed: 50)
        var claims = agents.flatMap { agent in (0..<50).map { (agent, Make.claim("race-\($0)")) } }
        claims.shuffle(using: &random)
        let outcomes = try world.run(claims)
        #expect(outcomes.filter { $0 == .applied }.count == 50)
        #expect(outcomes.filter { $0 == .wrongTaskState }.count == 4950)
        var finishes = [(TestAgent, Transaction.Which)]()
        for number in 0..<50 {
            let first = try #require(zip(claims, outcomes).first { claim, outcome in
                if case .claimTask(let value) = claim.1 { return value.taskId == "race-\(number)" && outcome == .applied }
                return false
            })
            let task = try #require(try world.view.task("race-\(number)"))
            #expect(task.holder == first.0.0.id && task.fence == Fence(1))
            finishes += agents.map { ($0, Make.complete("race-\(number)", fence: 1)) }
        }
        let finished = try world.run(finishes)
        #expect(finished.filter { $0 == .applied }.count == 50)
        #expect(try world.tasks().allSatisfy { $0.value.state == .done })
        #expect(try spendable(world, ann) == UInt256(950))
    }

    @Test func moreFallsDueThanOneBlockProcesses() throws {
        var world = try World([ann, bob], units: 100_000)
        let deadline = world.time.milliseconds + 100_000
        let count = StateLimits.expiriesPerBlock + 100
        let leaves = (0..<count).map { world.leaf(Make.offer("t-\($0)", deadline: deadline, escrow: 1)) }
        try world.cut([world.batch(ann, leaves)])
        // Before its turn in the index, a task is settled by whoever touches it.
        let last = (0..<count).map { "t-\($0)" }.sorted()[count - 1]
        #expect(try world.run(bob, Make.claim(last), after: 200_000) == .wrongTaskState)
        #expect(try world.tasks().values.filter { $0.state == .offered }.count == 99)
        #expect(world.machine.nextExpiry == WallTime(milliseconds: deadline))
        #expect(world.lastBlock?.effects.hasOverdue == true)
        try world.cut([])
        #expect(try world.tasks().values.allSatisfy { $0.state == .failed })
        #expect(try spendable(world, ann) == UInt256(100_000))
    }
}
