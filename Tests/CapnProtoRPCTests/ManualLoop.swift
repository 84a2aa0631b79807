import CapnProtoRPC
import Primitives
import Synchronization

/// A loop that a test turns by hand: everything is on it, and what is enqueued runs when the test says so. Its clock
/// stands still until the test moves it.
final class ManualLoop: Loop {
    private struct Timer {
        let deadline: Instant
        let job: @Sendable () -> Void
    }

    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var now = Instant(nanoseconds: 0)
        var timers: [Int: Timer] = [:]
        var nextTimer = 0
    }

    private let state = Mutex(State())

    var isCurrent: Bool { true }

    func enqueue(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.jobs.append(job) }
    }

    func start(_ operation: @escaping @Sendable () async -> Void) -> @Sendable () -> Void {
        let task = Task { await operation() }
        return { task.cancel() }
    }

    var instant: Instant { state.withLock { $0.now } }

    func schedule(after interval: Interval, _ job: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let number = state.withLock { state in
            state.nextTimer += 1
            state.timers[state.nextTimer] = Timer(deadline: state.now + interval, job: job)
            return state.nextTimer
        }
        // What the job holds goes when the lock is free again: it may want to enqueue something.
        return { [weak self] in _ = self?.state.withLock { $0.timers.removeValue(forKey: number) } }
    }

    /// How long until the next timer is due; nil where there is none.
    var nextDeadline: Interval? {
        state.withLock { state in state.timers.values.map { $0.deadline - state.now }.min() }
    }

    /// Moves the clock, and enqueues what is due.
    func advance(by interval: Interval) {
        state.withLock { state in
            state.now = state.now + interval
            for (number, timer) in state.timers.sorted(by: { $0.key < $1.key }) where timer.deadline <= state.now {
                state.jobs.append(timer.job)
                state.timers[number] = nil
            }
        }
    }

    /// - Returns: whether there was anything to run.
    @discardableResult
    func run() -> Bool {
        let ready = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in ready { job() }
        return !ready.isEmpty
    }
}
