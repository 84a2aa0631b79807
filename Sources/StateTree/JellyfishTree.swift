// StateTree: what a network knows, under one hash.
//
// Two trees live here. `JellyfishTree` is a versioned map from keys to values, a sparse Merkle tree of 256 binary levels
// stored four at a time (a Jellyfish Merkle Tree: Gao, Hu and Wu 2021). `MerkleTree` and `HistoryLog` are RFC 9162's tree
// over a list. Neither touches a disk: they read through a `KeyValueReader` and say in a `Batch` what to write.
//
// Vocabulary. A *version* is a block's height. A *key hash* is SHA-256 of a key and the leaf's place. A *subtree* is nothing, a
// lone leaf or an inner node. A *nibble* chooses among an inner node's 16 children. A node is *stale* from the version on
// that no longer reaches it. The root depends on the set of (key, value) alone, whatever the order in which it came about.
//
//     newest version ──prepare(writes)──► TreeChange ──put──► batch ──(store wrote it)──► adopt ──► newest version
//                                             └── dropped: nothing has changed
//
// Families, with integers in keys big-endian:
//     nodes     version ‖ nibble count ‖ nibbles      → inner node, or the root of a tree with fewer than two leaves
//     stale     version ‖ part (4)                    → node keys and key hashes that this version replaced
//     values    key hash ‖ ~version                   → 1 ‖ value, or 0 where the version deleted it
//     latest    key                                   → version ‖ value
//     preimage  key hash                              → key
//
// Deviations from the paper's and Diem's layout: a leaf is kept in its parent instead of in a node of its own, which saves
// a read and two writes per update; its value hash comes from `values`. The stale index holds a list per version, not a key
// per node. Hashes, proofs and roots are the published ones (see `HashSuite`).

public import Primitives
public import Storage

/// A versioned map under a Merkle root. The value knows the newest version's root and its upper nodes; everything else is in
/// the store.
public struct JellyfishTree: Sendable {
    /// A key and its new value; nil deletes.
    public struct Write: Hashable, Sendable {
        public var key: [UInt8]
        public var value: [UInt8]?

        public init(key: [UInt8], value: [UInt8]?) {
            self.key = key
            self.value = value
        }
    }

    public let suite: HashSuite
    /// The newest version; nil before the first.
    public private(set) var version: UInt64?
    private(set) var root: Subtree
    /// The version that wrote the root; nil while no root is stored.
    private var rootVersion: UInt64?
    private(set) var cache = NodeCache()

    /// A tree without a version.
    public init(suite: HashSuite) {
        self.suite = suite
        root = .empty
    }

    /// The tree that a store holds, at the newest version that changed anything.
    public init(suite: HashSuite, in reader: some KeyValueReader) throws(TreeFailure) {
        self.init(suite: suite)
        guard let found = try Self.newestVersion(through: .max, in: reader) else { return }
        version = found
        rootVersion = found
        root = try Self.root(at: found, suite, in: reader)
    }

    /// The root of the newest version; the suite's placeholder where the tree is empty.
    public var rootHash: Digest { root.hash(suite) }

    /// Works out the next version without changing the newest one.
    ///
    /// Where a key is written twice the later write counts. Writing what is there already, or deleting what isn't, changes
    /// nothing.
    /// - Parameter reader: the store at the newest version.
    public mutating func prepare(
        _ writes: [Write], version next: UInt64, in reader: some KeyValueReader
    ) throws(TreeFailure) -> TreeChange {
        if let version, next <= version { throw .versionNotAbove(next) }
        let hashed = hash(writes)
        var update = TreeUpdate(suite: suite, version: next, reader: reader, writes: hashed, cache: cache)
        cache = NodeCache()
        defer { cache = update.cache }
        let newRoot = hashed.isEmpty ? root : try update.apply(root, depth: 0, hashed.indices)
        var change = TreeChange(version: next, rootHash: newRoot.hash(suite), root: newRoot)
        change.nodes = update.nodes
        change.stale = update.stale
        change.changesRoot = newRoot != root || rootVersion == nil
        if change.changesRoot, let rootVersion, !root.isInner { change.stale.append(.root(rootVersion)) }
        for (write, effect) in zip(hashed, update.effects) where effect != .nothing {
            let value = TreeChange.ValueChange(write: writes[write.index], keyHash: write.keyHash, effect: effect)
            change.values.append(value)
        }
        return change
    }

    /// Makes a prepared version the newest one, after its batch was written.
    ///
    /// - Precondition: the change was prepared on the newest version.
    public mutating func adopt(_ change: TreeChange) {
        precondition(version.map { $0 < change.version } ?? true, "versions rise")
        root = change.root
        version = change.version
        if change.changesRoot { rootVersion = change.version }
        for (key, node) in change.nodes { cache[key] = node }
    }

    /// Sorted by key hash, of equal keys only the last.
    private func hash(_ writes: [Write]) -> [HashedWrite] {
        var hashed = [HashedWrite]()
        hashed.reserveCapacity(writes.count)
        for (index, write) in writes.enumerated() {
            let keyHash = suite.keyHash(write.key)
            let leafHash = write.value.map { suite.leafHash(keyHash, suite.valueHash($0)) }
            hashed.append(HashedWrite(keyHash: keyHash, leafHash: leafHash, index: index))
        }
        hashed.sort { $0.keyHash != $1.keyHash ? $0.keyHash < $1.keyHash : $0.index < $1.index }
        var kept = [HashedWrite]()
        kept.reserveCapacity(hashed.count)
        for write in hashed {
            if kept.last?.keyHash == write.keyHash { kept.removeLast() }
            kept.append(write)
        }
        return kept
    }
}
