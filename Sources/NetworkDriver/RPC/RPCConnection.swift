public import CapnProtoRPC
public import NIOCore
import NIOPosix

/// A connection that this side has made.
public final class RPCConnection: Sendable {
    public let session: Session
    public let peer: RPCPeer
    public let loop: LoopTaskExecutor
    private let channel: any Channel

    private init(_ arrival: RPCArrival) {
        session = arrival.session
        peer = arrival.peer
        loop = arrival.loop
        channel = arrival.channel
    }

    /// Connects, and returns when the system has connected: the peer was not heard yet.
    /// - Parameter bootstrap: what the peer gets if it asks; made on the loop.
    public static func connect(
        to address: RPCAddress, on eventLoop: any EventLoop, configuration: RPCConfiguration = RPCConfiguration(),
        bootstrap: @escaping @Sendable (LoopTaskExecutor) -> Capability? = { _ in nil }
    ) async throws(RPCDriverError) -> RPCConnection {
        let executor = LoopTaskExecutor(eventLoop)
        let installed = eventLoop.makePromise(of: Session.self)
        let client = ClientBootstrap(group: eventLoop).connectTimeout(configuration.connectTimeout)
            .channelInitializer { channel in
                let session = RPCChannel.install(
                    channel, on: executor, configuration, isUnix: address.isUnix, bootstrap: bootstrap)
                session.cascade(to: installed)
                return session.map { _ in }
            }
        do throws(any Error) {
            let channel = try await connect(client, to: address)
            let session = installed.futureResult
            return try await session.and(RPCChannel.peer(of: channel, isUnix: address.isUnix)).map { session, peer in
                RPCConnection(RPCArrival(session: session, peer: peer, loop: executor, channel: channel))
            }.get()
        } catch {
            installed.fail(error)
            throw RPCDriverError(code: .unreachable, address: address, detail: "\(error)")
        }
    }

    private static func connect(_ client: ClientBootstrap, to address: RPCAddress) async throws -> any Channel {
        switch address {
        case .unix(let path): try await client.connect(unixDomainSocketPath: path).get()
        case .tcp(let host, let port): try await client.connect(host: host, port: port).get()
        }
    }

    /// The peer's first object: calls on it need not wait for the connection.
    public var bootstrap: Capability { session.bootstrap }

    /// Ends the connection; what was sent before goes out first.
    public func close() async {
        session.close(.disconnected("this side closed the connection"))
        await closed()
    }

    /// Returns when the channel is closed, for whatever reason.
    public func closed() async {
        await withCheckedContinuation { continuation in
            channel.closeFuture.whenComplete { _ in continuation.resume() }
        }
    }
}

extension RPCConnection {
    /// A client that connects, and connects again whenever the connection is lost.
    /// - Parameters:
    ///   - bootstrap: what the peer gets if it asks; made on the loop, for each connection.
    ///   - onConnect: runs on the loop for each connection, before the calls that wait for it: the place to subscribe anew.
    public static func reconnecting(
        to address: RPCAddress, on eventLoop: any EventLoop, configuration: RPCConfiguration = RPCConfiguration(),
        backoff: Backoff = Backoff(seed: .random(in: 0 ... .max)),
        bootstrap: @escaping @Sendable (LoopTaskExecutor) -> Capability? = { _ in nil },
        onConnect: (@Sendable (Capability) -> Void)? = nil
    ) -> ReconnectingClient {
        ReconnectingClient(on: LoopTaskExecutor(eventLoop), backoff: backoff, onConnect: onConnect) { done in
            Task {
                do throws(RPCDriverError) {
                    let connection = try await connect(
                        to: address, on: eventLoop, configuration: configuration, bootstrap: bootstrap)
                    done(.success(connection.session))
                } catch {
                    done(.failure(.disconnected("\(error)")))
                }
            }
        }
    }
}
