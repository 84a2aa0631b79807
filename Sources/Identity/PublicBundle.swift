// Who somebody is: four public keys whose digest *is* the AgentID or NodeID, and the 16-byte address that follows from two of them.
//
// Vocabulary. A *bundle* is {Ed25519, X25519, ML-DSA-65, ML-KEM-768} public keys. Its *digest* authenticates: forging one algorithm does
// not let anybody swap in another's key. The *destination* routes, by Reticulum's rule; it authenticates nothing.
// An *identity* is a bundle with its private keys, a kind and a name; docs/protocols/identity.md draws its file.

public import MeshCrypto
public import Primitives

/// The public keys of an agent, a node or an authority, in their canonical form of 3200 bytes.
public struct PublicBundle: Hashable, Sendable {
    /// ed25519 (32) ‖ x25519 (32) ‖ mldsa65 (1952) ‖ mlkem768 (1184).
    public let canonicalBytes: [UInt8]
    /// SHA-256("hanzo/bundle/v1" ‖ canonical bytes).
    public let digest: Digest

    public static let byteCount = 3200

    /// - Returns: nil unless there are exactly 3200 bytes. Whether they are keys shows when they are used.
    public init?(canonicalBytes: [UInt8]) {
        guard canonicalBytes.count == Self.byteCount else { return nil }
        self.canonicalBytes = canonicalBytes
        var hasher = SHA256Hasher()
        hasher.update("hanzo/bundle/v1")
        hasher.update(canonicalBytes)
        digest = hasher.finalize()
    }

    /// - Returns: nil unless each key has its algorithm's length.
    public init?(ed25519: [UInt8], x25519: [UInt8], mldsa65: [UInt8], mlkem768: [UInt8]) {
        guard ed25519.count == 32, x25519.count == 32, mldsa65.count == 1952, mlkem768.count == 1184 else { return nil }
        self.init(canonicalBytes: ed25519 + x25519 + mldsa65 + mlkem768)
    }

    public var ed25519: [UInt8] { Array(canonicalBytes[0..<32]) }
    public var x25519: [UInt8] { Array(canonicalBytes[32..<64]) }
    public var mldsa65: [UInt8] { Array(canonicalBytes[64..<2016]) }
    public var mlkem768: [UInt8] { Array(canonicalBytes[2016..<3200]) }

    public var agentID: AgentID { AgentID(digest) }
    public var nodeID: NodeID { NodeID(digest) }

    /// The keys that signatures are checked with.
    public func verificationKey() throws(CryptoFailure) -> VerificationKey {
        try VerificationKey(ed25519: ed25519, mldsa65: mldsa65)
    }

    /// The first 16 bytes of the digest: what a signature names its key by.
    public var keyID: [UInt8] { Array(digest.bytes.prefix(16)) }

    /// SHA-256(x25519 ‖ ed25519), the first 16 bytes: a Reticulum identity hash.
    public var identityHash: ShortHash { shortHash(sha256(x25519 + ed25519)) }

    /// The 16-byte Reticulum destination of this bundle under an application name.
    public func destination(_ aspect: Aspect) -> ShortHash {
        let nameHash = sha256(Array(aspect.rawValue.utf8)).bytes.prefix(10)
        return shortHash(sha256(nameHash + identityHash.bytes))
    }

    /// What a destination is for.
    public enum Aspect: String, Sendable {
        case agent = "hanzo.agent"
        case node = "hanzo.node"
    }
}

private func shortHash(_ digest: Digest) -> ShortHash {
    guard let hash = ShortHash(digest.bytes.prefix(ShortHash.byteCount)) else { preconditionFailure("16 of 32 bytes") }
    return hash
}
