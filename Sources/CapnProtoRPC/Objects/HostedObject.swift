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

    let loop: any Loop
    private let server: Server

    init(_ handler: any CallHandler, on loop: any Loop) {
        self.loop = loop
        server = .bound(LoopBound(handler, on: loop))
    }

    init(_ server: any InterfaceServer, on loop: any Loop) {
        self.loop = loop
        self.server = .free(server)
    }

    func deliver(_ call: IncomingCall) {
        guard loop.isCurrent else {
            loop.enqueue { self.deliver(call) }
            return
        }
        switch server {
        case .bound(let handler): handler.value.handle(call)
        case .free(let server): start(server, on: call)
        }
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
