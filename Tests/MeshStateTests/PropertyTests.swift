import Certificates
import MeshSchema
import Primitives
import Storage
import Testing

@testable import MeshState

struct PropertyTests {
    static let agents = (0..<6).map { TestAgent("agent-\($0)") }

    /// Conservation and the consistency of every index are checked by `World` after each block.
    @Test(arguments: UInt64(0)..<6)
    func whateverHappensUnitsAreConserved(seed: UInt64) throws {
        var world = try World(Self.agents)
        var transactions = RandomTransactions(seed: seed, agents: Self.agents)
        var seen = Set<Outcome>()
        for _ in 0..<60 {
            let step = Int64(transactions.pick(1..<5000))
            let time = WallTime(milliseconds: world.time.milliseconds + step)
            let batches = transactions.block(at: world.height + 1, time).map { world.batch($0, $1) }
            let block = try world.cut(batches, after: step)
            seen.formUnion(block.results.map(\.outcome))
        }
        #expect(seen.count >= 14, "the transactions are too tame: \(seen)")
    }

    /// Two machines that differ in store and in what they did besides come to the same roots and outcomes.
    @Test(arguments: UInt64(20)..<23)
    func twoMachinesAgree(seed: UInt64) throws {
        var first = try World(Self.agents)
        var second = try World(Self.agents)
        var transactions = RandomTransactions(seed: seed, agents: Self.agents)
        for round in 0..<40 {
            let step = Int64(transactions.pick(1..<5000))
            let time = WallTime(milliseconds: first.time.milliseconds + step)
            let batches = transactions.block(at: first.height + 1, time).map { first.batch($0, $1) }
            if round % 5 == 0 { second.machine = try second.reopened() }
            if round % 3 == 0 {
                let other = BlockInput(height: second.machine.applied.height.next, time: time, batches: batches.reversed())
                _ = try second.machine.execute(other)
            }
            let one = try first.cut(batches, after: step)
            let two = try second.cut(batches, after: step)
            #expect(one.effects == two.effects)
            #expect(first.header(of: one) == second.header(of: two))
        }
        #expect(first.machine.applied == second.machine.applied)
        #expect(try first.contents() == second.contents())
    }

    /// Where nothing depends on heights or times, it doesn't matter into which blocks an order is cut.
    @Test(arguments: UInt64(40)..<44)
    func theOrderDecidesNotTheCuts(seed: UInt64) throws {
        var transactions = RandomTransactions(seed: seed, agents: Self.agents)
        let script: [(TestAgent, Transaction.Which)] = (0..<120).map { _ in
            let author = Self.agents[transactions.pick(0..<6)]
            let task = "t\(transactions.pick(0..<8))"
            switch transactions.pick(0..<5) {
            case 0: return (author, Make.offer(task, escrow: UInt64(transactions.pick(0..<50))))
            case 1: return (author, Make.claim(task))
            case 2: return (author, Make.complete(task, fence: 1))
            case 3: return (author, Make.transfer(UInt64(transactions.pick(1..<300)), to: Self.agents[transactions.pick(0..<6)]))
            default: return (author, Make.fact("f", [1], expected: UInt64(transactions.pick(0..<9))))
            }
        }
        var whole = try World(Self.agents)
        let outcomes = try whole.run(script)
        var pieces = try World(Self.agents)
        var rest = script[...]
        var again = [Outcome]()
        while !rest.isEmpty {
            let count = min(rest.count, transactions.pick(1..<20))
            again += try pieces.run(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        #expect(outcomes == again)
        for prefix in ["balance/", "fact/", "meta/", "name/"] {
            #expect(try whole.contents(prefix) == pieces.contents(prefix))
        }
        let ends = try (whole.tasks().mapValues(\.state), pieces.tasks().mapValues(\.state))
        #expect(ends.0 == ends.1 && whole.machine.applied.stateRoot != pieces.machine.applied.stateRoot)
    }
}
