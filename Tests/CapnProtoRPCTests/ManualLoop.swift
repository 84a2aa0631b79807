import CapnProtoRPC
import Synchronization

/// A loop that a test turns by hand: everything is on it, and what is enqueued runs when the test says so.
final class ManualLoop: Loop {
    private let jobs = Mutex<[@Sendable () -> Void]>([])

    var isCurrent: Bool { true }

    func enqueue(_ job: @escaping @Sendable () -> Void) {
        jobs.withLock { $0.append(job) }
    }

    func start(_ operation: @escaping @Sendable () async -> Void) -> @Sendable () -> Void {
        let task = Task { await operation() }
        return { task.cancel() }
    }

    /// - Returns: whether there was anything to run.
    @discardableResult
    func run() -> Bool {
        let ready = jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        for job in ready { job() }
        return !ready.isEmpty
    }
}
