// Calls of this side.
extension Connection {
    /// What a call on `target` is sent on.
    enum Route {
        case wire(WireTarget)
        /// It lives in this process, or is reached through another connection.
        case elsewhere(Capability)
    }

    /// Asks `call` of `target`, which is a capability of this connection.
    mutating func ask(
        _ call: OutgoingCall, of target: Capability, lease: QuestionLease,
        completion: @escaping @Sendable (Outcome) -> Void, effects: inout Effects
    ) {
        guard closeReason == nil else { return fail(completion, closeReason!.exception, &effects) }
        let question = Question(state: .awaiting, completion: completion)
        guard let id = questions.insert(question) else {
            return fail(completion, .overloaded("too many questions are open"), &effects)
        }
        switch route(target) {
        case .wire(let wireTarget): send(call, to: wireTarget, as: id, lease: lease, effects: &effects)
        case .elsewhere(let capability):
            lease.id = id
            forward(call, to: capability, as: id, effects: &effects)
        }
    }

    private func fail(
        _ completion: @escaping @Sendable (Outcome) -> Void, _ exception: RPCException, _ effects: inout Effects
    ) {
        effects.append(.complete(completion, .failure(exception)))
    }

    private func route(_ target: Capability) -> Route {
        let settled = settled(target)
        switch settled.referent {
        case .imported(session, let id): return .wire(.importedCapability(id))
        case .answer(let lease, let transform) where lease.session === session:
            guard let id = lease.id else { return .elsewhere(Capability(broken: .disconnected("never asked"))) }
            return .wire(.promisedAnswer(id, transform))
        default: return .elsewhere(settled)
        }
    }

    private mutating func send(
        _ call: OutgoingCall, to target: WireTarget, as id: UInt32, lease: QuestionLease, effects: inout Effects
    ) {
        guard let descriptors = describe(call.params.capabilities.entries, effects: &effects) else {
            let completion = questions.remove(id)!.completion!
            return fail(completion, .overloaded("the peer holds too many capabilities"), &effects)
        }
        lease.id = id
        noteCall(to: target)
        _ = questions.update(id) { $0.paramExports = descriptors.compactMap(\.exportID) }
        let header = WireCall(
            question: id, target: target, interfaceID: call.interfaceID, methodID: call.methodID,
            noPromisePipelining: call.hasNoCapabilityResults, capabilities: descriptors)
        effects.append(.send(call.params.finish(as: header)))
    }

    /// Remembers on what calls are under way: should it turn out to live here, later calls wait for these.
    private mutating func noteCall(to target: WireTarget) {
        switch target {
        case .importedCapability(let id): _ = imports.update(id) { $0.hasCalls = true }
        case .promisedAnswer(let id, let transform):
            _ = questions.update(id) { question in
                if !question.pipelined.contains(transform) { question.pipelined.append(transform) }
            }
        }
    }

    private mutating func forward(
        _ call: OutgoingCall, to capability: Capability, as id: UInt32, effects: inout Effects
    ) {
        let session = session
        let answer = LocalAnswer(on: session.loop) { outcome in session.endForwarded(id, outcome) }
        _ = questions.update(id) { $0.state = .forwarded(answer) }
        effects.append(.deliver(IncomingCall(call, answeredTo: answer), to: capability))
    }

    /// Asks for the peer's first object.
    mutating func askForBootstrap(lease: QuestionLease, effects: inout Effects) {
        guard closeReason == nil, let id = questions.insert(Question(state: .awaiting)) else { return }
        lease.id = id
        effects.send(.bootstrap(question: id))
    }

    /// The caller gives up.
    mutating func cancel(_ id: UInt32, effects: inout Effects) {
        guard let question = questions[id] else { return }
        switch question.state {
        case .awaiting:
            _ = questions.update(id) { question in
                question.state = .cancelled
                question.completion = nil
            }
            effects.send(.finish(question: id, releaseResultCaps: true))
            if let completion = question.completion { fail(completion, .cancelled, &effects) }
        case .forwarded(let answer): effects.append(.cancelLocal(answer))
        case .cancelled, .returned: return
        }
    }

    /// Nobody can take capabilities from the results any more.
    mutating func dropHold(ofQuestion id: UInt32) {
        guard let question = questions[id] else { return }
        if case .returned = question.state {
            questions.remove(id)
        } else {
            _ = questions.update(id) { $0.isHeld = false }
        }
    }

    /// A question that was forwarded to something in this process has its answer.
    mutating func endForwarded(_ id: UInt32, _ outcome: Outcome, effects: inout Effects) {
        guard case .forwarded = questions[id]?.state else { return }
        end(id, outcome, effects: &effects)
    }

    /// Records how a question ended, and tells its caller.
    mutating func end(_ id: UInt32, _ outcome: Outcome, effects: inout Effects) {
        guard let question = questions[id] else { return }
        if question.isHeld {
            _ = questions.update(id) { question in
                question.state = .returned(outcome)
                question.completion = nil
            }
        } else {
            questions.remove(id)
        }
        if let completion = question.completion { effects.append(.complete(completion, outcome)) }
    }

    /// What a place in a question's results is by now; nil where that is not known yet.
    func resolution(ofQuestion id: UInt32, at transform: Transform) -> Capability? {
        guard let question = questions[id] else {
            return Capability(broken: closeReason?.exception ?? .noCapability)
        }
        switch question.state {
        case .awaiting: return nil
        case .cancelled: return Capability(broken: .cancelled)
        case .forwarded(let answer): return answer.capability(at: transform)
        case .returned(let outcome):
            if let embargo = question.embargoed.first(where: { $0.transform == transform }) {
                return Capability(embargo.promise)
            }
            return outcome.capability(at: transform)
        }
    }
}

/// Matches one session and no other.
func ~= (session: Session, other: Session) -> Bool {
    session === other
}
