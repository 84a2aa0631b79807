import Synchronization

/// How a node comes to its end: what somebody wishes, and what came of it.
final class Ending: Sendable {
    enum Wish: Sendable {
        case stop
        case fail(NodeError)
    }

    private struct State {
        var wish: Wish?
        var wishers: [CheckedContinuation<Wish, Never>] = []
        var hasBegun = false
        /// The first failure, whoever wished for the end first.
        var failure: NodeError?
        /// Set once the node has ended; the error where it did not end well.
        var outcome: NodeError??
        var waiters: [CheckedContinuation<NodeError?, Never>] = []
    }

    private let state = Mutex(State())

    /// The first wish counts.
    func want(_ wish: Wish) {
        let wishers = state.withLock { state in
            if case .fail(let error) = wish, state.failure == nil { state.failure = error }
            guard state.wish == nil else { return [CheckedContinuation<Wish, Never>]() }
            state.wish = wish
            defer { state.wishers = [] }
            return state.wishers
        }
        for wisher in wishers { wisher.resume(returning: wish) }
    }

    /// What went wrong so far.
    var failure: NodeError? { state.withLock { $0.failure } }

    func wish() async -> Wish {
        await withCheckedContinuation { continuation in
            let wish = state.withLock { state in
                if state.wish == nil { state.wishers.append(continuation) }
                return state.wish
            }
            if let wish { continuation.resume(returning: wish) }
        }
    }

    /// - Returns: false where somebody else ends the node already.
    func begin() -> Bool {
        want(.stop)
        return state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
    }

    func end(_ error: NodeError?) {
        let waiters = state.withLock { state in
            state.outcome = .some(error)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: error) }
    }

    func outcome() async -> NodeError? {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state in
                if state.outcome == nil { state.waiters.append(continuation) }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
