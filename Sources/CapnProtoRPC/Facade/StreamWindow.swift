import Synchronization

/// How much of a stream is on its way to one capability, and who waits to send more.
///
/// A streaming call returns to its sender as soon as there is room for the next, not when it is answered. What fails,
/// fails the stream: every later call on it ends with the first failure.
final class StreamWindow: Sendable {
    private struct State {
        var byteCount = 0
        var failure: RPCException?
        var waiters: [@Sendable (RPCException?) -> Void] = []
    }

    private let state = Mutex(State())

    /// Bytes on their way.
    var byteCount: Int { state.withLock { $0.byteCount } }
    /// What ended the stream.
    var failure: RPCException? { state.withLock { $0.failure } }

    func open(_ byteCount: Int) {
        state.withLock { $0.byteCount += byteCount }
    }

    /// A call was answered. Those who wait for room hear of it when there is some, or when the stream has failed.
    func close(_ byteCount: Int, failure: RPCException?, limit: Int) {
        let (waiters, failure) = state.withLock { state -> ([@Sendable (RPCException?) -> Void], RPCException?) in
            state.byteCount -= byteCount
            if state.failure == nil { state.failure = failure }
            guard state.failure != nil || state.byteCount < limit else { return ([], nil) }
            defer { state.waiters = [] }
            return (state.waiters, state.failure)
        }
        for waiter in waiters { waiter(failure) }
    }

    /// Runs `body` when less than `limit` bytes are on their way: now, where that is so already.
    func whenReady(limit: Int, _ body: @escaping @Sendable (RPCException?) -> Void) {
        let (isReady, failure) = state.withLock { state in
            let isReady = state.failure != nil || state.byteCount < limit
            if !isReady { state.waiters.append(body) }
            return (isReady, state.failure)
        }
        if isReady { body(failure) }
    }
}
