public import Primitives
public import Storage

/// The next version of a tree, worked out but not yet written.
public struct TreeChange: Sendable {
    public let version: UInt64
    public let rootHash: Digest
    let root: Subtree
    var changesRoot = false
    var nodes: [(key: NodeKey, node: InnerNode)] = []
    var stale: [NodeKey] = []
    var values: [ValueChange] = []

    /// A key whose value changes.
    struct ValueChange: Sendable {
        var write: JellyfishTree.Write
        var keyHash: Digest
        var effect: WriteEffect
    }

    init(version: UInt64, rootHash: Digest, root: Subtree) {
        self.version = version
        self.rootHash = rootHash
        self.root = root
    }

    /// The number of nodes that are written and that become stale.
    public var nodeCounts: (written: Int, stale: Int) { (nodes.count, stale.count) }

    /// Puts everything that the version writes into the batch.
    public func put(into batch: inout Batch) {
        for (key, node) in nodes { batch.put(key.bytes, node.encoded(), in: .nodes) }
        if changesRoot, !root.isInner { batch.put(NodeKey.root(version).bytes, root.encodedRoot(), in: .nodes) }
        for value in values { put(value, into: &batch) }
        putStale(into: &batch)
    }

    private func put(_ change: ValueChange, into batch: inout Batch) {
        let key = change.write.key
        let valueKey = ValueKey.bytes(change.keyHash, version: version)
        if let value = change.write.value {
            batch.put(valueKey, [1] + value, in: .values)
            batch.put(key, BigEndian.bytes(version) + value, in: .latest)
            if change.effect == .inserted { batch.put(change.keyHash.bytes, key, in: .preimage) }
        } else {
            batch.put(valueKey, [0], in: .values)
            batch.delete(key, in: .latest)
        }
    }

    private func putStale(into batch: inout Batch) {
        var list = StaleList()
        for key in stale { list.append(node: key) }
        for value in values where value.effect != .inserted { list.append(value: value.keyHash) }
        for (part, bytes) in list.parts.enumerated() {
            batch.put(StaleList.key(version: version, part: part), bytes, in: .stale)
        }
    }
}

extension Subtree {
    var isInner: Bool {
        if case .inner = self { return true }
        return false
    }
}

/// Keys of family `values`: the newest version of a key stands first.
enum ValueKey {
    static func bytes(_ keyHash: Digest, version: UInt64) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(40)
        keyHash.append(to: &bytes)
        BigEndian.append(~version, to: &bytes)
        return bytes
    }
}
