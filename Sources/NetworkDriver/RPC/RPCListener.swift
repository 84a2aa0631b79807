public import CapnProtoRPC
import Glibc
public import NIOCore
import NIOPosix
import Synchronization

/// A connection that has come: on its loop, before its first message is read.
public struct RPCArrival {
    public let session: Session
    public let peer: RPCPeer
    public let loop: LoopTaskExecutor
    public let channel: any Channel
}

/// Accepts RPC connections at one address, all on one event loop.
public final class RPCListener: Sendable {
    /// Where it listens: with the port that the system chose where 0 was asked for.
    public let address: RPCAddress
    private let channel: any Channel
    private let file: UnixSocket.FileIdentity?

    private init(address: RPCAddress, channel: any Channel, file: UnixSocket.FileIdentity?) {
        self.address = address
        self.channel = channel
        self.file = file
    }

    /// Listens.
    /// - Parameter arrive: runs on `eventLoop` for each connection, and returns what the peer gets for `bootstrap`.
    /// - Note: A Unix socket's file gets mode 0600; one that a dead process left is replaced, one that is alive is an
    ///   error.
    public static func listen(
        at address: RPCAddress, on eventLoop: any EventLoop, configuration: RPCConfiguration = RPCConfiguration(),
        _ arrive: @escaping @Sendable (RPCArrival) -> Capability?
    ) async throws(RPCDriverError) -> RPCListener {
        let executor = LoopTaskExecutor(eventLoop)
        let places = Places(configuration.maxConnections)
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                guard places.take(for: channel) else { return channel.close() }
                let peer = RPCChannel.peer(of: channel, isUnix: address.isUnix)
                return RPCChannel.install(channel, on: executor, configuration, isUnix: address.isUnix).and(peer)
                    .map { session, peer in
                        let arrival = RPCArrival(session: session, peer: peer, loop: executor, channel: channel)
                        session.serve(arrive(arrival))
                    }
            }
        switch address {
        case .unix(let path): return try await listen(at: path, bootstrap)
        case .tcp(let host, let port): return try await listen(at: host, port, bootstrap)
        }
    }

    private static func listen(
        at path: String, _ bootstrap: ServerBootstrap
    ) async throws(RPCDriverError) -> RPCListener {
        let descriptor = try UnixSocket.bind(path)
        let file = UnixSocket.FileIdentity(path)
        do throws(any Error) {
            let channel = try await bootstrap.withBoundSocket(descriptor).get()
            return RPCListener(address: .unix(path: path), channel: channel, file: file)
        } catch {
            UnixSocket.remove(path, ifSame: file)
            throw RPCDriverError(code: .system, address: .unix(path: path), detail: "\(error)")
        }
    }

    private static func listen(
        at host: String, _ port: Int, _ bootstrap: ServerBootstrap
    ) async throws(RPCDriverError) -> RPCListener {
        let address = RPCAddress.tcp(host: host, port: port)
        do throws(any Error) {
            let channel = try await bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            let bound = channel.localAddress?.port ?? port
            return RPCListener(address: .tcp(host: host, port: bound), channel: channel, file: nil)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw RPCDriverError(code: .addressInUse, address: address, detail: "")
        } catch {
            throw RPCDriverError(code: .system, address: address, detail: "\(error)")
        }
    }

    /// Accepts no more. Connections that have come stay.
    public func close() async {
        channel.close(promise: nil)
        await closed()
        if case .unix(let path) = address { UnixSocket.remove(path, ifSame: file) }
    }

    /// Returns when it accepts no more, for whatever reason.
    public func closed() async {
        await withCheckedContinuation { continuation in
            channel.closeFuture.whenComplete { _ in continuation.resume() }
        }
    }
}

/// How many more connections a listener takes.
private final class Places: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) {
        left = Atomic(count)
    }

    /// - Returns: false where there is none left; else it is free again when the channel is closed.
    func take(for channel: any Channel) -> Bool {
        guard left.subtract(1, ordering: .relaxed).newValue >= 0 else {
            left.add(1, ordering: .relaxed)
            return false
        }
        channel.closeFuture.whenComplete { _ in self.left.add(1, ordering: .relaxed) }
        return true
    }
}

extension RPCAddress {
    var isUnix: Bool {
        if case .unix = self { true } else { false }
    }
}
