import CapnProto

// Promises that are resolved, and the order of calls across that.
extension Connection {
    /// A promise of this side that the peer holds became known: the peer may call what it is instead.
    ///
    /// Calls that had come for it have gone on before; whatever the peer sends by the new way is younger.
    mutating func resolveExport(_ id: UInt32, of promise: Promise, to capability: Capability, effects: inout Effects) {
        guard let export = exports[id], !export.isResolved, case .promise(promise) = export.capability.referent else {
            return
        }
        _ = exports.update(id) { $0.isResolved = true }
        let resolution: WireResolution
        if let exception = settled(capability).failure {
            resolution = .exception(exception)
        } else if let descriptor = describe(capability, effects: &effects) {
            resolution = .capability(descriptor)
        } else {
            resolution = .exception(.overloaded("the peer holds too many capabilities"))
        }
        effects.send(.resolve(promise: id, resolution))
    }

    /// A promise of the peer became known. One that this side has released meanwhile only brings a reference to give
    /// back.
    mutating func receiveResolve(
        _ id: UInt32, _ resolution: WireResolution, effects: inout Effects
    ) throws(PeerFault) {
        let capability: Capability
        switch resolution {
        case .capability(let descriptor): capability = try adopt(descriptor) ?? Capability(broken: .noCapability)
        case .exception(let exception): capability = Capability(broken: exception)
        case .unsupported: capability = Capability(broken: .unimplemented("a resolution of a later version"))
        }
        guard let entry = imports[id] else { return }
        guard entry.isPromise, entry.resolution == nil else { throw .notAPromise(id) }
        let target = leads(capability, toImport: id) ? Capability(broken: .cycle) : capability
        let promise = entry.hasCalls ? order(target, behind: .importedCapability(id), effects: &effects) : nil
        _ = imports.update(id) { $0.resolution = promise.map { Capability($0) } ?? target }
    }

    private func leads(_ capability: Capability, toImport id: UInt32) -> Bool {
        var current = capability
        for _ in 0..<Capability.maxChainLength {
            if case .imported(session, id) = current.referent { return true }
            guard let next = next(of: current) else { return false }
            current = next
        }
        return true
    }

    /// Calls were sent to `target`, which now turns out to be `capability`: younger ones must not overtake them.
    /// - Returns: what the younger calls go to until the older ones have come back; nil where they can't come back, as
    ///   `capability` is the peer's. (Should that become one of this side later, the same calls count as older ones then.)
    mutating func order(_ capability: Capability, behind target: WireTarget, effects: inout Effects) -> Promise? {
        if case .imported(session, let id) = capability.referent { _ = imports.update(id) { $0.hasCalls = true } }
        return isOfPeer(capability) || capability.failure != nil
            ? nil : embargo(capability, behind: target, effects: &effects)
    }

    private mutating func embargo(
        _ capability: Capability, behind target: WireTarget, effects: inout Effects
    ) -> Promise {
        let promise = Promise(on: session.loop)
        guard let id = embargoes.insert(Embargo(promise: promise, capability: capability)) else {
            effects.append(.resolve(promise, to: Capability(broken: .overloaded("too many embargoes"))))
            return promise
        }
        effects.send(.disembargo(target, .sender(id)))
        return promise
    }

    mutating func receiveDisembargo(
        _ target: WireTarget, _ loopback: WireLoopback, in message: Message, effects: inout Effects
    ) throws(PeerFault) {
        switch loopback {
        case .sender(let id): try sendBack(id, to: self.target(of: target), effects: &effects)
        case .receiver(let id):
            guard let embargo = embargoes.remove(id) else { throw .unknownEmbargo(id) }
            effects.append(.resolve(embargo.promise, to: embargo.capability))
        case .unsupported: effects.append(.send(WireWriter.unimplemented(message)))
        }
    }

    /// Every call that came for `capability` before has gone on by now: back to the peer, which hears of it, or (where
    /// the peer's thing has become one of this side meanwhile) to its target.
    private func sendBack(_ id: UInt32, to capability: Capability, effects: inout Effects) throws(PeerFault) {
        var current: Capability? = capability
        for _ in 0..<Capability.maxChainLength {
            guard let capability = current else { break }
            switch capability.referent {
            case .imported(session, let importID):
                return effects.send(.disembargo(.importedCapability(importID), .receiver(id)))
            case .answer(let lease, let transform) where lease.session === session:
                guard let question = lease.ticket?.id else { throw .straightDisembargo }
                return effects.send(.disembargo(.promisedAnswer(question, transform), .receiver(id)))
            default: current = next(of: capability)
            }
        }
        throw .straightDisembargo
    }

    /// One step from `capability` to what it is by now. Asks this connection's own tables, which a capability could not
    /// reach while they change.
    func next(of capability: Capability) -> Capability? {
        switch capability.referent {
        case .imported(session, let id): resolution(ofImport: id)
        case .answer(let lease, let transform) where lease.session === session: resolution(of: lease, at: transform)
        default: capability.next
        }
    }

    /// What `capability` is by now, as far as this side knows.
    func settled(_ capability: Capability) -> Capability {
        var current = capability
        for _ in 0..<Capability.maxChainLength {
            guard let next = next(of: current) else { return current }
            current = next
        }
        return Capability(broken: .cycle)
    }

    func resolution(of lease: QuestionLease, at transform: Transform) -> Capability? {
        guard let ticket = lease.ticket else {
            let exception = lease.isGivenUp ? RPCException.cancelled : closeReason?.exception
            return exception.map { Capability(broken: $0) }
        }
        return resolution(of: ticket, at: transform)
    }

    /// What an import is by now; nil while it is no more than that.
    func resolution(ofImport id: UInt32) -> Capability? {
        imports[id]?.resolution ?? closeReason.map { Capability(broken: $0.exception) }
    }
}

/// Matches one promise and no other.
func ~= (promise: Promise, other: Promise) -> Bool {
    promise === other
}
