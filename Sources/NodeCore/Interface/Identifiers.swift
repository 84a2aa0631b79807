/// A transport connection, numbered by the shell and never reused while the node runs.
public struct ConnectionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: ConnectionID, b: ConnectionID) -> Bool { a.value < b.value }
    public var description: String { String(value) }
}

/// One request that waits for exactly one `Effect.reply`, numbered by the shell and never reused while the node runs.
public struct RequestID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: RequestID, b: RequestID) -> Bool { a.value < b.value }
    public var description: String { String(value) }
}

/// What a registration begins: one agent's presence in one network over one connection. Numbered by the core.
public struct SessionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: SessionID, b: SessionID) -> Bool { a.value < b.value }
    public var description: String { String(value) }
}

/// An observer's subscription. Numbered by the core.
public struct SubscriptionID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: SubscriptionID, b: SubscriptionID) -> Bool { a.value < b.value }
    public var description: String { String(value) }
}

/// Names a verification or query that is under way, so that its completion finds its place.
public struct EffectToken: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: EffectToken, b: EffectToken) -> Bool { a.value < b.value }
    public var description: String { String(value) }
}

/// Who asks. The shell vouches for it: the core believes no field of a request instead.
public enum Requester: Hashable, Sendable {
    /// A connection that has proved nothing yet.
    case connection(ConnectionID)
    /// The holder of a session capability.
    case session(SessionID)
    /// The node's owner, by peer uid or token proof.
    case owner(ConnectionID)
}
