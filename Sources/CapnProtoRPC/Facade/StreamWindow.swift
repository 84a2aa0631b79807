import Primitives
import Synchronization

/// How much of a stream is on its way to one capability, how much may be, and who waits to send more.
///
/// A streaming call returns to its sender as soon as there is room for the next, not when it is answered. What fails,
/// fails the stream: every later call on it ends with the first failure.
///
/// The window is twice what the way and the server hold when they are just busy: the rate at which calls are answered,
/// times the least time that an answer has taken. A larger one would only make calls wait elsewhere: answers then take
/// longer, and the rate stays as it is. While the sender has less to say than the window allows, nothing is learnt.
final class StreamWindow: Sendable {
    /// A call on its way.
    struct Ticket: Sendable {
        fileprivate let byteCount: Int
        fileprivate let sent: Instant
        /// Bytes that were answered before it was sent.
        fileprivate let answeredByteCount: Int
        fileprivate let fillsWindow: Bool
    }

    /// Between what the window moves, and where it begins.
    struct Bounds: Sendable {
        let start: Int
        let most: Int
        var least: Int { min(65_536, start) }
    }

    fileprivate struct State {
        var byteCount = 0
        var answeredByteCount = 0
        var leastDelay = Int64.max
        /// Bytes a second.
        var rate = 0.0
        var limit: Int?
        var failure: RPCException?
        var waiters: [@Sendable (RPCException?) -> Void] = []
    }

    private let state = Mutex(State())

    /// Bytes on their way.
    var byteCount: Int { state.withLock { $0.byteCount } }
    /// What ended the stream.
    var failure: RPCException? { state.withLock { $0.failure } }

    /// Bytes that may be on their way.
    func limit(_ bounds: Bounds) -> Int { state.withLock { $0.limit ?? bounds.start } }

    func isFull(_ bounds: Bounds) -> Bool { state.withLock { $0.byteCount >= $0.limit ?? bounds.start } }

    func open(_ byteCount: Int, at now: Instant, _ bounds: Bounds) -> Ticket {
        state.withLock { state in
            state.byteCount += byteCount
            return Ticket(
                byteCount: byteCount, sent: now, answeredByteCount: state.answeredByteCount,
                fillsWindow: state.byteCount >= state.limit ?? bounds.start)
        }
    }

    /// A call was answered. Those who wait for room hear of it when there is some, or when the stream has failed.
    func close(_ ticket: Ticket, failure: RPCException?, at now: Instant, _ bounds: Bounds) {
        let (waiters, failure) = state.withLock { state -> ([@Sendable (RPCException?) -> Void], RPCException?) in
            state.byteCount -= ticket.byteCount
            state.answeredByteCount += ticket.byteCount
            if state.failure == nil { state.failure = failure }
            state.learn(from: ticket, at: now, bounds)
            guard state.failure != nil || state.byteCount < state.limit ?? bounds.start else { return ([], nil) }
            defer { state.waiters = [] }
            return (state.waiters, state.failure)
        }
        for waiter in waiters { waiter(failure) }
    }

    /// Runs `body` when there is room in the window: now, where that is so already.
    func whenReady(_ bounds: Bounds, _ body: @escaping @Sendable (RPCException?) -> Void) {
        let (isReady, failure) = state.withLock { state in
            let isReady = state.failure != nil || state.byteCount < state.limit ?? bounds.start
            if !isReady { state.waiters.append(body) }
            return (isReady, state.failure)
        }
        if isReady { body(failure) }
    }
}

extension StreamWindow.State {
    /// Takes the measure of one call. What was measured long ago counts less and less.
    fileprivate mutating func learn(
        from ticket: StreamWindow.Ticket, at now: Instant, _ bounds: StreamWindow.Bounds
    ) {
        let delay = (now - ticket.sent).nanoseconds
        guard delay > 0 else { return }
        leastDelay = min(delay, leastDelay == .max ? delay : leastDelay + leastDelay >> 16)
        let answered = Double(answeredByteCount - ticket.answeredByteCount)
        rate = max(answered / Double(delay) * 1e9, rate * (1 - 1 / 128))
        guard ticket.fillsWindow else { return }
        let wanted = 2 * rate * Double(leastDelay) / 1e9
        limit = Int(min(max(wanted, Double(bounds.least)), Double(bounds.most)))
    }
}
