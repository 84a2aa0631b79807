import MeshSchema
import NIOCore
import Primitives
import ZAP

/// All agents at work: each commits batch after batch, and now and then offers a task to the next one, by a message.
// SAFETY: members are touched on the agents' loop only.
final class Load: @unchecked Sendable {
    struct Result: Sendable {
        var commitsPerSecond = 0.0
        var meanBatch = 0.0
        var latencies = Samples()
        var messages: UInt64 = 0
        var tasksDone = 0
    }

    private static let batchCount = 32
    private static let rampUp: UInt64 = 2_000_000_000
    private let agents: [LoadAgent]
    private let loop: any EventLoop
    private let seconds: Double
    private let done: EventLoopPromise<Result>
    private var result = Result()
    private var began: UInt64 = 0
    private var committed = 0
    private var batches = 0
    private var total = 0
    private var running = 0
    private var taskNumber = 0
    private var failure: String?

    init(_ agents: [LoadAgent], seconds: Double, loop: any EventLoop) {
        self.agents = agents
        self.seconds = seconds
        self.loop = loop
        done = loop.makePromise(of: Result.self)
    }

    func run(_ say: @escaping @Sendable (String) -> Void) async throws -> Result {
        loop.execute {
            self.began = Monotonic.nanoseconds
            self.running = self.agents.count
            for (index, agent) in self.agents.enumerated() { self.start(agent, neighbour: self.agents[(index + 1) % self.agents.count]) }
            self.tick(say, 0)
        }
        return try await done.futureResult.get()
    }

    private var elapsed: UInt64 { Monotonic.nanoseconds - began }
    private var end: UInt64 { Self.rampUp + UInt64(seconds * 1e9) }

    private func tick(_ say: @escaping @Sendable (String) -> Void, _ before: Int) {
        loop.scheduleTask(in: .seconds(1)) {
            guard self.running > 0, self.failure == nil else { return }
            say("\(self.elapsed / 1_000_000_000) s: \(self.total - before) commits in the last second, \(self.total) in all")
            self.tick(say, self.total)
        }
    }

    private func start(_ agent: LoadAgent, neighbour: LoadAgent) {
        agent.observer.failed = { self.fail($0) }
        agent.observer.received = { _, message in
            self.result.messages += 1
            guard case .content(let bytes) = message.payload.which else { return }
            agent.waitingTransactions.append(.claimTask(ClaimTask.Value(taskId: String(decoding: bytes, as: UTF8.self))))
        }
        next(agent, neighbour, round: 0)
    }

    private func fail(_ reason: String) {
        guard failure == nil else { return }
        failure = reason
        done.fail(ShowcaseFailure(reason))
    }

    private func next(_ agent: LoadAgent, _ neighbour: LoadAgent, round: Int) {
        guard elapsed < end else {
            running -= 1
            if running == 0 { finish() }
            return
        }
        if round % 8 == 3 { offer(agent) }
        agent.commit(Self.batchCount) { began, receipts, transactions in
            self.count(transactions.count { if case .commit = $0 { true } else { false } }, began)
            for (receipt, transaction) in zip(receipts, transactions) { self.follow(transaction, receipt, agent, neighbour) }
            self.next(agent, neighbour, round: round + 1)
        }
    }

    private func count(_ commits: Int, _ began: UInt64) {
        let now = elapsed
        total += commits
        guard now >= Self.rampUp, now < end else { return }
        committed += commits
        batches += 1
        for _ in 0..<commits { result.latencies.add(nanoseconds: Monotonic.nanoseconds - began) }
    }

    private func offer(_ agent: LoadAgent) {
        taskNumber += 1
        let id = "task-\(taskNumber)"
        agent.waitingTransactions.append(
            .offerTask(OfferTask.Value(taskId: id, taskType: "code", description: "part of the showcase", leaseMs: 60_000)))
    }

    /// offered: tell the neighbour. claimed: complete it with the fence. done: count.
    private func follow(
        _ transaction: Transaction.Which, _ receipt: ZAP.CommitReceipt.Value, _ agent: LoadAgent, _ neighbour: LoadAgent
    ) {
        guard receipt.state == .included || receipt.state == .final else { return fail("a transaction was refused: \(receipt.reason)") }
        switch transaction {
        case .offerTask(let offer): agent.send(offer.taskId, to: neighbour.id)
        case .claimTask(let claim):
            agent.waitingTransactions.append(
                .completeTask(FinishTask.Value(taskId: claim.taskId, fence: receipt.fence, result: Array("done".utf8))))
        case .completeTask: result.tasksDone += 1
        default: return
        }
    }

    private func finish() {
        result.commitsPerSecond = Double(committed) / seconds
        result.meanBatch = batches == 0 ? 0 : Double(committed) / Double(batches)
        done.succeed(result)
    }
}
