import CapnProtoRPC
import Synchronization

/// A loop that runs its jobs when the test says so; everything is on it.
final class HandLoop: Loop {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    var isCurrent: Bool { true }
    func enqueue(_ job: @escaping @Sendable () -> Void) { jobs.withLock { $0.append(job) } }
    func start(_ operation: @escaping @Sendable () async -> Void) -> @Sendable () -> Void {
        let task = Task { await operation() }
        return { task.cancel() }
    }
    func runAll() {
        while true {
            let ready = jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
            if ready.isEmpty { return }
            for job in ready { job() }
        }
    }
}
