// MARK: Membranes
//
//              outside           │           inside
//                                │
//      call ───▶ [wrapper] ──── policy ────▶ object
//                                │              │ results: what they hold is wrapped for the outside
//      object ◀──── policy ──────│── [wrapper] ◀┘ params: what they hold is wrapped for the inside
//
// Whoever holds a wrapper holds everything that can be reached through it, and all of it can be taken away at once:
// each capability that passes, in either direction, in parameters or results, resolved or not, is wrapped on its way.
// What passed in one direction and comes back in the other is unwrapped: it is the object itself again.

import CapnProto

/// A border between objects that do not trust each other, as a policy wants it; see the top of this file.
///
/// A wrapper stays a wrapper when the promise that it wraps is resolved, so calls keep their order without an embargo.
public final class Membrane: Sendable {
    /// From where a wrapper is seen.
    enum Side: Hashable, Sendable {
        case outside, inside
        var other: Side { self == .outside ? .inside : .outside }
    }

    private struct Passage {
        let call: IncomingCall
        let pending: PendingCall
    }

    private struct Key: Hashable {
        let capability: CapabilityKey
        let side: Side
    }

    private struct State {
        var revocation: RPCException?
        var passages: [UInt64: Passage] = [:]
        var nextPassage: UInt64 = 0
        /// So that one object has one wrapper on each side.
        var wrappers: [Key: Wrapper] = [:]
        var pruneCount = 64
    }

    /// A wrapper that exists for as long as somebody has it.
    private struct Wrapper {
        weak var capability: Capability?
        weak var object: MembraneObject?
    }

    public let loop: any Loop
    private let policy: (any MembranePolicy)?
    private let state: LoopBound<State>

    /// - Parameter policy: nil where everything passes until it is revoked.
    public init(policy: (any MembranePolicy)? = nil, on loop: any Loop) {
        self.policy = policy
        self.loop = loop
        state = LoopBound(handing: State(), to: loop)
    }

    /// An object inside, as the outside gets it.
    /// - Precondition: the caller is on `loop`.
    public func letOut(_ inside: Capability) -> Capability { wrap(inside, for: .outside) }

    /// An object outside, as the inside gets it.
    /// - Precondition: the caller is on `loop`.
    public func letIn(_ outside: Capability) -> Capability { wrap(outside, for: .inside) }

    /// Takes everything back that has passed, in both directions: calls under way, and all later ones, fail with
    /// `exception`, and the membrane lets go of all objects. Only the first time counts.
    public func revoke(_ exception: RPCException = .disconnected("the access was revoked")) {
        guard loop.isCurrent else {
            loop.enqueue { self.revoke(exception) }
            return
        }
        guard state.value.revocation == nil else { return }
        state.value.revocation = exception
        let (passages, wrappers) = (state.value.passages, state.value.wrappers)
        (state.value.passages, state.value.wrappers) = ([:], [:])
        for (_, wrapper) in wrappers { wrapper.object?.sever(exception) }
        for (_, passage) in passages.sorted(by: { $0.key < $1.key }) {
            passage.call.fail(exception)
            passage.pending.cancel()
        }
    }

    /// Whether everything was taken back, and why; on the loop.
    public var revocation: RPCException? { state.value.revocation }
    /// Calls that are passing now; on the loop.
    public var openCallCount: Int { state.value.passages.count }
    /// Wrappers that are remembered; on the loop.
    var wrapperCount: Int { state.value.wrappers.count }
}

// What passes.
extension Membrane {
    private func wrap(_ capability: Capability, for side: Side) -> Capability {
        if let exception = state.value.revocation { return Capability(broken: exception) }
        if capability.failure != nil { return capability }
        if let object = capability.server as? MembraneObject, object.membrane === self, object.side == side.other {
            return object.target
        }
        let key = Key(capability: capability.key, side: side)
        if let known = state.value.wrappers[key]?.capability { return known }
        let object = MembraneObject(self, around: capability, seenFrom: side)
        let wrapper = Capability(hosting: object, on: loop)
        prune()
        state.value.wrappers[key] = Wrapper(capability: wrapper, object: object)
        return wrapper
    }

