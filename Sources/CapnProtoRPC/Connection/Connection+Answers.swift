import CapnProto

// Calls of the peer.
extension Connection {
    mutating func receiveBootstrap(_ id: UInt32, effects: inout Effects) throws(PeerFault) {
        guard !answers.contains(id) else { throw .questionInUse(id) }
        guard !answers.isFull else {
            effects.send(.return(.refusal(of: id, .overloaded("too many calls are open"))))
            return
        }
        let ticket = openAnswer(id, wordCount: 0)
        guard let bootstrap else {
            return reply(ticket, .failure(.failed("this vat has no bootstrap object")), effects: &effects)
        }
        reply(ticket, .success(OutgoingPayload(content: bootstrap)), effects: &effects)
    }

    mutating func receive(_ call: WireCall, in message: Message, effects: inout Effects) throws(PeerFault) {
        guard !answers.contains(call.question) else { throw .questionInUse(call.question) }
        guard call.resultsTo != .elsewhere else {
            effects.append(.send(WireWriter.unimplemented(message)))
            return
        }
        let capabilities = CapabilityTable(try adopt(call.capabilities))
        let params = Payload(message: message, place: .params, capabilities: capabilities)
        let words = message.wordCount
        guard !answers.isFull, callWordCount + words <= configuration.maxCallWords else {
            effects.send(.return(.refusal(of: call.question, .overloaded("too many calls are open"))))
            return
        }
        let target = try self.target(of: call.target)
        let ticket = openAnswer(
            call.question, wordCount: words, isKept: call.resultsTo == .yourself,
            hasNoPipelines: call.noPromisePipelining)
        let incoming = IncomingCall(
            interfaceID: call.interfaceID, methodID: call.methodID, params: params, sink: session, ticket: ticket)
        effects.append(.deliver(incoming, to: target))
    }

    private mutating func openAnswer(
        _ id: UInt32, wordCount: Int, isKept: Bool = false, hasNoPipelines: Bool = false
    ) -> AnswerTicket {
        nextGeneration += 1
        callWordCount += wordCount
        let answer = Answer(
            state: .running(Pipelines()), generation: nextGeneration, wordCount: wordCount, isKept: isKept,
            hasNoPipelines: hasNoPipelines)
        answers.insert(answer, at: id)
        return AnswerTicket(id: id, generation: nextGeneration)
    }

    /// What the peer means by a target.
    mutating func target(of target: WireTarget) throws(PeerFault) -> Capability {
        switch target {
        case .importedCapability(let id):
            guard let export = exports[id] else { throw .unknownExport(id) }
            return export.capability
        case .promisedAnswer(let id, let transform): return pipelined(id, at: transform)
        }
    }

    /// A place in the results of an answer: a promise while it runs. An answer that is gone had no capabilities.
    mutating func pipelined(_ id: UInt32, at transform: Transform) -> Capability {
        let limit = configuration.maxPipelinesPerAnswer
        let loop = session.loop
        let found = answers.update(id) { answer in
            switch answer.state {
            case .returned(let outcome): return outcome.capability(at: transform)
            case .redirected(let lease): return Capability(.answer(lease, transform))
            case .running(var pipelines):
                let promise = pipelines.promise(at: transform, on: loop, limit: limit)
                answer.state = .running(pipelines)
                return promise.map { Capability($0) }
                    ?? Capability(broken: .overloaded("too many pipelines on one answer"))
            }
        }
        return found ?? Capability(broken: .noCapability)
    }

    /// A server answers. What comes after the caller gave up, or twice, is dropped.
    mutating func reply(_ ticket: AnswerTicket, _ reply: Reply, effects: inout Effects) {
        guard let answer = answers[ticket.id], answer.generation == ticket.generation, answer.isRunning else { return }
        guard case .running(let pipelines) = answer.state else { return }
        callWordCount -= answer.wordCount
        let outcome =
            if answer.isKept { keep(ticket.id, answer, reply, effects: &effects) }
            else if answer.isFinished { drop(ticket.id, reply, effects: &effects) }
            else { send(ticket.id, reply, effects: &effects) }
        for (transform, promise) in pipelines.promises {
            effects.append(.resolve(promise, to: outcome.capability(at: transform)))
        }
    }

