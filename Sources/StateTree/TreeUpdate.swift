import Primitives
import Storage

/// A write whose key and value have been hashed.
struct HashedWrite: Sendable {
    var keyHash: Digest
    /// nil: a deletion.
    var leafHash: Digest?
    /// The place among the caller's writes.
    var index: Int
}

/// What a write did to the set.
enum WriteEffect: Sendable {
    case nothing, inserted, replaced, deleted
}

/// One pass over the tree that turns the newest version into the next.
///
/// The writes are sorted by key hash, so that the writes below any node are one range. A node that several writes share is
/// read once, hashed once and written once.
///
///     apply(subtree, range) = empty → build the puts
///                             leaf  → build the puts and, unless a write concerns it, the leaf
///                             inner → split the range by nibble, apply to each child, coalesce
struct TreeUpdate<Reader: KeyValueReader> {
    let suite: HashSuite
    let version: UInt64
    let reader: Reader
    let writes: [HashedWrite]
    var cache: NodeCache
    /// Nodes of the new version.
    var nodes: [(key: NodeKey, node: InnerNode)] = []
    /// Nodes that the new version no longer reaches.
    var stale: [NodeKey] = []
    /// By the place in `writes`.
    var effects: [WriteEffect]

    init(suite: HashSuite, version: UInt64, reader: Reader, writes: [HashedWrite], cache: NodeCache) {
        self.suite = suite
        self.version = version
        self.reader = reader
        self.writes = writes
        self.cache = cache
        effects = Array(repeating: .nothing, count: writes.count)
    }

    /// The subtree at `depth` after the writes of `range`, all of which lie below it.
    mutating func apply(_ subtree: Subtree, depth: Int, _ range: Range<Int>) throws(TreeFailure) -> Subtree {
        switch subtree {
        case .empty:
            return build(puts(in: range)[...], depth: depth)
        case .leaf(let keyHash, let hash):
            return build(merge(keyHash, hash, with: range)[...], depth: depth)
        case .inner(let version, _):
            let key = NodeKey(version: version, depth: depth, path: writes[range.lowerBound].keyHash)
            return try applyInner(subtree, key, range)
        }
    }

    private mutating func applyInner(
        _ subtree: Subtree, _ key: NodeKey, _ range: Range<Int>
    ) throws(TreeFailure) -> Subtree {
        var node = try load(key)
        var changed = false
        var start = range.lowerBound
        while start < range.upperBound {
            let nibble = writes[start].keyHash.nibble(at: key.depth)
            let end = endOfGroup(from: start, in: range, nibble, depth: key.depth)
            let child = try apply(node.children[nibble], depth: key.depth + 1, start..<end)
            if child != node.children[nibble] {
                node.children[nibble] = child
                changed = true
            }
            start = end
        }
        guard changed else { return subtree }
        stale.append(key)
        return node.coalesced ?? keep(node, depth: key.depth, path: key.path)
    }

    /// Where the writes end that share this nibble.
    private func endOfGroup(from start: Int, in range: Range<Int>, _ nibble: Int, depth: Int) -> Int {
        var end = start + 1
        while end < range.upperBound, writes[end].keyHash.nibble(at: depth) == nibble { end += 1 }
        return end
    }

    /// The leaves that the puts of the range insert where nothing is.
    private mutating func puts(in range: Range<Int>) -> [Subtree] {
        var leaves = [Subtree]()
        for place in range {
            guard let hash = writes[place].leafHash else { continue }
            effects[place] = .inserted
            leaves.append(.leaf(keyHash: writes[place].keyHash, hash: hash))
        }
        return leaves
    }

    /// The leaves of the range where one leaf is already, in order.
    private mutating func merge(_ keyHash: Digest, _ hash: Digest, with range: Range<Int>) -> [Subtree] {
        var leaves = [Subtree]()
        var pending: Subtree? = .leaf(keyHash: keyHash, hash: hash)
        for place in range {
            let write = writes[place]
            if let leaf = pending, write.keyHash >= keyHash {
                pending = nil
                if write.keyHash == keyHash {
                    effects[place] = write.leafHash.map { $0 == hash ? .nothing : .replaced } ?? .deleted
                } else {
                    leaves.append(leaf)
                }
            }
            guard let newHash = write.leafHash else { continue }
            if write.keyHash != keyHash { effects[place] = .inserted }
            leaves.append(.leaf(keyHash: write.keyHash, hash: newHash))
        }
        if let leaf = pending { leaves.append(leaf) }
        return leaves
    }

    /// A subtree over leaves in order.
    private mutating func build(_ leaves: ArraySlice<Subtree>, depth: Int) -> Subtree {
        guard leaves.count > 1, case .leaf(let path, _) = leaves[leaves.startIndex] else { return leaves.first ?? .empty }
        var node = InnerNode()
        var start = leaves.startIndex
        while start < leaves.endIndex, case .leaf(let keyHash, _) = leaves[start] {
            let nibble = keyHash.nibble(at: depth)
            var end = start + 1
            while end < leaves.endIndex, case .leaf(let next, _) = leaves[end], next.nibble(at: depth) == nibble { end += 1 }
            node.children[nibble] = build(leaves[start..<end], depth: depth + 1)
            start = end
        }
        return keep(node, depth: depth, path: path)
    }

    /// Makes the node part of the new version.
    private mutating func keep(_ node: InnerNode, depth: Int, path: Digest) -> Subtree {
        nodes.append((NodeKey(version: version, depth: depth, path: path), node))
        return .inner(version: version, hash: node.hash(suite))
    }

    private mutating func load(_ key: NodeKey) throws(TreeFailure) -> InnerNode {
        if let node = cache[key] { return node }
        let node = try InnerNode.load(key, from: reader)
        cache[key] = node
        return node
    }
}

extension InnerNode {
    static func load(_ key: NodeKey, from reader: some KeyValueReader) throws(TreeFailure) -> InnerNode {
        let stored: [UInt8]?
        do { stored = try reader.get(key.bytes, in: .nodes) } catch { throw .storage(error) }
        guard let stored else { throw .missingNode("node \(Hex.encode(key.bytes))") }
        guard let node = InnerNode(stored) else { throw .malformedNode("node \(Hex.encode(key.bytes))") }
        return node
    }
}
