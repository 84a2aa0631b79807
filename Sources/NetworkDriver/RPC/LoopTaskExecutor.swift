public import CapnProtoRPC
public import NIOCore
public import Primitives

/// An event loop as the loop of RPC sessions, and as the executor of the tasks that serve their calls: nothing that
/// stays on it hops between threads.
public final class LoopTaskExecutor: TaskExecutor, Loop {
    public let eventLoop: any EventLoop

    public init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    public var isCurrent: Bool { eventLoop.inEventLoop }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    public func enqueue(_ job: @escaping @Sendable () -> Void) {
        eventLoop.execute(job)
    }

    public var instant: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

    public func schedule(after interval: Interval, _ job: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        let scheduled = eventLoop.scheduleTask(in: .nanoseconds(interval.nanoseconds), job)
        return { scheduled.cancel() }
    }

    /// Runs `operation` at once up to its first suspension, and whatever follows on this loop.
    public func start(_ operation: @escaping @Sendable () async -> Void) -> @Sendable () -> Void {
        let task = Task.immediate(executorPreference: self) { await operation() }
        return { task.cancel() }
    }
}
