import CapnProto
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

/// The caller's hold on a question of a connection: as long as one exists, the question's results are kept.
final class QuestionLease: Sendable {
    let session: Session
    private let slot = Mutex<UInt32?>(nil)

    init(_ session: Session) {
        self.session = session
    }

    /// The identifier, once the question was asked; nil where it never was.
    var id: UInt32? {
        get { slot.withLock { $0 } }
        set { slot.withLock { $0 = newValue } }
    }

    deinit {
        if let id { session.drop(.question(id)) }
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

extension LocalAnswer {
    /// `capability(at:)`, from any thread.
    func pipelined(at transform: Transform) -> Capability {
        if loop.isCurrent { return capability(at: transform) }
        let promise = Promise(on: loop)
        loop.enqueue { promise.resolve(to: self.capability(at: transform)) }
        return Capability(promise)
    }
}
