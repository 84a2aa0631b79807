public import Primitives
import MeshCrypto

/// The Merkle tree of RFC 9162, section 2.1, over a list: batches, payloads, receipts and the history log.
///
/// Leaf = H(0x00 ‖ content), inner = H(0x01 ‖ L ‖ R), H = SHA-256 in every network. The left subtree holds the largest power
/// of two below the count; level by level that means: pairs are joined, and a lone last node is promoted unhashed.
/// Paths list siblings from the leaf up. Count and index decide how many there are and on which side each stands, so a
/// path of any other length is refused.
public enum MerkleTree {
    /// The root of no leaves: H("").
    public static let emptyRoot = SHA256Hasher.hash([])

    public static func leafHash(_ content: [UInt8]) -> Digest {
        var hasher = SHA256Hasher()
        hasher.update([0x00])
        hasher.update(content)
        return hasher.finalize()
    }

    public static func innerHash(_ left: Digest, _ right: Digest) -> Digest {
        var hasher = SHA256Hasher()
        hasher.update([0x01])
        hasher.update(left)
        hasher.update(right)
        return hasher.finalize()
    }

    /// The root over leaf hashes.
    public static func root(of leaves: [Digest]) -> Digest {
        var level = leaves
        while level.count > 1 { level = parents(of: level) }
        return level.first ?? emptyRoot
    }

    /// The siblings from the leaf at `index` up to the root.
    ///
    /// - Precondition: `index` is the index of a leaf.
    public static func path(to index: Int, of leaves: [Digest]) -> [Digest] {
        precondition(leaves.indices.contains(index), "a path leads to a leaf")
        var path = [Digest]()
        var level = leaves
        var position = index
        while level.count > 1 {
            let sibling = position ^ 1
            if sibling < level.count { path.append(level[sibling]) }
            level = parents(of: level)
            position >>= 1
        }
        return path
    }

    /// The paths of all leaves at once, for the author of a batch who must hand one out with each.
    public static func paths(of leaves: [Digest]) -> [[Digest]] {
        var paths = [[Digest]](repeating: [], count: leaves.count)
        var level = leaves
        var height = 0
        while level.count > 1 {
            for index in leaves.indices {
                let sibling = (index >> height) ^ 1
                if sibling < level.count { paths[index].append(level[sibling]) }
            }
            level = parents(of: level)
            height += 1
        }
        return paths
    }

    /// The number of siblings on the path of leaf `index` of `count`; nil where there is no such leaf.
    public static func pathLength(index: UInt64, count: UInt64) -> Int? {
        guard index < count else { return nil }
        var position = index
        var last = count - 1
        var length = 0
        while last > 0 {
            if position & 1 == 1 || position < last { length += 1 }
            position >>= 1
            last >>= 1
        }
        return length
    }

    /// The root that a path leads to; nil where index, count and length of the path don't fit one another.
    public static func root(from leaf: Digest, index: UInt64, count: UInt64, path: [Digest]) -> Digest? {
        guard pathLength(index: index, count: count) == path.count else { return nil }
        var hash = leaf
        var position = index
        var last = count - 1
        for sibling in path {
            while position & 1 == 0, position == last {
                position >>= 1
                last >>= 1
            }
            hash = position & 1 == 1 ? innerHash(sibling, hash) : innerHash(hash, sibling)
            position >>= 1
            last >>= 1
        }
        return hash
    }

    /// Whether the leaf with this hash stands at `index` among the `count` leaves under `root`.
    public static func verify(
        _ leaf: Digest, index: UInt64, count: UInt64, path: [Digest], root: Digest
    ) -> Bool {
        self.root(from: leaf, index: index, count: count, path: path) == root
    }

    private static func parents(of level: [Digest]) -> [Digest] {
        var parents = [Digest]()
        parents.reserveCapacity((level.count + 1) / 2)
        var index = 0
        while index + 1 < level.count {
            parents.append(innerHash(level[index], level[index + 1]))
            index += 2
        }
        if index < level.count { parents.append(level[index]) }
        return parents
    }
}
