import NIOCore
import Primitives
import ZAP

/// One message in flight: from the send call to the invocation of the recipient's handler, both signatures checked.
// SAFETY: members are touched on the agents' loop only.
final class MessageProbe: @unchecked Sendable {
    private let sender: LoadAgent
    private let recipient: LoadAgent
    private let count: Int
    private var samples = Samples()
    private var warmUp = 200
    private var began: UInt64 = 0
    private var isReplied = false
    private var isReceived = false
    private let done: EventLoopPromise<Samples>

    init(from sender: LoadAgent, to recipient: LoadAgent, count: Int) {
        self.sender = sender
        self.recipient = recipient
        self.count = count
        done = sender.eventLoop.makePromise(of: Samples.self)
    }

    func run() async throws -> Samples {
        sender.eventLoop.execute {
            self.recipient.observer.received = { _, _ in self.received() }
            self.sender.observer.failed = { self.done.fail(ShowcaseFailure($0)) }
            self.next()
        }
        return try await done.futureResult.get()
    }

    private func next() {
        (isReplied, isReceived) = (false, false)
        began = Monotonic.nanoseconds
        sender.send("ping", to: recipient.id) {
            self.isReplied = true
            self.goOn()
        }
    }

    private func received() {
        let time = Monotonic.nanoseconds - began
        if warmUp > 0 { warmUp -= 1 } else { samples.add(nanoseconds: time) }
        isReceived = true
        goOn()
    }

    /// The next one follows when the one before was handled and its sender has heard of it, at once, as in the echo that it is compared
    /// with: a pause would measure how fast an idle processor wakes.
    private func goOn() {
        guard isReplied, isReceived else { return }
        guard samples.count < count else {
            recipient.observer.received = { _, _ in }
            return done.succeed(samples)
        }
        sender.eventLoop.execute { self.next() }
    }
}

/// One commit in flight: from the call to the receipt, on disk.
// SAFETY: members are touched on the agent's loop only.
final class CommitProbe: @unchecked Sendable {
    private let agent: LoadAgent
    private let count: Int
    private var samples = Samples()
    private var warmUp = 5
    private let done: EventLoopPromise<Samples>

    init(_ agent: LoadAgent, count: Int) {
        self.agent = agent
        self.count = count
        done = agent.eventLoop.makePromise(of: Samples.self)
    }

    func run() async throws -> Samples {
        agent.eventLoop.execute {
            self.agent.observer.failed = { self.done.fail(ShowcaseFailure($0)) }
            self.next()
        }
        return try await done.futureResult.get()
    }

    private func next() {
        agent.commit(1) { began, receipts, _ in
            let time = Monotonic.nanoseconds - began
            guard receipts.allSatisfy({ $0.state == .included || $0.state == .final }) else {
                return self.done.fail(ShowcaseFailure("a commit was refused: \(receipts.first?.reason ?? "")"))
            }
            if self.warmUp > 0 { self.warmUp -= 1 } else { self.samples.add(nanoseconds: time) }
            if self.samples.count == self.count { return self.done.succeed(self.samples) }
            // The signature over the block before comes first, so that it is not part of the next commit.
            self.agent.eventLoop.scheduleTask(in: .milliseconds(5)) { self.next() }
        }
    }
}
