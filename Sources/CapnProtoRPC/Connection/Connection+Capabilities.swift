// Capabilities that cross the wire.
extension Connection {
    /// Takes over a message's capability table: every entry is one reference of the peer's objects, or means one of
    /// ours.
    mutating func adopt(_ descriptors: [WireDescriptor]) throws(PeerFault) -> [Capability?] {
        var capabilities: [Capability?] = []
        capabilities.reserveCapacity(descriptors.count)
        for descriptor in descriptors { capabilities.append(try adopt(descriptor)) }
        return capabilities
    }

    mutating func adopt(_ descriptor: WireDescriptor) throws(PeerFault) -> Capability? {
        switch descriptor {
        case .none: return nil
        case .senderHosted(let id), .thirdPartyHosted(let id): return try hold(id, isPromise: false)
        case .senderPromise(let id): return try hold(id, isPromise: true)
        case .receiverHosted(let id):
            guard let export = exports[id] else { throw .unknownExport(id) }
            return returned(export.capability)
        case .receiverAnswer(let id, let transform): return returned(pipelined(id, at: transform))
        case .unknown(let tag): return Capability(broken: .unimplemented("capability descriptor #\(tag)"))
        }
    }

    /// Something of this side comes back. Where it is the peer's in truth, older calls may still be on their way
    /// through both sides: it stays a thing of this side, so that an embargo is put on it as on any other.
    private func returned(_ capability: Capability) -> Capability {
        guard isOfPeer(capability) else { return capability }
        return Capability(Promise(resolvedTo: capability, on: session.loop))
    }

    /// Whether a reference is to the peer's table or to the results of a call to the peer, wherever that leads by now.
    func isOfPeer(_ capability: Capability) -> Bool {
        switch capability.referent {
        case .imported(session, _): true
        case .answer(let lease, _): lease.session === session
        default: false
        }
    }

    private mutating func hold(_ id: UInt32, isPromise: Bool) throws(PeerFault) -> Capability {
        if !imports.contains(id) {
            guard !imports.isFull else { throw .quotaExceeded(.imports) }
            imports.insert(Import(remoteCount: 0, isPromise: isPromise), at: id)
        }
        _ = imports.update(id) { entry in
            entry.remoteCount += 1
            entry.holderCount += 1
        }
        return Capability(.imported(session, id))
    }

    /// One `Capability` object that stood for an import is gone. With the last one, all references go back to the peer.
    mutating func dropHolder(ofImport id: UInt32, effects: inout Effects) {
        guard let entry = imports[id] else { return }
        guard entry.holderCount == 1 else {
            _ = imports.update(id) { $0.holderCount -= 1 }
            return
        }
        imports.remove(id)
        effects.send(.release(id: id, referenceCount: UInt32(clamping: entry.remoteCount)))
    }

    /// Descriptors for a message's capability table, each a reference that the peer will count.
    /// - Returns: nil, and nothing is exported, where that would exceed the quota.
    mutating func describe(_ capabilities: [Capability?], effects: inout Effects) -> [WireDescriptor]? {
        var descriptors: [WireDescriptor] = []
        descriptors.reserveCapacity(capabilities.count)
        for capability in capabilities {
            guard let descriptor = describe(capability, effects: &effects) else {
                for id in descriptors.compactMap(\.exportID) { releaseOwn(id) }
                return nil
            }
            descriptors.append(descriptor)
        }
        return descriptors
    }

    mutating func describe(_ capability: Capability?, effects: inout Effects) -> WireDescriptor? {
        guard let settled = capability.map(settled) else { return WireDescriptor.none }
        switch settled.referent {
        case .imported(session, let id): return .receiverHosted(id)
        case .answer(let lease, let transform) where lease.session === session:
            return lease.ticket.map { .receiverAnswer($0.id, transform) } ?? export(settled, effects: &effects)
        default: return export(settled, effects: &effects)
        }
    }

    private mutating func export(_ capability: Capability, effects: inout Effects) -> WireDescriptor? {
        let key = capability.key
        let isPromise = if case .promise = capability.referent { true } else { false }
        if let id = exportIDs[key] {
            _ = exports.update(id) { $0.referenceCount += 1 }
            return isPromise ? .senderPromise(id) : .senderHosted(id)
        }
        guard let id = exports.insert(Export(capability: capability, key: key, referenceCount: 1)) else { return nil }
        exportIDs[key] = id
        guard case .promise(let promise) = capability.referent else { return .senderHosted(id) }
        effects.append(.observe(promise, export: id))
        return .senderPromise(id)
    }

    /// The peer gives references back.
    mutating func release(export id: UInt32, count: Int) throws(PeerFault) {
        guard let export = exports[id] else { throw .unknownExport(id) }
        guard count <= export.referenceCount else { throw .releasedTooOften(id) }
        dropReferences(id, export, count)
    }

    /// This side takes references back that the peer never got, or that went with an answer.
    mutating func releaseOwn(_ id: UInt32) {
        guard let export = exports[id] else { return }
        dropReferences(id, export, 1)
    }

    private mutating func dropReferences(_ id: UInt32, _ export: Export, _ count: Int) {
        guard count == export.referenceCount else {
            _ = exports.update(id) { $0.referenceCount -= count }
            return
        }
        exports.remove(id)
        exportIDs[export.key] = nil
    }
}

extension WireDescriptor {
    /// The export of which this is one reference.
    var exportID: UInt32? {
        switch self {
        case .senderHosted(let id), .senderPromise(let id): id
        default: nil
        }
    }
}
