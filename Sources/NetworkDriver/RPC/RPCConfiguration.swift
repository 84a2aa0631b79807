public import CapnProtoRPC
public import NIOCore

/// How RPC channels behave. All of it is local: the peer is not told.
public struct RPCConfiguration: Sendable {
    /// Bounds of each connection's tables and messages.
    public var connection = ConnectionConfiguration()
    /// Connections of one listener; one more is closed as soon as it has come.
    public var maxConnections = 1_024
    /// Bytes that wait to be sent before nothing more is read from the peer …
    public var outboundHighWaterByteCount = 1 << 20
    /// … until no more than these wait.
    public var outboundLowWaterByteCount = 256 << 10
    /// Bytes that wait to be sent before the peer is given up as one that does not read.
    public var maxOutboundByteCount = 64 << 20
    /// Ends a connection on which nothing has come for so long; nil: never. Half-open connections are found by this,
    /// and on TCP by `keepAliveTimeout`.
    public var idleTimeout: TimeAmount?
    /// TCP: how long a silent peer may stay unreachable before the system gives it up; nil: what the system says.
    public var keepAliveTimeout: TimeAmount? = .seconds(60)
    /// How long connecting may take.
    public var connectTimeout: TimeAmount = .seconds(10)

    public init() {}

    /// What contradicts itself, in words for the person who set it.
    public func problems() -> [String] {
        var problems = connection.problems()
        if maxConnections < 1 { problems.append("maxConnections must be at least 1") }
        if outboundLowWaterByteCount >= outboundHighWaterByteCount {
            problems.append("outboundLowWaterByteCount must be below outboundHighWaterByteCount")
        }
        if outboundHighWaterByteCount > maxOutboundByteCount {
            problems.append("outboundHighWaterByteCount must not exceed maxOutboundByteCount")
        }
        return problems
    }
}

/// Where a vat can be reached.
public enum RPCAddress: Hashable, Sendable, CustomStringConvertible {
    /// A socket in the file system.
    case unix(path: String)
    /// Port 0, where listening: any that is free.
    case tcp(host: String, port: Int)

    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}

/// Who is at the other end, as far as the system can tell.
public enum RPCPeer: Hashable, Sendable {
    /// A process of this machine. The numbers are the kernel's, not the peer's.
    case unix(userID: UInt32, groupID: UInt32, processID: Int32)
    case tcp(address: String)

    /// The user that the peer runs as; nil where it may be on another machine.
    public var userID: UInt32? {
        if case .unix(let userID, _, _) = self { userID } else { nil }
    }
}

/// Why there is no connection, or no listener.
public struct RPCDriverError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// Somebody listens there already.
        case addressInUse
        /// There is something at the socket's path that is no socket.
        case notASocket
        /// The path does not fit into a socket address.
        case pathTooLong
        /// Nobody listens there, or it cannot be reached.
        case unreachable
        /// The system refused.
        case system
    }

    public var code: Code
    public var address: RPCAddress
    /// What the system said.
    public var detail: String

    public var description: String {
        switch code {
        case .addressInUse: "somebody listens on \(address) already"
        case .notASocket: "\(address) is not a socket; it was left alone"
        case .pathTooLong: "\(address) is too long for a socket's path"
        case .unreachable: "\(address) cannot be reached: \(detail)"
        case .system: "\(address): \(detail)"
        }
    }
}
