import Primitives
import Storage
import Testing

@testable import StateTree

/// A tree over a store in memory that applies each change at once.
struct LiveTree {
    var tree: JellyfishTree
    let store = MemoryStore()
    var next: UInt64 = 0

    init(_ suite: HashSuite = .penumbra) { tree = JellyfishTree(suite: suite) }

    @discardableResult
    mutating func write(_ writes: [JellyfishTree.Write]) throws -> TreeChange {
        let change = try tree.prepare(writes, version: next, in: store)
        var batch = Batch()
        change.put(into: &batch)
        try store.write(batch, sync: false)
        tree.adopt(change)
        next += 1
        return change
    }

    @discardableResult
    mutating func put(_ pairs: [String: String]) throws -> TreeChange {
        try write(pairs.sorted { $0.key < $1.key }.map { .init(key: Array($0.key.utf8), value: Array($0.value.utf8)) })
    }
}

/// The set of leaves hashed by the definition: no nodes, no versions, no nibbles.
func definedRoot(_ pairs: [[UInt8]: [UInt8]], _ suite: HashSuite) -> Digest {
    let leaves = pairs.map { (suite.keyHash($0.key), suite.valueHash($0.value)) }
    func root(_ leaves: [(Digest, Digest)], _ depth: Int) -> Digest {
        guard let first = leaves.first else { return suite.placeholder }
        if leaves.count == 1 { return suite.leafHash(first.0, first.1) }
        let left = leaves.filter { !$0.0.bit(at: depth) }
        let right = leaves.filter { $0.0.bit(at: depth) }
        return suite.innerHash(root(left, depth + 1), root(right, depth + 1))
    }
    return root(leaves, 0)
}

struct JellyfishTreeTests {
    @Test func publishedRoots() throws {
        var live = LiveTree()
        try live.write([])
        #expect(live.tree.rootHash.hex == "5350415253455f4d45524b4c455f504c414345484f4c4445525f484153485f5f")
        try live.put(["hello": "world"])
        #expect(live.tree.rootHash.hex == "6b97115f56e533f2fd443f7e76e4d1ff94d34e6b2e233f2dbdf5cfd1ec39a30c")
        try live.put(["goodbye": "world"])
        #expect(live.tree.rootHash.hex == "e1e1e220d4b4a9611a9a09dbcee964b4a6c3a40f6f4dee265ad45cf64568790b")
    }

    @Test(arguments: HashSuite.allCases, UInt64(0)..<6)
    func rootDependsOnNothingButTheSet(suite: HashSuite, seed: UInt64) throws {
        var random = PRNG(seed: seed)
        var live = LiveTree(suite)
        var model = [[UInt8]: [UInt8]]()
        for _ in 0..<40 {
            let writes = Self.randomWrites(&random, keyCount: 60)
            try live.write(writes)
            for write in writes { model[write.key] = write.value }
            #expect(live.tree.rootHash == definedRoot(model, suite))
        }
        let reopened = try JellyfishTree(suite: suite, in: live.store)
        #expect(reopened.rootHash == live.tree.rootHash)
        try Self.deleteEverything(&live, model, &random)
    }

    private static func deleteEverything(
        _ live: inout LiveTree, _ model: [[UInt8]: [UInt8]], _ random: inout PRNG
    ) throws {
        var left = model
        for key in model.keys.sorted(by: KeyOrder.precedes).shuffled(using: &random) {
            left[key] = nil
            try live.write([.init(key: key, value: nil)])
            #expect(live.tree.rootHash == definedRoot(left, live.tree.suite))
        }
        #expect(live.tree.rootHash == live.tree.suite.placeholder)
        #expect(try JellyfishTree(suite: live.tree.suite, in: live.store).rootHash == live.tree.suite.placeholder)
    }

    static func randomWrites(_ random: inout PRNG, keyCount: Int) -> [JellyfishTree.Write] {
        (0..<Int.random(in: 0...12, using: &random)).map { _ in
            let key = Array("key-\(Int.random(in: 0..<keyCount, using: &random))".utf8)
            return .init(key: key, value: Int.random(in: 0..<3, using: &random) == 0 ? nil : random.bytes(2))
        }
    }