    /// The caller has finished, but calls wait for what this one returns.
    private mutating func drop(_ id: UInt32, _ reply: Reply, effects: inout Effects) -> Outcome {
        answers.remove(id)
        effects.send(.return(WireReturn(answer: id, releaseParamCaps: false, outcome: .canceled)))
        return reply.map { $0.sealed() }
    }

    /// The caller takes the results as the answer to a question of this side.
    private mutating func keep(_ id: UInt32, _ answer: Answer, _ reply: Reply, effects: inout Effects) -> Outcome {
        let outcome = reply.map { $0.sealed() }
        _ = answers.update(id) { answer in
            answer.state = .returned(outcome)
            answer.cancellation = nil
        }
        let elsewhere = WireReturn(answer: id, releaseParamCaps: false, outcome: .resultsSentElsewhere)
        effects.send(.return(elsewhere))
        if let question = answer.takenBy { settle(question, outcome, sendsFinish: true, effects: &effects) }
        if answer.isFinished { answers.remove(id) }
        return outcome
    }

    private mutating func send(_ id: UInt32, _ reply: Reply, effects: inout Effects) -> Outcome {
        switch reply {
        case .failure(let exception): return refuse(id, exception, effects: &effects)
        case .success(let results):
            guard let descriptors = describe(results.capabilities.entries, effects: &effects) else {
                return refuse(id, .overloaded("the caller holds too many capabilities"), effects: &effects)
            }
            return send(id, results, descriptors, effects: &effects)
        }
    }

    private mutating func send(
        _ id: UInt32, _ results: OutgoingPayload, _ descriptors: [WireDescriptor], effects: inout Effects
    ) -> Outcome {
        let header = WireReturn(
            answer: id, releaseParamCaps: false, noFinishNeeded: descriptors.isEmpty, outcome: .results(descriptors))
        let message = results.finish(as: header)
        effects.append(.send(message))
        guard !descriptors.isEmpty else {
            answers.remove(id)
            return .failure(.noCapability)
        }
        let outcome = Outcome.success(results.sealed())
        _ = answers.update(id) { answer in
            answer.state = .returned(outcome)
            answer.cancellation = nil
            answer.resultExports = descriptors.compactMap(\.exportID)
        }
        return outcome
    }

    /// A call fails. Where the peer may have sent calls on its results, those are to fail in the same way: the answer
    /// stays until it is finished.
    private mutating func refuse(_ id: UInt32, _ exception: RPCException, effects: inout Effects) -> Outcome {
        let outcome = Outcome.failure(exception)
        guard let answer = answers[id], !answer.hasNoPipelines else {
            answers.remove(id)
            effects.send(.return(.refusal(of: id, exception)))
            return outcome
        }
        _ = answers.update(id) { answer in
            answer.state = .returned(outcome)
            answer.cancellation = nil
        }
        effects.send(.return(WireReturn(answer: id, releaseParamCaps: false, outcome: .exception(exception))))
        return outcome
    }

    /// Remembers whom to tell should the caller give up.
    mutating func onCancel(_ ticket: AnswerTicket, _ body: @escaping () -> Void) {
        _ = answers.update(ticket.id) { answer in
            if answer.generation == ticket.generation, answer.isRunning { answer.cancellation = body }
        }
    }

    /// The caller needs the answer no more. One that is gone already needed no `finish`.
    mutating func receiveFinish(_ id: UInt32, _ releaseResultCaps: Bool, effects: inout Effects) {
        guard let answer = answers[id], !answer.isFinished else { return }
        guard case .running(let pipelines) = answer.state else {
            answers.remove(id)
            if releaseResultCaps { for export in answer.resultExports { releaseOwn(export) } }
            return
        }
        guard pipelines.isEmpty, answer.takenBy == nil else {
            _ = answers.update(id) { $0.isFinished = true }
            return
        }
        answers.remove(id)
        callWordCount -= answer.wordCount
        effects.send(.return(WireReturn(answer: id, releaseParamCaps: false, outcome: .canceled)))
        if let cancellation = answer.cancellation { effects.append(.cancel(cancellation)) }
    }
}
