import CapnProto

// Answers that are another call's results, and answers whose places are known before their results.
extension Connection {
    /// Answers a call of the peer with the results of a call on something of the peer's: they never come here.
    ///
    ///     peer ── call q ──▶ here          here ── call p, results to yourself ──▶ peer
    ///                                      here ── return q: take those of p ────▶ peer
    ///
    /// - Returns: false, and nothing happened, where the target is not the peer's, or the peer waits for other things.
    mutating func passOn(
        _ ticket: AnswerTicket, _ call: OutgoingCall, to target: Capability, lease: QuestionLease,
        effects: inout Effects
    ) -> Bool {
        guard closeReason == nil, let answer = answers[ticket.id], answer.generation == ticket.generation,
            case .running(let pipelines) = answer.state, !answer.isKept, !answer.isFinished,
            case .wire(let wireTarget) = route(target), let id = open(lease, nil)
        else { return false }
        guard send(call, to: wireTarget, as: id, resultsTo: .yourself, effects: &effects) else {
            lease.ticket = nil
            return false
        }
        _ = questions.update(id) { $0.state = .passedOn }
        redirect(ticket.id, to: lease, id, effects: &effects)
        for (transform, promise) in pipelines.promises {
            effects.append(.resolve(promise, to: Capability(.answer(lease, transform))))
        }
        return true
    }

    private mutating func redirect(
        _ id: UInt32, to lease: QuestionLease, _ question: UInt32, effects: inout Effects
    ) {
        callWordCount -= answers[id]?.wordCount ?? 0
        _ = answers.update(id) { answer in
            answer.state = .redirected(lease)
            answer.cancellation = nil
        }
        effects.send(
            .return(WireReturn(answer: id, releaseParamCaps: false, outcome: .takeFromOtherQuestion(question))))
    }

    /// The peer has the results of a question that was passed on.
    mutating func endPassedOn(_ id: UInt32) {
        _ = questions.update(id) { $0.state = .passedOnReturned }
    }

    /// Calls on places of a running answer go where its server says.
    mutating func setPipeline(_ ticket: AnswerTicket, _ places: @escaping (Transform) -> Capability) {
        let loop = session.loop
        _ = answers.update(ticket.id) { answer in
            guard answer.generation == ticket.generation, case .running(var pipelines) = answer.state else { return }
            pipelines.lead(places, on: loop)
            answer.state = .running(pipelines)
        }
    }
}
