/// What a call ends with when it does not end with results: the four kinds of rpc.capnp, which say what the caller may
/// do next.
public struct RPCException: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: UInt16, Hashable, Sendable, CaseIterable {
        /// Something went wrong; trying again would end the same way.
        case failed = 0
        /// The callee lacks a resource for now: try again later, and less often.
        case overloaded = 1
        /// The connection to the callee, or to something that it needs, is lost: connect anew and try again.
        case disconnected = 2
        /// The callee does not know the method.
        case unimplemented = 3
    }

    public var kind: Kind
    /// For people. What arrives from the peer is cut to `maxReasonByteCount`.
    public var reason: String
    /// Where the peer says that it happened; often empty.
    public var trace: String

    public static let maxReasonByteCount = 4096

    public init(_ kind: Kind, _ reason: String, trace: String = "") {
        self.kind = kind
        self.reason = reason
        self.trace = trace
    }

    public static func failed(_ reason: String) -> RPCException { RPCException(.failed, reason) }
    public static func overloaded(_ reason: String) -> RPCException { RPCException(.overloaded, reason) }
    public static func disconnected(_ reason: String) -> RPCException { RPCException(.disconnected, reason) }
    public static func unimplemented(_ reason: String) -> RPCException { RPCException(.unimplemented, reason) }

    public var description: String { "\(kind): \(reason)" }

    /// What a peer is told of an error that its thrower did not mean for it: an `RPCException` passes, all else is one
    /// fixed text.
    public init(telling error: any Error) {
        self = error as? RPCException ?? .failed("the server failed")
    }

    static let cancelled = RPCException.failed("the call was cancelled")
    static let cycle = RPCException.failed("a promise became itself")
    static let noCapability = RPCException.failed("the call's target is not a capability")
    static let abandoned = RPCException.failed("the server dropped the call without an answer")
}