    /// Forgets wrappers that nobody has any more, each time that there are twice as many as were left.
    private func prune() {
        guard state.value.wrappers.count >= state.value.pruneCount else { return }
        state.value.wrappers = state.value.wrappers.filter { $0.value.capability != nil || $0.value.object != nil }
        state.value.pruneCount = max(64, 2 * state.value.wrappers.count)
    }

    private func wrap(_ capabilities: [Capability?], for side: Side) -> [Capability?] {
        capabilities.map { capability in capability.map { wrap($0, for: side) } }
    }

    /// Carries a call that arrived at a wrapper, seen from `side`, to what it wraps.
    fileprivate func carry(_ call: IncomingCall, to target: Capability, from side: Side) {
        if let exception = state.value.revocation { return call.fail(exception) }
        switch verdict(on: call, to: target, from: side) {
        case .refused(let exception): call.fail(exception)
        case .redirected(let other): other.deliver(call)
        case .passes: pass(call, to: target, from: side)
        }
    }

    private func verdict(on call: IncomingCall, to target: Capability, from side: Side) -> MembraneVerdict {
        let seen = MembraneCall(interfaceID: call.interfaceID, methodID: call.methodID, target: target)
        switch side {
        case .outside: return policy?.judge(inbound: seen) ?? .passes
        case .inside: return policy?.judge(outbound: seen) ?? .passes
        }
    }

    private func pass(_ call: IncomingCall, to target: Capability, from side: Side) {
        do throws(CapnProtoError) {
            let params = call.params.replacing(wrap(call.params.capabilities.all, for: side.other))
            let outgoing = OutgoingCall(
                interfaceID: call.interfaceID, methodID: call.methodID,
                params: try OutgoingPayload(copying: params, as: .params))
            open(call, side) { target.send(outgoing, completion: $0) }
        } catch {
            call.fail(RPCException.failed("the parameters cannot be passed on: \(error)"))
        }
    }

    /// Sends the call on, and remembers it until it has ended.
    private func open(
        _ call: IncomingCall, _ side: Side, _ send: (@escaping @Sendable (Outcome) -> Void) -> PendingCall
    ) {
        let number = state.value.nextPassage
        state.value.nextPassage += 1
        let pending = send { outcome in self.loop.perform { self.end(number, call, outcome, side) } }
        // A call on what is broken has ended by now.
        if !call.hasAnswer { state.value.passages[number] = Passage(call: call, pending: pending) }
        call.loop.perform {
            call.onCancel {
                pending.cancel()
                self.loop.perform { self.state.value.passages[number] = nil }
            }
            call.setPipeline { place in self.promised(pending.capability(at: place), for: side) }
        }
    }

    /// What a place of results will hold, wrapped; on any loop.
    private func promised(_ capability: Capability, for side: Side) -> Capability {
        if loop.isCurrent { return wrap(capability, for: side) }
        let promise = Promise(on: loop)
        loop.enqueue { promise.resolve(to: self.wrap(capability, for: side)) }
        return Capability(promise)
    }

    private func end(_ number: UInt64, _ call: IncomingCall, _ outcome: Outcome, _ side: Side) {
        state.value.passages[number] = nil
        if let exception = state.value.revocation { return call.fail(exception) }
        call.reply(copying: outcome.map { results in
            results.replacing(wrap(results.capabilities.all, for: side))
        })
    }
}

/// A capability as one side of a membrane sees it.
private final class MembraneObject: CallHandler {
    let membrane: Membrane
    let side: Membrane.Side
    private(set) var target: Capability

    init(_ membrane: Membrane, around target: Capability, seenFrom side: Membrane.Side) {
        self.membrane = membrane
        self.target = target
        self.side = side
    }

    func handle(_ call: IncomingCall) { membrane.carry(call, to: target, from: side) }

    func sever(_ exception: RPCException) { target = Capability(broken: exception) }
}
