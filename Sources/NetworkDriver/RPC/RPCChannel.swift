import CapnProtoRPC
import Glibc
import NIOCore

/// Makes channels into RPC connections.
enum RPCChannel {
    /// Sets the options and puts the handler in, so that no byte is read before it is there. On the channel's loop.
    static func install(
        _ channel: any Channel, on executor: LoopTaskExecutor, _ configuration: RPCConfiguration, isUnix: Bool,
        bootstrap: @escaping @Sendable (LoopTaskExecutor) -> Capability? = { _ in nil }
    ) -> EventLoopFuture<Session> {
        let readSizes = AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 16_384, maximum: 262_144)
        return channel.setOption(.recvAllocator, value: readSizes).and(
            setOptions(of: channel, configuration, isUnix: isUnix)
        ).flatMapThrowing { _ in
            let handler = RPCHandler(on: executor, bootstrap: bootstrap(executor), configuration: configuration)
            try channel.pipeline.syncOperations.addHandler(handler)
            return handler.session
        }
    }

    /// Asks the system who is at the other end.
    static func peer(of channel: any Channel, isUnix: Bool) -> EventLoopFuture<RPCPeer> {
        isUnix ? credentials(of: channel) : remoteAddress(of: channel)
    }

    private static func setOptions(
        of channel: any Channel, _ configuration: RPCConfiguration, isUnix: Bool
    ) -> EventLoopFuture<Void> {
        guard !isUnix else { return channel.eventLoop.makeSucceededVoidFuture() }
        let noDelay = channel.setOption(.tcpOption(.tcp_nodelay), value: 1)
        guard let timeout = configuration.keepAliveTimeout else { return noDelay }
        let seconds = Int(min(max(3, timeout.nanoseconds / 1_000_000_000), 32_767))
        let keepAlive: [(option: CInt, value: Int)] = [
            (TCP_KEEPIDLE, seconds / 3), (TCP_KEEPINTVL, max(1, seconds / 6)), (TCP_KEEPCNT, 4),
            (TCP_USER_TIMEOUT, seconds * 1000),
        ]
        let set = keepAlive.map { channel.setOption(.tcpOption(.init(rawValue: $0.option)), value: $0.value) }
        let enabled = channel.setOption(.socketOption(.so_keepalive), value: 1)
        return EventLoopFuture.andAllSucceed([noDelay, enabled] + set, on: channel.eventLoop)
    }

    /// What the kernel says of a Unix socket's peer: the C library's `struct ucred`.
    private struct Credentials {
        var processID: Int32
        var userID: UInt32
        var groupID: UInt32
    }

    private static func credentials(of channel: any Channel) -> EventLoopFuture<RPCPeer> {
        guard let provider = channel as? any SocketOptionProvider else { return remoteAddress(of: channel) }
        let credentials: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
            level: .init(SOL_SOCKET), name: .init(SO_PEERCRED))
        return credentials.map { .unix(userID: $0.userID, groupID: $0.groupID, processID: $0.processID) }
    }

    private static func remoteAddress(of channel: any Channel) -> EventLoopFuture<RPCPeer> {
        let address = channel.remoteAddress.flatMap { address in
            address.port.map { "\(address.ipAddress ?? ""):\($0)" }
        }
        return channel.eventLoop.makeSucceededFuture(.tcp(address: address ?? "unknown"))
    }
}
