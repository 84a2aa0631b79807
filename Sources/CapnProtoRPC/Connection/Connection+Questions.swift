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
        guard !lease.isGivenUp else { return fail(completion, .cancelled, &effects) }
        guard let id = open(lease, completion) else {
            return fail(completion, .overloaded("too many questions are open"), &effects)
        }
        switch route(target) {
        case .wire(let wireTarget):
            guard !send(call, to: wireTarget, as: id, effects: &effects) else { return }
            lease.ticket = nil
            fail(completion, .overloaded("the peer holds too many capabilities"), &effects)
        case .elsewhere(let capability):
            forward(call, to: capability, as: id, effects: &effects)
        }
    }

    /// An entry for a question of `lease`; nil where there is no room for one.
    mutating func open(_ lease: QuestionLease, _ completion: (@Sendable (Outcome) -> Void)?) -> UInt32? {
        nextQuestionGeneration = max(1, nextQuestionGeneration &+ 1)
        let question = Question(
            isHeld: lease.isHeld, generation: nextQuestionGeneration, completion: completion)
        guard let id = questions.insert(question) else { return nil }
        lease.ticket = QuestionTicket(id: id, generation: nextQuestionGeneration)
        return id
    }

    /// What has become of a question; nil where it is over.
    private func state(of ticket: QuestionTicket) -> Question.State? {
        guard questions.read(ticket.id, { $0.generation }) == ticket.generation else { return nil }
        return questions.read(ticket.id) { $0.state }
    }

    private func fail(
        _ completion: @escaping @Sendable (Outcome) -> Void, _ exception: RPCException, _ effects: inout Effects
    ) {
        effects.append(.complete(completion, .failure(exception)))
    }

    func route(_ target: Capability) -> Route {
        let settled = settled(target)
        switch settled.referent {
        case .imported(session, let id): return .wire(.importedCapability(id))
        case .answer(let lease, let transform) where lease.session === session:
            guard let id = lease.ticket?.id else { return .elsewhere(Capability(broken: .disconnected("never asked"))) }
            return .wire(.promisedAnswer(id, transform))
        default: return .elsewhere(settled)
        }
    }

    /// - Returns: false, and nothing was sent or kept, where the peer would hold too many capabilities.
    mutating func send(
        _ call: OutgoingCall, to target: WireTarget, as id: UInt32, resultsTo: WireCall.ResultsTo = .caller,
        effects: inout Effects
    ) -> Bool {
        guard let descriptors = describe(call.params.capabilities.entries, effects: &effects) else {
            questions.remove(id)
            return false
        }
        noteCall(to: target)
        if !descriptors.isEmpty {
            _ = questions.update(id) { $0.edit { $0.paramExports = descriptors.compactMap(\.exportID) } }
        }
        let header = WireCall(
            question: id, target: target, interfaceID: call.interfaceID, methodID: call.methodID,
            noPromisePipelining: call.hasNoCapabilityResults, resultsTo: resultsTo, capabilities: descriptors)
        effects.append(.send(call.params.finish(as: header)))
        return true
    }

    /// Remembers on what calls are under way: should it turn out to live here, later calls wait for these.
    private mutating func noteCall(to target: WireTarget) {
        switch target {
        case .importedCapability(let id): _ = imports.update(id) { $0.hasCalls = true }
        case .promisedAnswer(let id, let transform):
            _ = questions.update(id) { question in
                question.edit { if !$0.pipelined.contains(transform) { $0.pipelined.append(transform) } }
            }
        }
    }

    private mutating func forward(
        _ call: OutgoingCall, to capability: Capability, as id: UInt32, effects: inout Effects
    ) {
        let session = session
        let ticket = QuestionTicket(id: id, generation: nextQuestionGeneration)
        let answer = LocalAnswer(on: session.loop) { outcome in session.endForwarded(ticket, outcome) }
        _ = questions.update(id) { question in
            question.state = .forwarded
            question.edit { $0.forwarded = answer }
        }
        effects.append(.deliver(IncomingCall(call, answeredTo: answer), to: capability))
    }

    /// Asks for the peer's first object.
    mutating func askForBootstrap(lease: QuestionLease, effects: inout Effects) {
        guard closeReason == nil, let id = open(lease, nil) else { return }
        effects.send(.bootstrap(question: id))
    }

    /// The caller gives up.
    mutating func cancel(_ ticket: QuestionTicket, effects: inout Effects) {
        switch state(of: ticket) {
        case .awaiting:
            let completion = questions.update(ticket.id) { question in
                question.state = .cancelled
                return question.completion.take()
            }
            effects.send(.finish(question: ticket.id, releaseResultCaps: true))
            if let completion = completion ?? nil { fail(completion, .cancelled, &effects) }
        case .forwarded:
            if let answer = questions[ticket.id]?.details?.forwarded { effects.append(.cancelLocal(answer)) }
        case .cancelled, .passedOn, .passedOnReturned, .returned, nil: return
        }
    }

    /// Nobody can take capabilities from the results any more.
    mutating func dropHold(of ticket: QuestionTicket, effects: inout Effects) {
        switch state(of: ticket) {
        case .returned: questions.remove(ticket.id)
        case .awaiting, .cancelled, .forwarded: _ = questions.update(ticket.id) { $0.isHeld = false }
        case .passedOn:
            _ = questions.update(ticket.id) { question in
                question.isHeld = false
                question.state = .cancelled
            }
            effects.send(.finish(question: ticket.id, releaseResultCaps: false))
        case .passedOnReturned:
            questions.remove(ticket.id)
            effects.send(.finish(question: ticket.id, releaseResultCaps: false))
        case nil: return
        }
    }

    /// A question that was forwarded to something in this process has its answer.
    mutating func endForwarded(_ ticket: QuestionTicket, _ outcome: Outcome, effects: inout Effects) {
        guard state(of: ticket) == .forwarded else { return }
        end(ticket.id, outcome, effects: &effects)
    }

    /// Records how a question ended, and tells its caller.
    mutating func end(_ id: UInt32, _ outcome: Outcome, effects: inout Effects) {
        let completion: (@Sendable (Outcome) -> Void)?
        if questions.read(id, { $0.isHeld }) == true {
            completion = questions.update(id) { question in
                question.state = .returned
                question.edit { details in
                    details.outcome = outcome
                    details.forwarded = nil
                }
                return question.completion.take()
            } ?? nil
        } else {
            completion = questions.remove(id)?.completion
        }
        if let completion { effects.append(.complete(completion, outcome)) }
    }

    /// What a place in a question's results is by now; nil where that is not known yet.
    func resolution(of ticket: QuestionTicket, at transform: Transform) -> Capability? {
        guard let question = questions[ticket.id], question.generation == ticket.generation else {
            return Capability(broken: closeReason?.exception ?? .noCapability)
        }
        switch question.state {
        case .awaiting, .passedOn, .passedOnReturned: return nil
        case .cancelled: return Capability(broken: .cancelled)
        case .forwarded: return question.details?.forwarded?.capability(at: transform)
        case .returned:
            let details = question.details
            if let embargo = details?.embargoed.first(where: { $0.transform == transform }) {
                return Capability(embargo.promise)
            }
            return details?.outcome?.capability(at: transform) ?? Capability(broken: .noCapability)
        }
    }
}

/// Matches one session and no other.
func ~= (session: Session, other: Session) -> Bool {
    session === other
}
