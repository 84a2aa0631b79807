public import Primitives

/// Shows what a key is under a root: its value, or that it is absent.
///
/// Absence has two forms: the path ends at nothing, or at the only leaf of the place where the key would be.
public struct StateProof: Hashable, Sendable {
    /// The leaf at the end of the path.
    public struct Leaf: Hashable, Sendable {
        public var keyHash: Digest
        public var valueHash: Digest

        public init(keyHash: Digest, valueHash: Digest) {
            self.keyHash = keyHash
            self.valueHash = valueHash
        }
    }

    /// From the leaf's level up to the root's children.
    public var siblings: [Digest]
    /// nil where the path ends at nothing.
    public var leaf: Leaf?

    public init(siblings: [Digest], leaf: Leaf?) {
        self.siblings = siblings
        self.leaf = leaf
    }

    /// A key hash has no more bits.
    public static let maxSiblingCount = 256

    /// Whether the key has this value (nil: is absent) under the root. Touches nothing but its arguments.
    public func verify(key: [UInt8], value: [UInt8]?, root: Digest, suite: HashSuite) -> Bool {
        let keyHash = suite.keyHash(key)
        return speaks(of: keyHash, value, suite) && self.root(along: keyHash, suite) == root
    }

    /// Whether the end of the path, if it is in the tree, settles the question.
    private func speaks(of keyHash: Digest, _ value: [UInt8]?, _ suite: HashSuite) -> Bool {
        guard siblings.count <= Self.maxSiblingCount else { return false }
        guard let value else {
            guard let leaf else { return true }
            return leaf.keyHash != keyHash && leaf.keyHash.commonPrefixBitCount(with: keyHash) >= siblings.count
        }
        return leaf?.keyHash == keyHash && leaf?.valueHash == suite.valueHash(value)
    }

    private func root(along keyHash: Digest, _ suite: HashSuite) -> Digest {
        var hash = leaf.map { suite.leafHash($0.keyHash, $0.valueHash) } ?? suite.placeholder
        for (height, sibling) in siblings.enumerated() {
            let goesRight = keyHash.bit(at: siblings.count - 1 - height)
            hash = goesRight ? suite.innerHash(sibling, hash) : suite.innerHash(hash, sibling)
        }
        return hash
    }
}