    @Test func writingWhatIsThereChangesNothing() throws {
        var live = LiveTree()
        try live.put(["a": "1", "b": "2", "c": "3"])
        let change = try live.put(["b": "2"])
        #expect(change.nodeCounts == (0, 0))
        var batch = Batch()
        change.put(into: &batch)
        #expect(batch.operations == [])
        let deletion = try live.write([.init(key: [1, 2, 3], value: nil)])
        #expect(deletion.nodeCounts == (0, 0))
    }

    @Test func theLaterOfTwoWritesCounts() throws {
        var live = LiveTree()
        try live.write([.init(key: [1], value: [1]), .init(key: [1], value: nil), .init(key: [2], value: nil),
            .init(key: [2], value: [2])])
        #expect(live.tree.rootHash == definedRoot([[2]: [2]], .penumbra))
        #expect(try JellyfishTree.latest([1], in: live.store) == nil)
        #expect(try JellyfishTree.latest([2], in: live.store) == [2])
    }

    @Test func aDroppedChangeLeavesNoTrace() throws {
        var live = LiveTree()
        try live.put(["a": "1", "b": "2"])
        let root = live.tree.rootHash
        let contents = live.store.state.count(of: .nodes)
        let first = try live.tree.prepare([.init(key: [9], value: [9])], version: 1, in: live.store)
        let again = try live.tree.prepare([.init(key: [9], value: [9])], version: 1, in: live.store)
        #expect(first.rootHash == again.rootHash && first.rootHash != root)
        #expect(live.tree.rootHash == root && live.store.state.count(of: .nodes) == contents)
        #expect(throws: TreeFailure.versionNotAbove(0)) { try live.tree.prepare([], version: 0, in: live.store) }
    }

    @Test func everyOldVersionStaysReadable() throws {
        var random = PRNG(seed: 99)
        var live = LiveTree()
        var models = [[[UInt8]: [UInt8]]]()
        var model = [[UInt8]: [UInt8]]()
        for _ in 0..<30 {
            let writes = Self.randomWrites(&random, keyCount: 25)
            try live.write(writes)
            for write in writes { model[write.key] = write.value }
            models.append(model)
        }
        let reopened = try JellyfishTree(suite: .penumbra, in: live.store)
        for (version, model) in models.enumerated() {
            let root = definedRoot(model, .penumbra)
            #expect(try reopened.rootHash(at: UInt64(version), in: live.store) == root)
            for number in 0..<26 {
                let key = Array("key-\(number)".utf8)
                let proven = try live.tree.prove(key, at: UInt64(version), in: live.store)
                #expect(proven.value == model[key])
                #expect(proven.root == root)
                #expect(proven.proof.verify(key: key, value: model[key], root: root, suite: .penumbra))
                #expect(try reopened.value(of: key, at: UInt64(version), in: live.store) == model[key])
            }
        }
    }

    @Test func aStoreThatLostANodeIsReportedNotTrapped() throws {
        var live = LiveTree()
        try live.write((0..<100).map { .init(key: [UInt8($0)], value: [1]) })
        var keys = [[UInt8]]()
        try live.store.scan(.nodes, from: [], upTo: nil) { key, _ in keys.append(key); return true }
        for key in keys {
            let broken = MemoryStore(live.store.state)
            for value in [nil, [], [1], [1, 0xFF, 0xFF, 0xFF, 0xFF], [7]] as [[UInt8]?] {
                var batch = Batch()
                if let value { batch.put(key, value, in: .nodes) } else { batch.delete(key, in: .nodes) }
                try broken.write(batch, sync: false)
                #expect(throws: TreeFailure.self) {
                    let tree = try JellyfishTree(suite: .penumbra, in: broken)
                    for number in 0..<100 { _ = try tree.prove([UInt8(number)], at: 0, in: broken) }
                }
            }
        }
    }
}
