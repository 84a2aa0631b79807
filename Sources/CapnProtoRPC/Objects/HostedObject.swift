/// A server that lives on one loop and is called there as a plain function: it may answer within `handle`, or keep the
/// call and answer later, without a hop to another thread.
public protocol CallHandler: AnyObject {
    func handle(_ call: IncomingCall)
}

/// A server whose methods may suspend. Each call starts on the loop of the connection that brought it, in the order of
/// arrival.
public protocol InterfaceServer: AnyObject, Sendable {
    /// Answers `call`. What is thrown becomes the answer; returning without having answered answers with default
    /// results.
    nonisolated(nonsending) func dispatch(_ call: IncomingCall) async throws
}

/// An object of this process, as capabilities refer to it.
final class HostedObject: Sendable {
    private enum Server: Sendable {
        case bound(LoopBound<any CallHandler>)
        case free(any InterfaceServer)
    }

    /// Calls that wait for one of a stream.
    private struct Line {
        var isHeldBack = false
        var calls = CallQueue()
        /// How a call of a stream has failed: later calls fail in the same way.
        var failure: RPCException?
    }

    let loop: any Loop
    private let server: Server
    private let line: LoopBound<Line>

    init(_ handler: any CallHandler, on loop: any Loop) {
        self.loop = loop
        server = .bound(LoopBound(handler, on: loop))
        line = LoopBound(handing: Line(), to: loop)
    }

    /// One that is made anywhere, for `loop` alone.
    init(handing handler: some CallHandler & Sendable, to loop: any Loop) {
        self.loop = loop
        server = .bound(LoopBound(handing: handler, to: loop))
        line = LoopBound(handing: Line(), to: loop)
    }

    init(_ server: any InterfaceServer, on loop: any Loop) {
        self.loop = loop
        self.server = .free(server)
        line = LoopBound(handing: Line(), to: loop)
    }

    func deliver(_ call: IncomingCall) {
        guard loop.isCurrent else {
            loop.enqueue { self.deliver(call) }
            return
        }
        guard line.value.isHeldBack else { return run(call) }
        let number = line.value.calls.append(call)
        call.waits(on: loop) { [weak self] in self?.line.value.calls.forget(number) }
    }

    /// Calls that wait for one of a stream; on the loop.
    var waitingCallCount: Int { line.value.calls.count }

    private func run(_ call: IncomingCall) {
        if let failure = line.value.failure { return call.fail(failure) }
        switch server {
        case .bound(let handler): handler.value.handle(call)
        case .free(let server): start(server, on: call)
        }
        guard call.isStreaming else { return }
        if call.holdBack(self) { line.value.isHeldBack = true } else { line.value.failure = call.streamFailure }
    }

    /// The call of a stream for which later calls wait was answered.
    func goOn(_ failure: RPCException?) {
        guard loop.isCurrent else {
            loop.enqueue { self.goOn(failure) }
            return
        }
        line.value.isHeldBack = false
        if line.value.failure == nil { line.value.failure = failure }
        while !line.value.isHeldBack, let call = line.value.calls.popFirst() { run(call) }
    }

    private func start(_ server: any InterfaceServer, on call: IncomingCall) {
        let cancel = loop.start {
            do throws(any Error) {
                try await server.dispatch(call)
                call.end()
            } catch {
                call.fail(error)
            }
        }
        call.loop.perform { call.onCancel(cancel) }
    }

    /// The handler itself, for whoever made it and asks for it back on the loop.
    var handler: AnyObject? {
        switch server {
        case .bound(let handler): loop.isCurrent ? handler.value : nil
        case .free(let server): server
        }
    }
}
