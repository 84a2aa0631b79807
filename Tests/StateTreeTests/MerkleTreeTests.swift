import Primitives
import Storage
import Testing

@testable import StateTree

/// RFC 9162's tree written down as the RFC defines it, to judge the level-by-level one.
enum ReferenceTree {
    static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        guard leaves.count > 1 else { return leaves.first ?? MerkleTree.emptyRoot }
        let middle = leaves.startIndex + split(leaves.count)
        return MerkleTree.innerHash(root(leaves[..<middle]), root(leaves[middle...]))
    }

    static func path(_ index: Int, _ leaves: ArraySlice<Digest>) -> [Digest] {
        guard leaves.count > 1 else { return [] }
        let size = split(leaves.count)
        let middle = leaves.startIndex + size
        return index < size
            ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(index - size, leaves[middle...]) + [root(leaves[..<middle])]
    }

    static func consistency(_ old: Int, _ leaves: ArraySlice<Digest>, complete: Bool = true) -> [Digest] {
        if old == leaves.count { return complete ? [] : [root(leaves)] }
        let size = split(leaves.count)
        let middle = leaves.startIndex + size
        return old <= size
            ? consistency(old, leaves[..<middle], complete: complete) + [root(leaves[middle...])]
            : consistency(old - size, leaves[middle...], complete: false) + [root(leaves[..<middle])]
    }

    private static func split(_ count: Int) -> Int {
        var size = 1
        while size * 2 < count { size *= 2 }
        return size
    }
}

struct MerkleTreeTests {
    static func leaves(_ count: Int) -> [Digest] { (0..<count).map { MerkleTree.leafHash([UInt8($0), 7]) } }

    @Test func rootsOfThePublishedVectors() {
        let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        let leaves = inputs.map { MerkleTree.leafHash(Hex.decode($0) ?? []) }
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        for (count, root) in roots.enumerated() { #expect(MerkleTree.root(of: Array(leaves.prefix(count))).hex == root) }
    }

    @Test func agreesWithTheRecursiveDefinition() {
        for count in 0..<40 {
            let leaves = Self.leaves(count)
            #expect(MerkleTree.root(of: leaves) == ReferenceTree.root(leaves[...]))
            let paths = MerkleTree.paths(of: leaves)
            for index in 0..<count {
                let path = MerkleTree.path(to: index, of: leaves)
                #expect(path == ReferenceTree.path(index, leaves[...]))
                #expect(path == paths[index])
                #expect(MerkleTree.pathLength(index: UInt64(index), count: UInt64(count)) == path.count)
            }
        }
    }

    @Test func verifiesNothingButTheRightLeafIndexCountAndLength() {
        for count in 1..<20 {
            let leaves = Self.leaves(count)
            let root = MerkleTree.root(of: leaves)
            for index in 0..<count {
                let path = MerkleTree.path(to: index, of: leaves)
                func holds(_ leaf: Digest, _ index: Int, _ count: Int, _ path: [Digest]) -> Bool {
                    MerkleTree.verify(leaf, index: UInt64(index), count: UInt64(count), path: path, root: root)
                }
                #expect(holds(leaves[index], index, count, path))
                #expect(!holds(leaves[(index + 1) % count], index, count, path) || count == 1)
                #expect(!holds(leaves[index], count, count, path))
                #expect(!holds(leaves[index], index, count, path + [root]))
                if !path.isEmpty { #expect(!holds(leaves[index], index, count, Array(path.dropLast()))) }
                for other in 0..<count where other != index { #expect(!holds(leaves[index], other, count, path)) }
            }
        }
        #expect(!MerkleTree.verify(.zero, index: 0, count: 0, path: [], root: MerkleTree.emptyRoot))
        #expect(MerkleTree.pathLength(index: .max - 1, count: .max) == 63)
    }

    @Test func anInnerNodeIsNoLeaf() {
        let leaves = Self.leaves(4)
        let root = MerkleTree.root(of: leaves)
        let pair = MerkleTree.innerHash(leaves[0], leaves[1])
        let path = MerkleTree.path(to: 0, of: leaves)
        #expect(!MerkleTree.verify(pair, index: 0, count: 4, path: Array(path.dropFirst()), root: root))
        #expect(!MerkleTree.verify(pair, index: 0, count: 4, path: path, root: root))
    }

    @Test func historyLogIsTheSameTree() throws {
        let store = MemoryStore()
        var log = HistoryLog()
        var leaves = [Digest]()
        for count in 0..<70 {
            #expect(log.root == MerkleTree.root(of: leaves))
            #expect(try HistoryLog(count: UInt64(count), in: store) == log)
            for index in 0..<count {
                let path = try HistoryLog.path(to: UInt64(index), count: UInt64(count), in: store)
                #expect(path == MerkleTree.path(to: index, of: leaves))
            }
            var batch = Batch()
            log.append([UInt8(count), 7], into: &batch)
            leaves.append(MerkleTree.leafHash([UInt8(count), 7]))
            try store.write(batch, sync: false)
        }
        #expect(throws: TreeFailure.noSuchLeaf(index: 5, count: 5)) { try HistoryLog.path(to: 5, count: 5, in: store) }
        #expect(throws: TreeFailure.self) { try HistoryLog(count: 200, in: store) }
    }

    @Test func consistencyProofsAreThoseOfTheRFC() throws {
        let store = MemoryStore()
        var log = HistoryLog()
        let leaves = Self.leaves(34)
        for index in 0..<34 {
            var batch = Batch()
            log.append([UInt8(index), 7], into: &batch)
            try store.write(batch, sync: false)
        }
        for new in 0...34 {
            for old in 0...new {
                let proof = try HistoryLog.consistency(from: UInt64(old), to: UInt64(new), in: store)
                if old > 0 { #expect(proof == ReferenceTree.consistency(old, leaves[..<new])) }
                checkConsistency(leaves, old, new, proof)
            }
        }
    }

    private func checkConsistency(_ leaves: [Digest], _ old: Int, _ new: Int, _ proof: [Digest]) {
        let oldRoot = MerkleTree.root(of: Array(leaves.prefix(old)))
        let newRoot = MerkleTree.root(of: Array(leaves.prefix(new)))
        func holds(_ old: Int, _ oldRoot: Digest, _ new: Int, _ newRoot: Digest, _ proof: [Digest]) -> Bool {
            MerkleTree.verifyConsistency(
                oldCount: UInt64(old), oldRoot: oldRoot, newCount: UInt64(new), newRoot: newRoot, proof: proof)
        }
        #expect(holds(old, oldRoot, new, newRoot, proof))
        #expect(!holds(old, .zero, new, newRoot, proof))
        if old > 0 { #expect(!holds(old, oldRoot, new, .zero, proof)) }
        #expect(!holds(old, oldRoot, new, newRoot, proof + [.zero]))
        if !proof.isEmpty { #expect(!holds(old, oldRoot, new, newRoot, Array(proof.dropLast()))) }
    }
}
