public import Primitives
import MeshCrypto

/// How the state tree hashes. A network chooses one in its genesis and never changes it.
///
/// Leaf = H(leaf prefix ‖ key hash ‖ value hash), inner = H(inner prefix ‖ L ‖ R). The prefixes differ, and so do the lengths of
/// what is hashed, so that no leaf can pass for an inner node. A key hash is SHA-256(key) in either suite.
public enum HashSuite: UInt8, Hashable, Sendable, CaseIterable {
    /// SHA-256 with the prefixes and the placeholder of Penumbra's tree: what networks use.
    case penumbra = 1
    /// SHA3-256 with the salts of Libra's tree: lets an independent verifier judge the same tree.
    case libra = 2

    /// Stands for an empty subtree, and is the root of an empty tree.
    public var placeholder: Digest {
        switch self {
        case .penumbra: Self.penumbraPlaceholder
        case .libra: Self.libraPlaceholder
        }
    }

    /// Where a key stands in the tree.
    public func keyHash(_ key: [UInt8]) -> Digest { SHA256Hasher.hash(key) }

    public func valueHash(_ value: [UInt8]) -> Digest {
        switch self {
        case .penumbra: return SHA256Hasher.hash(value)
        case .libra: return Self.sha3(Self.libraValueSalt, value)
        }
    }

    func leafHash(_ keyHash: Digest, _ valueHash: Digest) -> Digest {
        switch self {
        case .penumbra: Self.sha256(Self.penumbraLeafPrefix, keyHash, valueHash)
        case .libra: Self.sha3(Self.libraLeafSalt, keyHash.bytes + valueHash.bytes)
        }
    }

    func innerHash(_ left: Digest, _ right: Digest) -> Digest {
        switch self {
        case .penumbra: Self.sha256(Self.penumbraInnerPrefix, left, right)
        case .libra: Self.sha3(Self.libraInnerSalt, left.bytes + right.bytes)
        }
    }
}

extension HashSuite {
    private static let penumbraPlaceholder = digest("SPARSE_MERKLE_PLACEHOLDER_HASH__")
    private static let libraPlaceholder = digest("SPARSE_MERKLE_PLACEHOLDER_HASH")
    private static let penumbraLeafPrefix = Array("JMT::LeafNode".utf8)
    private static let penumbraInnerPrefix = Array("JMT::IntrnalNode".utf8)
    private static let libraValueSalt = salt("LIBRA::AccountStateBlob")
    private static let libraLeafSalt = salt("LIBRA::SparseMerkleLeafNode")
    private static let libraInnerSalt = salt("LIBRA::SparseMerkleInternal")

    private static func digest(_ text: StaticString) -> Digest {
        let bytes = Array("\(text)".utf8)
        guard let digest = Digest(bytes + [UInt8](repeating: 0, count: Digest.byteCount - bytes.count)) else {
            preconditionFailure("a placeholder has at most 32 bytes")
        }
        return digest
    }

    private static func salt(_ text: StaticString) -> [UInt8] {
        var hasher = SHA3Hasher()
        hasher.update(Array("\(text)".utf8))
        return hasher.finalize().bytes
    }

    private static func sha256(_ prefix: [UInt8], _ first: Digest, _ second: Digest) -> Digest {
        var hasher = SHA256Hasher()
        hasher.update(prefix)
        hasher.update(first)
        hasher.update(second)
        return hasher.finalize()
    }

    private static func sha3(_ salt: [UInt8], _ content: [UInt8]) -> Digest {
        var hasher = SHA3Hasher()
        hasher.update(salt)
        hasher.update(content)
        return hasher.finalize()
    }
}
