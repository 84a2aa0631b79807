/// A capability that is not known yet. Calls on it wait, in order; once it is resolved they go on to what it became.
///
/// ```
///   waiting ──resolve──▶ draining ──last waiting call delivered──▶ resolved
/// ```
/// Calls that arrive while it drains go behind those that wait: the order of calls never changes.
public final class Promise: Sendable {
    private struct State {
        var calls = CallQueue()
        var observers: [(Capability) -> Void] = []
        var isDraining = false
        var resolution: Capability?
    }

    public let loop: any Loop
    private let state: LoopBound<State>

    public init(on loop: any Loop) {
        self.loop = loop
        state = LoopBound(handing: State(), to: loop)
    }

    /// One that is resolved from the start: `capability` under another name.
    init(resolvedTo capability: Capability, on loop: any Loop) {
        self.loop = loop
        state = LoopBound(handing: State(resolution: capability), to: loop)
    }

    /// What it became; nil while it waits. On the loop.
    var resolution: Capability? { state.value.resolution }

    func deliver(_ call: IncomingCall) {
        guard loop.isCurrent else {
            loop.enqueue { self.deliver(call) }
            return
        }
        if let resolution = state.value.resolution {
            resolution.deliver(call)
        } else {
            let number = state.value.calls.append(call)
            call.waits(on: loop) { [weak self] in self?.state.value.calls.forget(number) }
        }
    }

    /// Calls that wait; on the loop.
    var waitingCallCount: Int { state.value.calls.count }

    /// Runs `body` when it is resolved, after every call that waits has gone on. On the loop.
    func observe(_ body: @escaping (Capability) -> Void) {
        if let resolution = state.value.resolution { body(resolution) } else { state.value.observers.append(body) }
    }

    /// Says what it is. Only the first time counts. A promise that would become itself breaks.
    public func resolve(to capability: Capability) {
        guard loop.isCurrent else {
            loop.enqueue { self.resolve(to: capability) }
            return
        }
        guard !state.value.isDraining, state.value.resolution == nil else { return }
        let resolution = capability.leads(to: self) ? Capability(broken: .cycle) : capability
        state.value.isDraining = true
        while let call = state.value.calls.popFirst() { resolution.deliver(call) }
        state.value.resolution = resolution
        let observers = state.value.observers
        state.value.observers = []
        for observer in observers { observer(resolution) }
    }

    public func fail(_ exception: RPCException) {
        resolve(to: Capability(broken: exception))
    }
}
