import CapnProto
public import Primitives
import Synchronization

/// What a caller sends: method and parameters. The target is chosen by sending it.
public struct OutgoingCall: Sendable {
    public var interfaceID: UInt64
    public var methodID: UInt16
    public var params: OutgoingPayload
    /// The method returns no capabilities, so nothing will be pipelined on its results.
    public var hasNoCapabilityResults: Bool

    public init(interfaceID: UInt64, methodID: UInt16, params: OutgoingPayload, hasNoCapabilityResults: Bool = false) {
        self.interfaceID = interfaceID
        self.methodID = methodID
        self.params = params
        self.hasNoCapabilityResults = hasNoCapabilityResults
    }

    /// The same call once more, to go elsewhere.
    init(copying call: IncomingCall) throws(CapnProtoError) {
        self.init(
            interfaceID: call.interfaceID, methodID: call.methodID,
            params: try OutgoingPayload(copying: call.params, as: .params))
    }
}

/// Names one question of a connection. Identifiers are used again, generations are not.
struct QuestionTicket: Hashable, Sendable {
    var id: UInt32
    var generation: UInt32
}

/// The caller's hold on a question of a connection: as long as one exists, the question's results are kept, unless
/// they refer to no capability.
final class QuestionLease: Sendable {
    let session: Session
    let isHeld: Bool
    /// Zero before the question was asked, else generation and identifier; `givenUp` where it never will be.
    private let slot = Atomic<UInt64>(0)
    private static var givenUp: UInt64 { .max }

    init(_ session: Session, isHeld: Bool = true) {
        self.session = session
        self.isHeld = isHeld
    }

    /// Which question it is, once it was asked; nil where it never was.
    var ticket: QuestionTicket? {
        get {
            let slot = slot.load(ordering: .acquiring)
            return slot == 0 || slot == Self.givenUp ? nil : QuestionTicket(
                id: UInt32(truncatingIfNeeded: slot), generation: UInt32(truncatingIfNeeded: slot >> 32))
        }
        set {
            let value = newValue.map { UInt64($0.generation) << 32 | UInt64($0.id) }
            slot.store(value ?? 0, ordering: .releasing)
        }
    }

    /// The caller gave up before the question was asked: a timer may come before what was enqueued earlier.
    var isGivenUp: Bool { slot.load(ordering: .acquiring) == Self.givenUp }

    /// Sees to it that the question will not be asked. On the loop, before there is a ticket.
    func giveUp() { slot.store(Self.givenUp, ordering: .releasing) }

    deinit {
        if isHeld, let ticket { session.drop(.question(ticket)) }
    }
}

/// A call under way, and what its results will hold. Dropping it changes nothing for the call: it ends when it is
/// answered, or when somebody cancels it.
public final class PendingCall: Sendable {
    enum Answer: Sendable {
        case asked(QuestionLease)
        case local(LocalAnswer)
        case broken(RPCException)
    }

    let answer: Answer

    init(_ answer: Answer) {
        self.answer = answer
    }

    /// The capability that the results will hold at `transform` (pointer fields of nested structs); usable at once.
    public func capability(at transform: [UInt16]) -> Capability {
        switch answer {
        case .asked(let lease): Capability(.answer(lease, transform))
        case .local(let local): local.pipelined(at: transform)
        case .broken(let exception): Capability(broken: exception)
        }
    }

    /// Gives up: the callee is told, and the call ends as cancelled unless it has ended already. Capabilities that were
    /// taken from results that are not there yet break.
    public func cancel() {
        switch answer {
        case .asked(let lease): lease.session.cancel(lease)
        case .local(let local): local.loop.perform { local.cancel() }
        case .broken: return
        }
    }
}

extension PendingCall {
    /// Gives up when so much time has passed, after running `body`; both on the call's loop.
    /// - Returns: what forgets the deadline: call it when the call has ended.
    @discardableResult
    public func cancel(
        after limit: Interval, _ body: @escaping @Sendable () -> Void = {}
    ) -> @Sendable () -> Void {
        let loop: (any Loop)? =
            switch answer {
            case .asked(let lease): lease.session.loop
            case .local(let local): local.loop
            case .broken: nil
            }
        guard let loop else { return {} }
        return loop.schedule(after: limit) {
            body()
            self.cancel()
        }
    }
}

extension LocalAnswer {
    /// `capability(at:)`, from any thread.
    func pipelined(at transform: Transform) -> Capability {
        if loop.isCurrent { return capability(at: transform) }
        let promise = Promise(on: loop)
        loop.enqueue { promise.resolve(to: self.capability(at: transform)) }
        return Capability(promise)
    }
}
