public import Primitives

/// The state key `commit/<agent>/<nonce>`.
public struct CommitKey: Hashable, Sendable {
    public var agent: AgentID
    public var nonce: UInt64

    public init(agent: AgentID, nonce: UInt64) {
        self.agent = agent
        self.nonce = nonce
    }

    public static let prefix = "commit/"

    /// ASCII: 64 hex digits of the agent, 16 of the nonce, big-endian.
    public var bytes: [UInt8] {
        let hex = String(nonce, radix: 16)
        let padded = String(repeating: "0", count: 16 - hex.count) + hex
        return Array("\(Self.prefix)\(agent.digest.hex)/\(padded)".utf8)
    }

    /// - Returns: nil where the key is none of a commit, in exactly the form that `bytes` gives.
    public init?(_ key: [UInt8]) {
        guard key.count == Self.prefix.utf8.count + 64 + 1 + 16, let text = String(validating: key, as: UTF8.self),
            text.hasPrefix(Self.prefix)
        else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let digest = Digest(hex: parts[1]), let nonce = UInt64(parts[2], radix: 16) else {
            return nil
        }
        self.init(agent: AgentID(digest), nonce: nonce)
        guard bytes == key else { return nil }
    }
}

/// The state value under a `CommitKey`: leaf hash ‖ batch root ‖ u64 height ‖ u8 outcome (73 bytes).
public struct CommitRecord: Hashable, Sendable {
    public var leafHash: Digest
    public var batchRoot: Digest
    public var height: Height
    /// Its code; 0: applied.
    public var outcome: UInt8

    public init(leafHash: Digest, batchRoot: Digest, height: Height, outcome: UInt8) {
        self.leafHash = leafHash
        self.batchRoot = batchRoot
        self.height = height
        self.outcome = outcome
    }

    /// What became of the transaction; nil for a code that this program doesn't know.
    public var result: Outcome? { Outcome(rawValue: outcome) }

    public static let byteCount = 73

    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.byteCount)
        writer.write(leafHash)
        writer.write(batchRoot)
        writer.write(height.value)
        writer.write(outcome)
        return writer.bytes
    }

    public init(bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        leafHash = try reader.readDigest()
        batchRoot = try reader.readDigest()
        height = Height(try reader.read(UInt64.self))
        outcome = try reader.read(UInt8.self)
        try reader.finish()
    }
}
