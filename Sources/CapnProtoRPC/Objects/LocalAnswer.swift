/// The answer to a call whose server lives in this process: what a connection's answer table is for a remote caller.
final class LocalAnswer: AnswerSink {
    private struct State {
        var outcome: Outcome?
        var pipelines = Pipelines()
        var completion: (@Sendable (Outcome) -> Void)?
        var cancellation: (() -> Void)?
    }

    let loop: any Loop
    private let state: LoopBound<State>

    init(on loop: any Loop, completion: @escaping @Sendable (Outcome) -> Void) {
        self.loop = loop
        state = LoopBound(handing: State(completion: completion), to: loop)
    }

    /// The capability that the results will hold at `transform`: a promise until there are results.
    func capability(at transform: Transform) -> Capability {
        if let outcome = state.value.outcome { return outcome.capability(at: transform) }
        guard let promise = state.value.pipelines.promise(at: transform, on: loop, limit: .max) else {
            return Capability(broken: .overloaded("too many pipelines on one answer"))
        }
        return Capability(promise)
    }

    func answer(_ ticket: AnswerTicket, with reply: Reply) {
        guard state.value.outcome == nil else { return }
        let outcome = reply.map { $0.sealed() }
        state.value.outcome = outcome
        state.value.cancellation = nil
        let pipelines = state.value.pipelines
        state.value.pipelines = Pipelines()
        let completion = state.value.completion.take()
        for (transform, promise) in pipelines.promises { promise.resolve(to: outcome.capability(at: transform)) }
        completion?(outcome)
    }

    func onCancel(_ ticket: AnswerTicket, _ body: @escaping () -> Void) {
        guard state.value.outcome == nil else { return }
        state.value.cancellation = body
    }

    func setPipeline(_ ticket: AnswerTicket, _ places: @escaping (Transform) -> Capability) {
        guard state.value.outcome == nil else { return }
        state.value.pipelines.lead(places, on: loop)
    }

    func passOn(_ ticket: AnswerTicket, _ call: OutgoingCall, to target: Capability) -> Bool { false }

    /// The caller gives up. The server hears of it, unless other calls wait for what this one returns.
    func cancel() {
        guard state.value.outcome == nil, state.value.pipelines.isEmpty else { return }
        let cancellation = state.value.cancellation.take()
        answer(AnswerTicket(id: 0, generation: 0), with: .failure(.cancelled))
        cancellation?()
    }
}

/// The promises that stand for places of an answer that is not there yet.
struct Pipelines {
    private(set) var promises: [(transform: Transform, promise: Promise)] = []
    /// What the server says that places will hold, where it knows before it has results.
    private var places: ((Transform) -> Capability)?

    var isEmpty: Bool { promises.isEmpty }

    /// - Returns: nil where `limit` other places are spoken for.
    mutating func promise(at transform: Transform, on loop: any Loop, limit: Int) -> Promise? {
        if let known = promises.first(where: { $0.transform == transform }) { return known.promise }
        guard promises.count < limit else { return nil }
        let promise = Promise(on: loop)
        promises.append((transform, promise))
        if let places { Self.lead(promise, places, transform, on: loop) }
        return promise
    }

    /// Calls on places go to what `places` says, from now on.
    mutating func lead(_ places: @escaping (Transform) -> Capability, on loop: any Loop) {
        guard self.places == nil else { return }
        self.places = places
        for (transform, promise) in promises { Self.lead(promise, places, transform, on: loop) }
    }

    /// Not at once: `places` may ask the connection whose tables are being changed right now. Where results come first,
    /// they count.
    private static func lead(
        _ promise: Promise, _ places: @escaping (Transform) -> Capability, _ transform: Transform, on loop: any Loop
    ) {
        // SAFETY: it is used on the loop, where the caller is.
        nonisolated(unsafe) let places = places
        loop.enqueue { promise.resolve(to: places(transform)) }
    }
}

extension Outcome {
    /// The capability at a place of the results; broken where there are none, or no capability there.
    func capability(at transform: Transform) -> Capability {
        switch self {
        case .success(let payload): payload.capability(at: transform)
        case .failure(let exception): Capability(broken: exception)
        }
    }
}
