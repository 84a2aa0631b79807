import CapnProto
import Certificates
import MeshSchema
import Primitives

@testable import MeshState

/// Transactions drawn from a seed over few agents, tasks, facts and holds, so that they meet. Most are sensible, some are not.
struct RandomTransactions {
    var random: PRNG
    let agents: [TestAgent]
    private var nonce: UInt64 = 1 << 20
    private var replayable: [CommitBatch.Leaf.Value] = []

    init(seed: UInt64, agents: [TestAgent]) {
        random = PRNG(seed: seed)
        self.agents = agents
    }

    mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func agent() -> TestAgent { agents[pick(0..<agents.count)] }
    private mutating func fence() -> UInt64 { UInt64(pick(0..<4)) }

    /// The leaves of one block, by author. Times are relative to the header's.
    mutating func block(at height: UInt64, _ time: WallTime) -> [(TestAgent, [CommitBatch.Leaf.Value])] {
        (0..<pick(0..<6)).map { _ in
            let author = agent()
            return (author, (0..<pick(1..<8)).map { _ in leaf(at: height, time) })
        }
    }

    private mutating func leaf(at height: UInt64, _ time: WallTime) -> CommitBatch.Leaf.Value {
        if !replayable.isEmpty, pick(0..<12) == 0 { return replayable[pick(0..<replayable.count)] }
        nonce += pick(0..<30) == 0 ? 0 : 1
        let body = Transaction.Value(which: transaction(time)).framed()
        let expiry = pick(0..<20) == 0 ? height - 1 : height + UInt64(pick(0..<50))
        let leaf = CommitBatch.Leaf.Value(nonce: nonce, expiryHeight: expiry, body: body)
        replayable.append(leaf)
        return leaf
    }

    private mutating func transaction(_ time: WallTime) -> Transaction.Which {
        let task = "task-\(pick(0..<12))"
        switch pick(0..<16) {
        case 0: return Make.commit(pick(0..<2) == 0 ? "" : task, fence: fence())
        case 1: return Make.fact("fact-\(pick(0..<4))", random.bytes(3), expected: fence())
        case 2: return Make.transfer(UInt64(pick(0..<400)), to: agent())
        case 3: return Make.hold("h\(pick(0..<3))", UInt64(pick(0..<300)), to: agent(), until: time.milliseconds + delay())
        case 4: return Make.release("h\(pick(0..<3))", of: agent(), pay: pick(0..<2) == 0)
        case 5, 6, 7: return offer(task, time)
        case 8, 9, 10: return Make.claim(task)
        case 11: return Make.progress(task, fence: fence())
        case 12: return Make.complete(task, fence: fence())
        case 13: return Make.fail(task, fence: fence())
        case 14: return Make.cancel(task)
        default:
            let author = agent()
            return author.registration(epoch: fence(), name: "name-\(pick(0..<5))")
        }
    }

    private mutating func offer(_ task: String, _ time: WallTime) -> Transaction.Which {
        let parent = pick(0..<3) == 0 ? "task-\(pick(0..<12))" : ""
        // Finished ids are never used again, so that new ones must keep coming.
        let id = pick(0..<2) == 0 ? task : "\(task)-\(pick(0..<6))"
        return Make.offer(
            id, lease: UInt64(pick(0..<3) * 3000), deadline: pick(0..<2) == 0 ? 0 : time.milliseconds + delay(),
            escrow: UInt64(pick(0..<200)), parent: parent, budget: UInt64(pick(0..<50)))
    }

    private mutating func delay() -> Int64 { Int64(pick(-1..<15)) * 1000 }
}
