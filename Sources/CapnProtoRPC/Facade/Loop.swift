public import Primitives

/// The thread on which a connection and the objects behind it live. Below the drivers there are no threads: a driver
/// (or a test) says what a loop is.
///
/// Jobs run one after the other, in the order in which they were enqueued.
public protocol Loop: AnyObject, Sendable {
    /// Whether the caller runs on this loop.
    var isCurrent: Bool { get }

    /// Runs `job` on this loop, later.
    func enqueue(_ job: @escaping @Sendable () -> Void)

    /// Runs a server's method: on this loop, at once up to where it first suspends.
    /// - Returns: what cancels it.
    func start(_ operation: @escaping @Sendable () async -> Void) -> @Sendable () -> Void

    /// What time it is; from any thread. Only differences mean anything.
    var instant: Instant { get }

    /// Runs `job` on this loop when so much time has passed; from any thread.
    /// - Returns: what forgets it.
    func schedule(after interval: Interval, _ job: @escaping @Sendable () -> Void) -> @Sendable () -> Void
}

/// A loop without a clock: no time passes, so windows keep their size and deadlines never come.
extension Loop {
    public var instant: Instant { Instant(nanoseconds: 0) }

    public func schedule(after interval: Interval, _ job: @escaping @Sendable () -> Void) -> @Sendable () -> Void {
        {}
    }
}

extension Loop {
    /// Runs `job` now where the caller is on this loop already, else soon.
    @inlinable
    public func perform(_ job: @escaping @Sendable () -> Void) {
        if isCurrent { job() } else { enqueue(job) }
    }
}

/// A value that only its loop touches, in a box that others may pass around.
// SAFETY: every access checks that it runs on the loop, which runs one job at a time; the last reference may be dropped
// anywhere, and then the value is carried to the loop to be destroyed there.
public final class LoopBound<Value>: @unchecked Sendable {
    public let loop: any Loop
    @usableFromInline var storage: Value?

    /// - Precondition: the caller is on the loop.
    public init(_ value: Value, on loop: any Loop) {
        precondition(loop.isCurrent, "a loop's value is made on the loop")
        self.loop = loop
        storage = value
    }

    /// Hands `value` over to the loop, from anywhere.
    public init(handing value: sending Value, to loop: any Loop) {
        self.loop = loop
        storage = value
    }

    /// - Precondition: the caller is on the loop.
    @inlinable
    public var value: Value {
        get {
            precondition(loop.isCurrent, "a loop's value was touched from outside")
            return storage!
        }
        _modify {
            precondition(loop.isCurrent, "a loop's value was touched from outside")
            yield &storage!
        }
    }

    deinit {
        guard !loop.isCurrent else { return }
        // SAFETY: the only reference is moved into a job that the loop runs; nobody else can reach it.
        nonisolated(unsafe) let orphan = storage.take()
        loop.enqueue { _ = orphan }
    }
}
