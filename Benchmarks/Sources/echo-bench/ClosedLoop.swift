import NIOCore

/// Counts answers and times them: first one call in flight, then a window of them, all on one connection.
///
/// The handlers call `answered`; what they send comes from `send`.
final class ClosedLoop {
    private let send: () -> Void
    private let done: (Figures) -> Void
    private let stack: String
    private let sequentialCount: Int
    private let pipelinedCount: Int
    private let window = 64
    private var samples: [Double] = []
    private var sentAt = NIODeadline.uptimeNanoseconds(0)
    static let warmUpCount = 500
    private var warmUp = ClosedLoop.warmUpCount
    private var pipelinedBegin = NIODeadline.uptimeNanoseconds(0)
    private var sent = 0
    private var received = 0
    private var isPipelined = false

    init(stack: String, sequential: Int, pipelined: Int, send: @escaping () -> Void, done: @escaping (Figures) -> Void) {
        self.stack = stack
        self.send = send
        self.done = done
        sequentialCount = sequential
        pipelinedCount = pipelined
        samples.reserveCapacity(sequential)
    }

    func begin() {
        sentAt = .now()
        send()
    }

    func answered() {
        isPipelined ? pipelinedAnswer() : sequentialAnswer()
    }

    private func sequentialAnswer() {
        let now = NIODeadline.now()
        if warmUp > 0 { warmUp -= 1 } else { samples.append(Double((now - sentAt).nanoseconds) / 1000) }
        guard samples.count == sequentialCount else { return begin() }
        isPipelined = true
        pipelinedBegin = .now()
        for _ in 0..<window { sendPipelined() }
    }

    private func pipelinedAnswer() {
        received += 1
        if received == pipelinedCount { return finish() }
        if sent < pipelinedCount { sendPipelined() }
    }

    private func sendPipelined() {
        sent += 1
        send()
    }

    private func finish() {
        let seconds = Double((NIODeadline.now() - pipelinedBegin).nanoseconds) / 1e9
        samples.sort()
        done(Figures(stack: stack, p50: percentile(samples, 0.5), p99: percentile(samples, 0.99), pipelined: Double(pipelinedCount) / seconds))
    }
}
