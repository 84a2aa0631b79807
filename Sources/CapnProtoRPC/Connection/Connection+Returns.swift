import CapnProto

// The peer's answers to calls of this side.
extension Connection {
    mutating func receive(
        _ message: WireReturn, in frame: Message, effects: inout Effects
    ) throws(PeerFault) {
        let wasCancelled: Bool
        let state = questions.read(message.answer) { $0.state }
        switch state {
        case .awaiting, .passedOn: wasCancelled = false
        case .cancelled: wasCancelled = true
        case .forwarded, .passedOnReturned, .returned, nil: throw .unknownQuestion(message.answer)
        }
        if message.releaseParamCaps, let details = questions.read(message.answer, { $0.details }) ?? nil {
            for id in details.paramExports { try release(export: id, count: 1) }
        }
        // After a cancellation the results' capabilities are the peer's to release: they are not imported.
        if wasCancelled { return end(message.answer, .failure(.cancelled), effects: &effects) }
        if state == .passedOn { return endPassedOn(message.answer) }
        guard let outcome = try outcome(of: message, in: frame, effects: &effects) else { return }
        settle(message.answer, outcome, sendsFinish: !message.noFinishNeeded, effects: &effects)
    }

    /// - Returns: nil where the results are those of a call of the peer that still runs here.
    private mutating func outcome(
        of message: WireReturn, in frame: Message, effects: inout Effects
    ) throws(PeerFault) -> Outcome? {
        switch message.outcome {
        case .results(let descriptors):
            let capabilities = CapabilityTable(try adopt(descriptors))
            return .success(Payload(message: frame, place: .results, capabilities: capabilities))
        case .exception(let exception): return .failure(exception)
        case .canceled: return .failure(.cancelled)
        case .takeFromOtherQuestion(let id): return try take(from: id, for: message.answer)
        case .resultsSentElsewhere: throw .malformed("results that were asked for were sent elsewhere")
        case .unsupported:
            effects.append(.send(WireWriter.unimplemented(frame)))
            return .failure(.unimplemented("the results are in a form of a later version"))
        }
    }

    /// A tail call: the peer asked a question of this side whose results are to answer our own.
    private mutating func take(from id: UInt32, for question: UInt32) throws(PeerFault) -> Outcome? {
        guard let answer = answers[id], answer.isKept, answer.takenBy == nil else { throw .nothingToTake(id) }
        if case .returned(let outcome) = answer.state { return outcome }
        _ = answers.update(id) { $0.takenBy = question }
        return nil
    }

    /// Ends a question whose `return` has come: places that turned out to be of this side are embargoed where older
    /// calls on them are under way, and the peer hears that the question is over.
    mutating func settle(_ id: UInt32, _ outcome: Outcome, sendsFinish: Bool, effects: inout Effects) {
        guard questions.contains(id) else { return }
        var outcome = outcome
        if case .success(let results) = outcome, let details = questions.read(id, { $0.details }) ?? nil {
            let embargoed = details.pipelined.compactMap { transform in
                order(results.capability(at: transform), behind: .promisedAnswer(id, transform), effects: &effects)
                    .map { (transform: transform, promise: $0) }
            }
            details.embargoed = embargoed
            if !embargoed.isEmpty { outcome = .success(results.replacing(embargoed)) }
        }
        if sendsFinish { effects.send(.finish(question: id, releaseResultCaps: false)) }
        end(id, outcome, effects: &effects)
    }
}
