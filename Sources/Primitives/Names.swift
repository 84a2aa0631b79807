// Newtypes for what must not be confused with one another.

/// A network: SHA-256 of its canonical genesis. It is in every signed byte string, method and database key.
public struct NetworkID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let digest: Digest
    public init(_ digest: Digest) { self.digest = digest }
    public static func < (a: NetworkID, b: NetworkID) -> Bool { a.digest < b.digest }
    public var bytes: [UInt8] { digest.bytes }
    public var description: String { digest.hex }
}

/// An agent: the digest of its key bundle.
public struct AgentID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let digest: Digest
    public init(_ digest: Digest) { self.digest = digest }
    public static func < (a: AgentID, b: AgentID) -> Bool { a.digest < b.digest }
    public var bytes: [UInt8] { digest.bytes }
    public var description: String { digest.hex }
}

/// A node: the digest of its key bundle.
public struct NodeID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let digest: Digest
    public init(_ digest: Digest) { self.digest = digest }
    public static func < (a: NodeID, b: NodeID) -> Bool { a.digest < b.digest }
    public var bytes: [UInt8] { digest.bytes }
    public var description: String { digest.hex }
}

/// The number of a block: genesis is 0, the first block 1.
public struct Height: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static let genesis = Height(0)
    public static func < (a: Height, b: Height) -> Bool { a.value < b.value }
    public var next: Height { Height(value + 1) }
    public var description: String { String(value) }
}

/// The reign of one PoA sequencer.
public struct Term: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: Term, b: Term) -> Bool { a.value < b.value }
    public var next: Term { Term(value + 1) }
    public var description: String { String(value) }
}

/// Counts an agent's registrations; a higher one fences every session of a lower one.
public struct HomeEpoch: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: HomeEpoch, b: HomeEpoch) -> Bool { a.value < b.value }
    public var next: HomeEpoch { HomeEpoch(value + 1) }
    public var description: String { String(value) }
}

/// Guards a task: every claim gets a higher one, and only its bearer may progress or finish the task.
public struct Fence: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: Fence, b: Fence) -> Bool { a.value < b.value }
    public var description: String { String(value) }
}
