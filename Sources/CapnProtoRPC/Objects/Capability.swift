import CapnProto

/// A reference to an object, wherever it lives: in this process, at the other end of a connection, or nowhere yet.
///
/// It may be held and used on any thread. Dropping the last reference releases what the peer keeps for it.
public final class Capability: Sendable {
    enum Referent: Sendable {
        case hosted(HostedObject)
        case promise(Promise)
        /// An entry of a connection's import table; this object is one of its holders.
        case imported(Session, UInt32)
        /// A place in the results of a question, which may have none yet.
        case answer(QuestionLease, Transform)
        case broken(RPCException)
    }

    let referent: Referent
    let streamWindow = StreamWindow()

    init(_ referent: Referent) {
        self.referent = referent
    }

    /// An object that is called on its loop as a plain function.
    /// - Precondition: the caller is on `loop`.
    public convenience init(hosting handler: any CallHandler, on loop: any Loop) {
        self.init(.hosted(HostedObject(handler, on: loop)))
    }

    /// An object whose methods may suspend.
    public convenience init(serving server: any InterfaceServer, on loop: any Loop) {
        self.init(.hosted(HostedObject(server, on: loop)))
    }

    /// What a promise stands for, before and after it is known.
    public convenience init(_ promise: Promise) {
        self.init(.promise(promise))
    }

    /// A capability on which every call fails.
    public convenience init(broken exception: RPCException) {
        self.init(.broken(exception))
    }

    deinit {
        if case .imported(let session, let id) = referent { session.drop(.imported(id)) }
    }

    /// Where its calls are put on their way; nil where there is nothing to call.
    public var loop: (any Loop)? {
        switch referent {
        case .hosted(let object): object.loop
        case .promise(let promise): promise.loop
        case .imported(let session, _): session.loop
        case .answer(let lease, _): lease.session.loop
        case .broken: nil
        }
    }

    /// The server itself, where this capability is hosted here; on its loop.
    public var server: AnyObject? {
        if case .hosted(let object) = referent { return object.handler }
        return loop?.isCurrent == true ? next?.server : nil
    }

    /// Why every call on it fails; nil where they may succeed.
    public var failure: RPCException? {
        if case .broken(let exception) = referent { return exception }
        return nil
    }
}

// Where calls go.
extension Capability {
    /// Hands on a call that has arrived. On the loop of the object that brought it.
    func deliver(_ call: IncomingCall) {
        switch referent {
        case .hosted(let object): object.deliver(call)
        case .promise(let promise): promise.deliver(call)
        case .broken(let exception): call.fail(exception)
        case .imported, .answer: forward(call)
        }
    }

    /// Asks elsewhere what was asked here, and gives that answer.
    private func forward(_ call: IncomingCall) {
        do throws(CapnProtoError) {
            let pending = send(try OutgoingCall(copying: call)) { outcome in call.reply(copying: outcome) }
            call.loop.perform {
                call.onCancel { pending.cancel() }
                call.setPipeline { place in pending.capability(at: place) }
            }
        } catch {
            call.fail(RPCException.failed("the parameters cannot be passed on: \(error)"))
        }
    }

    /// One step towards what it is by now; nil where it is that already, or where only another loop could tell.
    var next: Capability? {
        guard let loop, loop.isCurrent else { return nil }
        switch referent {
        case .promise(let promise): return promise.resolution
        case .imported(let session, let id): return session.resolution(ofImport: id)
        case .answer(let lease, let transform): return lease.session.resolution(of: lease, at: transform)
        case .hosted, .broken: return nil
        }
    }

    /// Whether a call on this capability would come to `promise`.
    func leads(to promise: Promise) -> Bool {
        var current = self
        for _ in 0..<Self.maxChainLength {
            if case .promise(promise) = current.referent { return true }
            guard let next = current.next else { return false }
            current = next
        }
        return true
    }

    static var maxChainLength: Int { 64 }
}

