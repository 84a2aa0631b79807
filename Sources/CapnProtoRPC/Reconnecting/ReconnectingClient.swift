import Primitives

/// A capability that outlives connections: the bootstrap object of a server, whichever connection leads there by now.
///
/// ```
///                 ┌──────────────── backoff ◀───────────────┐
///                 ▼                                         │ refused
///   start ──▶ connecting ──────── session ────────▶ connected
///                 ▲  (calls wait for this attempt)          │ lost
///                 └──────────────── backoff ◀───────────────┘
/// ```
/// A call that was sent when its connection ended fails as `disconnected`: whether the server did it, nobody knows, so
/// it is never sent again in silence. Calls that are made while there is no connection wait for the next attempt, and
/// fail as `disconnected` with it; more than `maxWaitingCalls` at a time fail as `overloaded`.
///
/// What was got from the server (sessions, subscriptions) is gone with its connection: `onConnect` is where to get it
/// anew.
public final class ReconnectingClient: Sendable {
    /// Makes one connection, and says how that ended; on the loop.
    public typealias Connect = @Sendable (_ done: @escaping @Sendable (Result<Session, RPCException>) -> Void) -> Void

    private enum Phase {
        case waiting(Promise)
        case connected(Capability)
        case closed(RPCException)
    }

    private struct State {
        var phase: Phase
        var backoff: Backoff
        var waitingCallCount = 0
        var onConnect: ((Capability) -> Void)?
        var session: Session?
        var forgetTimer: @Sendable () -> Void = {}
        /// Which attempt is under way: what others say does not count.
        var attempt = 0
    }

    public let loop: any Loop
    private let connect: Connect
    private let maxWaitingCalls: Int
    private let state: LoopBound<State>

    /// Connects at once, and stays connected until `close`.
    /// - Parameter onConnect: runs on the loop for each connection, before any call that waits goes on.
    public init(
        on loop: any Loop, backoff: Backoff, maxWaitingCalls: Int = 1_024,
        onConnect: ((Capability) -> Void)? = nil, connect: @escaping Connect
    ) {
        self.loop = loop
        self.connect = connect
        self.maxWaitingCalls = maxWaitingCalls
        // SAFETY: handed over to the loop, which alone uses it from now on.
        nonisolated(unsafe) let state = State(
            phase: .waiting(Promise(on: loop)), backoff: backoff, onConnect: onConnect)
        self.state = LoopBound(handing: state, to: loop)
        loop.perform { self.attempt() }
    }

    /// The server's first object: calls go to the connection that there is, or will be.
    public var capability: Capability {
        Capability(.hosted(HostedObject(handing: Door(self), to: loop)))
    }

    /// Ends it, and the connection: calls fail as `disconnected` from now on.
    public func close() {
        loop.perform {
            let exception = RPCException.disconnected("this side has closed the connection")
            if case .waiting(let promise) = self.state.value.phase { promise.fail(exception) }
            self.state.value.phase = .closed(exception)
            self.state.value.forgetTimer()
            self.state.value.session?.close(.disconnected("this side closed the connection"))
            self.state.value.session = nil
        }
    }

    /// Whether there is a connection now; on the loop.
    public var isConnected: Bool {
        if case .connected = state.value.phase { true } else { false }
    }
}

// On the loop.
extension ReconnectingClient {
    private func attempt() {
        guard case .waiting = state.value.phase else { return }
        state.value.attempt += 1
        let number = state.value.attempt
        connect { result in self.loop.perform { self.end(number, result) } }
    }

    private func end(_ number: Int, _ result: Result<Session, RPCException>) {
        guard number == state.value.attempt, case .waiting(let promise) = state.value.phase else {
            if case .success(let session) = result { session.close(.disconnected("nobody waits for it")) }
            return
        }
        switch result {
        case .success(let session): begin(session, promise)
        case .failure(let exception):
            waitForNext()
            promise.fail(.disconnected("no connection: \(exception.reason)"))
        }
    }

    private func begin(_ session: Session, _ promise: Promise) {
        let bootstrap = session.bootstrap
        state.value.session = session
        state.value.backoff.reset()
        state.value.phase = .connected(bootstrap)
        state.value.waitingCallCount = 0
        let number = state.value.attempt
        session.loop.perform { session.onClose { _ in self.loop.perform { self.lose(number) } } }
        state.value.onConnect?(bootstrap)
        promise.resolve(to: bootstrap)
    }

    private func lose(_ number: Int) {
        guard number == state.value.attempt, case .connected = state.value.phase else { return }
        state.value.session = nil
        waitForNext()
    }

    private func waitForNext() {
        state.value.waitingCallCount = 0
        state.value.phase = .waiting(Promise(on: loop))
        let wait = state.value.backoff.next()
        state.value.forgetTimer = loop.schedule(after: wait) { self.attempt() }
    }

    fileprivate func handle(_ call: IncomingCall) {
        switch state.value.phase {
        case .connected(let capability): capability.deliver(call)
        case .closed(let exception): call.fail(exception)
        case .waiting(let promise):
            guard state.value.waitingCallCount < maxWaitingCalls else {
                return call.fail(RPCException.overloaded("too many calls wait for a connection"))
            }
            state.value.waitingCallCount += 1
            promise.deliver(call)
        }
    }
}

/// What callers hold.
private final class Door: CallHandler, Sendable {
    private let client: ReconnectingClient
    init(_ client: ReconnectingClient) { self.client = client }
    func handle(_ call: IncomingCall) { client.handle(call) }
}
