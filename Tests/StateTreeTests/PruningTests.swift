import Primitives
import Storage
import Testing

@testable import StateTree

struct PruningTests {
    /// Whatever is retained reads as before, what is older is unknown, and nothing that no version reaches is left over.
    @Test(arguments: UInt64(0)..<3, [1, 10_000])
    func retainedVersionsStayAndTheRestGoes(seed: UInt64, limit: Int) throws {
        var random = PRNG(seed: seed)
        var live = LiveTree()
        var models = [[[UInt8]: [UInt8]]]()
        var model = [[UInt8]: [UInt8]]()
        for _ in 0..<40 {
            let writes = JellyfishTreeTests.randomWrites(&random, keyCount: 30)
            try live.write(writes)
            for write in writes { model[write.key] = write.value }
            models.append(model)
        }
        for retained in [10, 11, 25, 39] {
            try prune(live, retained, limit)
            for version in 0..<40 { try check(live, version, models[version], isRetained: version >= retained) }
        }
        #expect(live.store.state.count(of: .nodes) == (try reachable(live)))
        #expect(live.store.state.count(of: .values) == model.count)
        #expect(live.store.state.count(of: .preimage) == model.count)
        #expect(live.store.state.count(of: .stale) == 0)
        #expect(try JellyfishTree(suite: .penumbra, in: live.store).rootHash == live.tree.rootHash)
    }

    private func prune(_ live: LiveTree, _ retained: Int, _ limit: Int) throws {
        var hasMore = true
        while hasMore {
            var batch = Batch()
            hasMore = try JellyfishTree.prune(retaining: UInt64(retained), limit: limit, in: live.store, into: &batch)
            try live.store.write(batch, sync: false)
        }
    }

    private func check(_ live: LiveTree, _ version: Int, _ model: [[UInt8]: [UInt8]], isRetained: Bool) throws {
        let root = definedRoot(model, .penumbra)
        for number in stride(from: version % 3, to: 30, by: 3) {
            let key = Array("key-\(number)".utf8)
            do {
                let proven = try live.tree.prove(key, at: UInt64(version), in: live.store)
                #expect(proven.root == root && proven.value == model[key])
                #expect(try live.tree.value(of: key, at: UInt64(version), in: live.store) == model[key])
            } catch {
                // A version that changed nothing shares its root with a later one, and may outlive its turn.
                #expect(!isRetained, "version \(version): \(error)")
            }
        }
    }

    /// The nodes that the newest version reaches, counted from its root.
    private func reachable(_ live: LiveTree) throws -> Int {
        func count(_ subtree: Subtree, _ key: NodeKey) throws -> Int {
            guard case .inner(let version, _) = subtree else { return 0 }
            let key = NodeKey(version: version, depth: key.depth, path: key.path)
            let node = try InnerNode.load(key, from: live.store)
            return try node.children.enumerated().reduce(1) { sum, child in
                let path = extend(key.path, key.depth, child.offset)
                return try sum + count(child.element, NodeKey(version: 0, depth: key.depth + 1, path: path))
            }
        }
        let root = live.tree.root
        return root.isInner ? try count(root, .root(0)) : 1
    }

    private func extend(_ path: Digest, _ depth: Int, _ nibble: Int) -> Digest {
        var bytes = path.bytes
        bytes[depth / 2] |= UInt8(depth & 1 == 0 ? nibble << 4 : nibble)
        return Digest(bytes) ?? .zero
    }

    @Test func aDamagedStaleListIsReported() throws {
        var live = LiveTree()
        try live.put(["a": "1"])
        try live.put(["a": "2"])
        for bytes in [[9], [0xFF, 1], [40] + [UInt8](repeating: 0, count: 12)] as [[UInt8]] {
            var batch = Batch()
            batch.put(StaleList.key(version: 1, part: 0), bytes, in: .stale)
            try live.store.write(batch, sync: false)
            var pruning = Batch()
            #expect(throws: TreeFailure.malformedNode("stale list")) {
                try JellyfishTree.prune(retaining: 5, in: live.store, into: &pruning)
            }
        }
    }
}
