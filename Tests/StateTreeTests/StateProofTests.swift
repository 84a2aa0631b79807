import Primitives
import Storage
import Testing

@testable import StateTree

struct StateProofTests {
    /// Trees of many sizes, so that both forms of absence and paths of many lengths occur.
    static func tree(_ count: Int, _ suite: HashSuite) throws -> LiveTree {
        var live = LiveTree(suite)
        try live.write((0..<count).map { .init(key: Array("k\($0)".utf8), value: Array("v\($0)".utf8)) })
        return live
    }

    @Test(arguments: HashSuite.allCases, [0, 1, 2, 3, 17, 200])
    func provesPresenceAndBothFormsOfAbsence(suite: HashSuite, count: Int) throws {
        let live = try Self.tree(count, suite)
        var forms = Set<String>()
        for number in 0..<count + 60 {
            let key = Array("k\(number)".utf8)
            let value = number < count ? Array("v\(number)".utf8) : nil
            let proven = try live.tree.prove(key, at: 0, in: live.store)
            #expect(proven.value == value)
            #expect(proven.proof.verify(key: key, value: value, root: live.tree.rootHash, suite: suite))
            forms.insert(value != nil ? "present" : proven.proof.leaf == nil ? "nothing" : "other leaf")
        }
        #expect(count < 17 || forms.count == 3)
    }

    @Test(arguments: HashSuite.allCases)
    func everyTamperingIsRefused(suite: HashSuite) throws {
        let live = try Self.tree(100, suite)
        let root = live.tree.rootHash
        for number in 0..<130 {
            let key = Array("k\(number)".utf8)
            let proven = try live.tree.prove(key, at: 0, in: live.store)
            let proof = proven.proof
            func refused(_ proof: StateProof, _ value: [UInt8]?) -> Bool {
                !proof.verify(key: key, value: value, root: root, suite: suite)
            }
            #expect(refused(proof, proven.value == nil ? [1] : nil))
            #expect(refused(proof, (proven.value ?? []) + [1]))
            #expect(!proof.verify(key: key, value: proven.value, root: .zero, suite: suite))
            let other: HashSuite = suite == .penumbra ? .libra : .penumbra
            #expect(!proof.verify(key: key, value: proven.value, root: root, suite: other))
            for changed in Self.tampered(proof, suite) { #expect(refused(changed, proven.value)) }
        }
    }

    static func tampered(_ proof: StateProof, _ suite: HashSuite) -> [StateProof] {
        var changed = [StateProof]()
        for index in proof.siblings.indices {
            var one = proof
            one.siblings[index] = .zero
            changed.append(one)
            one = proof
            one.siblings.remove(at: index)
            changed.append(one)
            one = proof
            one.siblings.insert(suite.placeholder, at: index)
            changed.append(one)
        }
        var one = proof
        one.siblings += Array(repeating: .zero, count: 257)
        changed.append(one)
        if let leaf = proof.leaf {
            changed.append(StateProof(siblings: proof.siblings, leaf: nil))
            changed.append(StateProof(siblings: proof.siblings, leaf: .init(keyHash: leaf.valueHash, valueHash: leaf.keyHash)))
            changed.append(StateProof(siblings: proof.siblings, leaf: .init(keyHash: leaf.keyHash, valueHash: .zero)))
        } else {
            changed.append(StateProof(siblings: proof.siblings, leaf: .init(keyHash: .zero, valueHash: .zero)))
        }
        return changed
    }

    /// An inner node's two hashes offered as a leaf's key hash and value hash, at every height.
    @Test(arguments: HashSuite.allCases)
    func anInnerNodeIsNoLeaf(suite: HashSuite) throws {
        let live = try Self.tree(50, suite)
        for number in 0..<50 {
            let key = Array("k\(number)".utf8)
            let proof = try live.tree.prove(key, at: 0, in: live.store).proof
            let keyHash = suite.keyHash(key)
            guard let leaf = proof.leaf else { Issue.record("k\(number) is present"); continue }
            var hash = suite.leafHash(leaf.keyHash, leaf.valueHash)
            for (height, sibling) in proof.siblings.enumerated() {
                let goesRight = keyHash.bit(at: proof.siblings.count - 1 - height)
                let (left, right) = goesRight ? (sibling, hash) : (hash, sibling)
                let upper = Array(proof.siblings[(height + 1)...])
                let forged = StateProof(siblings: upper, leaf: .init(keyHash: left, valueHash: right))
                #expect(!forged.verify(key: key, value: nil, root: live.tree.rootHash, suite: suite))
                hash = suite.innerHash(left, right)
            }
            #expect(hash == live.tree.rootHash)
        }
    }

    /// A true leaf of elsewhere is no witness that a key is absent, nor is a path cut above the key.
    @Test func aLeafOfAnotherPlaceProvesNoAbsence() throws {
        let live = try Self.tree(80, .penumbra)
        let key = Array("k3".utf8)
        for number in 0..<80 where number != 3 {
            let other = try live.tree.prove(Array("k\(number)".utf8), at: 0, in: live.store).proof
            #expect(!other.verify(key: key, value: nil, root: live.tree.rootHash, suite: .penumbra))
        }
    }
}
