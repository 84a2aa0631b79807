public import CapnProto
import Primitives

// Calls, as generated clients make them.
extension Capability {
    /// Sends a call. It is on its way when this returns, in the order of the sends of this thread.
    public func send<Params: StructSchema, Results: StructSchema, Failure: Error>(
        _ method: Method<Params, Results>,
        _ build: (inout Params.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) -> Pending<Results> {
        let outcome = OutcomeCell()
        let call = send(try OutgoingCall(method, build)) { outcome.fill($0) }
        return Pending(call, outcome)
    }

    /// Calls, and waits for the results. Cancelling the task cancels the call.
    public nonisolated(nonsending) func call<Params: StructSchema, Results: StructSchema>(
        _ method: Method<Params, Results>,
        _ build: (inout Params.Builder, inout CapabilityList) throws(RPCException) -> Void
    ) async throws(RPCException) -> Response<Results> {
        try await send(method, build).response()
    }

    /// Sends a call of a stream: waits while as much as the window allows is on its way, not for the answer. The first
    /// failure ends the stream: this call, or a later one, throws it.
    public nonisolated(nonsending) func stream<Params: StructSchema, Results: StructSchema>(
        _ method: Method<Params, Results>,
        _ build: (inout Params.Builder, inout CapabilityList) throws(RPCException) -> Void
    ) async throws(RPCException) {
        if let failure = streamWindow.failure { throw failure }
        sendStreaming(try OutgoingCall(method, build))
        let failure = await withCheckedContinuation { continuation in
            streamWindow.whenReady(streamBounds) { continuation.resume(returning: $0) }
        }
        if let failure { throw failure }
    }
}

// The same without tasks, for those who live on the loop.
extension Capability {
    /// Sends a call; `completion` runs once, on the capability's loop. It may run before this returns where the call
    /// cannot be sent at all.
    /// - Precondition: the caller is on the capability's loop.
    @discardableResult
    public func send<Params: StructSchema, Results: StructSchema, Failure: Error>(
        _ method: Method<Params, Results>,
        _ build: (inout Params.Builder, inout CapabilityList) throws(Failure) -> Void,
        completion: @escaping (Result<Response<Results>, RPCException>) -> Void
    ) throws(Failure) -> PendingCall {
        let call = try OutgoingCall(method, build)
        guard let loop else {
            completion(.failure(failure ?? .noCapability))
            return PendingCall(.broken(failure ?? .noCapability))
        }
        precondition(loop.isCurrent, "a call with a completion is made on the capability's loop")
        // SAFETY: a completion runs on the capability's loop, where the caller is and where it is let go.
        nonisolated(unsafe) let complete = { (outcome: Outcome) in completion(Response.reading(outcome)) }
        return send(call) { outcome in complete(outcome) }
    }

    /// Sends a call of a stream whether there is room or not; see `isStreamFull`. A failure shows in `streamFailure`.
    public func sendStreaming<Params: StructSchema, Results: StructSchema, Failure: Error>(
        _ method: Method<Params, Results>,
        _ build: (inout Params.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) {
        sendStreaming(try OutgoingCall(method, build))
    }

    /// As much as the window allows is on its way: wait, or leave out.
    public var isStreamFull: Bool { streamWindow.isFull(streamBounds) }
    /// Bytes of streaming calls that are not answered yet.
    public var streamByteCount: Int { streamWindow.byteCount }
    /// Bytes of streaming calls that may be on their way, as the window is now.
    public var streamWindowByteCount: Int { streamWindow.limit(streamBounds) }
    /// What ended the stream.
    public var streamFailure: RPCException? { streamWindow.failure }

    /// Runs `body` when there is room, or when the stream has failed; at once where that is so already. On no
    /// particular thread.
    public func whenStreamReady(_ body: @escaping @Sendable (RPCException?) -> Void) {
        streamWindow.whenReady(streamBounds, body)
    }
}

extension Capability {
    /// Sends a call to wherever its target is; `completion` runs once, on the capability's loop.
    @discardableResult
    func send(_ call: OutgoingCall, completion: @escaping @Sendable (Outcome) -> Void) -> PendingCall {
        switch referent {
        case .imported(let session, _): return session.ask(call, of: self, completion: completion)
        case .answer(let lease, _): return lease.session.ask(call, of: self, completion: completion)
        case .hosted(let object): return sendLocally(call, on: object.loop, completion)
        case .promise(let promise): return sendLocally(call, on: promise.loop, completion)
        case .broken(let exception):
            completion(.failure(exception))
            return PendingCall(.broken(exception))
        }
    }

    /// A call that stays in this process. It arrives from the loop's queue, so that a server is never called from
    /// within itself.
    private func sendLocally(
        _ call: OutgoingCall, on loop: any Loop, _ completion: @escaping @Sendable (Outcome) -> Void
    ) -> PendingCall {
        let answer = LocalAnswer(on: loop, completion: completion)
        let incoming = IncomingCall(call, answeredTo: answer)
        loop.enqueue { self.deliver(incoming) }
        return PendingCall(.local(answer))
    }

    private func sendStreaming(_ call: OutgoingCall) {
        let (window, bounds, loop) = (streamWindow, streamBounds, loop)
        let ticket = window.open(call.params.byteCount, at: loop?.instant ?? Instant(nanoseconds: 0), bounds)
        send(call) { outcome in
            let failure = if case .failure(let exception) = outcome { exception } else { nil as RPCException? }
            window.close(ticket, failure: failure, at: loop?.instant ?? Instant(nanoseconds: 0), bounds)
        }
    }

    private var streamBounds: StreamWindow.Bounds {
        let configuration =
            switch referent {
            case .imported(let session, _): session.configuration
            case .answer(let lease, _): lease.session.configuration
            case .hosted, .promise, .broken: ConnectionConfiguration()
            }
        return StreamWindow.Bounds(
            start: configuration.streamWindowByteCount, most: configuration.maxStreamWindowByteCount)
    }
}

extension OutgoingCall {
    init<Params: StructSchema, Results: StructSchema, Failure: Error>(
        _ method: Method<Params, Results>,
        _ build: (inout Params.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) {
        self.init(
            interfaceID: method.interfaceID, methodID: method.methodID,
            params: try .params(Params.self, build), hasNoCapabilityResults: method.hasNoCapabilityResults)
    }
}
