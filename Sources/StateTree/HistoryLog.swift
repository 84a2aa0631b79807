public import Primitives
public import Storage

/// An append-only list under the tree of RFC 9162 whose complete subtrees are stored: appending, the root and any path cost
/// a logarithm of the length.
///
/// Family `history`: level (1) ‖ index (8, big-endian) → hash of the complete subtree over leaves
/// `index << level ..< (index + 1) << level`. The value itself holds the peaks, the complete subtrees that the list is made
/// of, largest first; it changes only by `append`, which also says what to store.
public struct HistoryLog: Hashable, Sendable {
    /// The number of leaves.
    public private(set) var count: UInt64
    /// One for every bit that is set in `count`, the highest first.
    private var peaks: [Digest]

    /// The empty list.
    public init() {
        count = 0
        peaks = []
    }

    /// The list of `count` leaves that a store holds.
    public init(count: UInt64, in reader: some KeyValueReader) throws(TreeFailure) {
        self.count = count
        peaks = []
        var start: UInt64 = 0
        for level in (0..<64).reversed() where count >> UInt64(level) & 1 == 1 {
            peaks.append(try Self.node(level: level, index: start >> UInt64(level), in: reader))
            start += 1 << UInt64(level)
        }
    }

    /// The root over all leaves; H("") where there are none.
    public var root: Digest {
        guard var hash = peaks.last else { return MerkleTree.emptyRoot }
        for peak in peaks.dropLast().reversed() { hash = MerkleTree.innerHash(peak, hash) }
        return hash
    }

    /// Appends a leaf with this content and puts the nodes that it completes into the batch.
    public mutating func append(_ content: [UInt8], into batch: inout Batch) {
        var hash = MerkleTree.leafHash(content)
        var level = 0
        var index = count
        batch.put(Self.key(level: level, index: index), hash.bytes, in: .history)
        while index & 1 == 1, let left = peaks.popLast() {
            hash = MerkleTree.innerHash(left, hash)
            level += 1
            index >>= 1
            batch.put(Self.key(level: level, index: index), hash.bytes, in: .history)
        }
        peaks.append(hash)
        count += 1
    }

    /// The path from leaf `index` to the root of the first `count` leaves, for `MerkleTree.verify`.
    public static func path(
        to index: UInt64, count: UInt64, in reader: some KeyValueReader
    ) throws(TreeFailure) -> [Digest] {
        guard index < count else { throw .noSuchLeaf(index: index, count: count) }
        var path = [Digest]()
        var level = 0
        var position = index
        var last = count - 1
        while last > 0 {
            let sibling = position ^ 1
            if sibling <= last { path.append(try subtree(level: level, index: sibling, count: count, in: reader)) }
            level += 1
            position >>= 1
            last >>= 1
        }
        return path
    }

    /// Shows that the first `newCount` leaves begin with the first `oldCount`, for `MerkleTree.verifyConsistency`.
    public static func consistency(
        from oldCount: UInt64, to newCount: UInt64, in reader: some KeyValueReader
    ) throws(TreeFailure) -> [Digest] {
        guard oldCount <= newCount else { throw .noSuchLeaf(index: oldCount, count: newCount) }
        if oldCount == 0 || oldCount == newCount { return [] }
        // The largest complete subtree that ends where the old list ends is where the two trees part.
        var level = oldCount.trailingZeroBitCount
        var position = (oldCount - 1) >> UInt64(level)
        var last = (newCount - 1) >> UInt64(level)
        var proof = [Digest]()
        if position > 0 { proof.append(try node(level: level, index: position, in: reader)) }
        while last > 0 {
            let sibling = position ^ 1
            if sibling <= last { proof.append(try subtree(level: level, index: sibling, count: newCount, in: reader)) }
            level += 1
            position >>= 1
            last >>= 1
        }
        return proof
    }

    /// The hash over the leaves of a subtree as far as the first `count` leaves fill it.
    private static func subtree(
        level: Int, index: UInt64, count: UInt64, in reader: some KeyValueReader
    ) throws(TreeFailure) -> Digest {
        let start = index << UInt64(level)
        if count - start >= 1 << UInt64(level) { return try node(level: level, index: index, in: reader) }
        let left = try subtree(level: level - 1, index: index * 2, count: count, in: reader)
        guard count - start > 1 << UInt64(level - 1) else { return left }
        let right = try subtree(level: level - 1, index: index * 2 + 1, count: count, in: reader)
        return MerkleTree.innerHash(left, right)
    }

    private static func node(level: Int, index: UInt64, in reader: some KeyValueReader) throws(TreeFailure) -> Digest {
        let stored: [UInt8]?
        do { stored = try reader.get(key(level: level, index: index), in: .history) } catch { throw .storage(error) }
        guard let stored, let hash = Digest(stored) else { throw .missingNode("history \(level)/\(index)") }
        return hash
    }

    private static func key(level: Int, index: UInt64) -> [UInt8] {
        var key = [UInt8(level)]
        BigEndian.append(index, to: &key)
        return key
    }
}
