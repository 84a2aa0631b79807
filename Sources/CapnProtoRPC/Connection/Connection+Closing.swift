// The end, from either side.
extension Connection {
    /// Tells the peer what it did wrong, and closes.
    mutating func abort(_ fault: PeerFault, effects: inout Effects) {
        guard closeReason == nil else { return }
        effects.send(.abort(.failed(fault.description)))
        close(.peerFault(fault), effects: &effects)
    }

    /// Empties every table. Open calls of this side fail as `disconnected`; servers of the peer's calls hear that
    /// nobody waits.
    mutating func close(_ reason: CloseReason, effects: inout Effects) {
        guard closeReason == nil else { return }
        closeReason = reason
        let exception = reason.exception
        failQuestions(exception, effects: &effects)
        dropAnswers(exception, effects: &effects)
        for (_, embargo) in embargoes.removeAll() {
            effects.append(.resolve(embargo.promise, to: Capability(broken: exception)))
        }
        _ = exports.removeAll()
        _ = imports.removeAll()
        exportIDs = [:]
        bootstrap = nil
        callWordCount = 0
        effects.append(.close(reason))
    }

    private mutating func failQuestions(_ exception: RPCException, effects: inout Effects) {
        for (_, question) in questions.removeAll() {
            if let answer = question.details?.forwarded { effects.append(.cancelLocal(answer)) }
            if let completion = question.completion { effects.append(.complete(completion, .failure(exception))) }
        }
    }

    private mutating func dropAnswers(_ exception: RPCException, effects: inout Effects) {
        for (_, answer) in answers.removeAll() {
            if let cancellation = answer.cancellation { effects.append(.cancel(cancellation)) }
            guard case .running(let pipelines) = answer.state else { continue }
            for (_, promise) in pipelines.promises {
                effects.append(.resolve(promise, to: Capability(broken: exception)))
            }
        }
    }

    /// The peer does not know a message of ours. It may ignore what became of a promise; anything else it needs.
    mutating func receiveRefusal(_ refusal: WireRefusal, effects: inout Effects) throws(PeerFault) {
        switch refusal {
        case .resolve(.senderHosted(let id)?), .resolve(.senderPromise(let id)?):
            try release(export: id, count: 1)
        case .resolve: return
        case .other(let tag): throw .malformed("the peer does not implement message #\(tag)")
        }
    }
}
