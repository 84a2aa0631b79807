import Foundation
import Primitives
import Storage
import Testing

@testable import StateTree

/// Our trees under judges that share no line with them: `libra-core` for proofs of the state tree under the `.libra` suite,
/// `pymerkle` for the history log.
struct StateTreeInteropTests {
    private struct Case: Encodable {
        var root: String
        var key: String
        var value: String?
        var leafKey: String?
        var leafValue: String?
        var siblings: [String]
        /// What the judge has to say.
        var holds: Bool
    }

    @Test func libraCoreAcceptsOurProofsAndRefusesTamperedOnes() throws {
        var tree = JellyfishTree(suite: .libra)
        let store = MemoryStore()
        var random = PRNG(seed: 4)
        try Self.write((0..<150).map { .init(key: [UInt8($0)], value: random.bytes(5)) }, 0, &tree, store)
        try Self.write((0..<150).filter { $0 % 3 == 0 }.map { .init(key: [UInt8($0)], value: nil) }, 1, &tree, store)
        var cases = [Case]()
        var forms = Set<Int>()
        for number in 0..<250 {
            let key = [UInt8(number)]
            let proven = try tree.prove(key, at: 1, in: store)
            forms.insert(proven.value != nil ? 0 : proven.proof.leaf == nil ? 1 : 2)
            cases.append(Self.makeCase(tree, key, proven.value, proven.proof))
            for changed in Self.tampered(proven.proof) { cases.append(Self.makeCase(tree, key, proven.value, changed)) }
            cases.append(Self.makeCase(tree, key, proven.value == nil ? [1] : nil, proven.proof))
        }
        #expect(forms.count == 3)
        let verdict = try PythonJudge.run(file: "libra-judge.py", input: JSONEncoder().encode(cases))
        let held = cases.filter(\.holds).count
        #expect(verdict.last == "held \(held) refused \(cases.count - held) wrong 0")
        #expect(held == 250)
    }

    private static func write(
        _ writes: [JellyfishTree.Write], _ version: UInt64, _ tree: inout JellyfishTree, _ store: MemoryStore
    ) throws {
        let change = try tree.prepare(writes, version: version, in: store)
        var batch = Batch()
        change.put(into: &batch)
        try store.write(batch, sync: false)
        tree.adopt(change)
    }

    /// Our own verdict is what the judge is expected to say.
    private static func makeCase(_ tree: JellyfishTree, _ key: [UInt8], _ value: [UInt8]?, _ proof: StateProof) -> Case
    {
        Case(
            root: tree.rootHash.hex, key: tree.suite.keyHash(key).hex, value: value.map { Hex.encode($0) },
            leafKey: proof.leaf?.keyHash.hex, leafValue: proof.leaf?.valueHash.hex, siblings: proof.siblings.map(\.hex),
            holds: proof.verify(key: key, value: value, root: tree.rootHash, suite: .libra))
    }

    private static func tampered(_ proof: StateProof) -> [StateProof] {
        var changed = [StateProof]()
        for index in proof.siblings.indices {
            var one = proof
            one.siblings[index] = .zero
            changed.append(one)
            one = proof
            one.siblings.remove(at: index)
            changed.append(one)
        }
        if let leaf = proof.leaf {
            changed.append(StateProof(siblings: proof.siblings, leaf: nil))
            changed.append(StateProof(siblings: proof.siblings, leaf: .init(keyHash: leaf.keyHash, valueHash: .zero)))
        }
        return changed
    }

    private struct Log: Encodable {
        var contents: [String]
        /// By the number of leaves, from none on.
        var roots: [String]
        /// paths[count - 1][index]
        var paths: [[[String]]]
    }

    private static let historyJudge = """
        import json, sys
        from pymerkle import InmemoryTree, verify_inclusion, verify_consistency
        from pymerkle.core import _inclusion_path_layout
        from pymerkle.proof import InclusionProof
        unhex = bytes.fromhex
        log = json.load(sys.stdin)
        roots = [unhex(r) for r in log["roots"]]
        tree = InmemoryTree(algorithm="sha256")
        inclusions = consistencies = 0
        for content in log["contents"]:
            tree.append_entry(unhex(content))
        for size in range(1, len(roots)):
            assert tree.get_state(size) == roots[size], size
            for index in range(1, size + 1):
                base = tree.get_leaf(index)
                path = [base] + [unhex(h) for h in log["paths"][size - 1][index - 1]]
                rule, _ = _inclusion_path_layout(index, size)
                proof = InclusionProof("sha256", True, size, index, rule, path)
                verify_inclusion(base, roots[size], proof, index=index, size=size)
                inclusions += 1
            for prior in range(1, size + 1):
                verify_consistency(roots[prior], roots[size], tree.prove_consistency(prior, size), prior, size)
                consistencies += 1
        print("inclusions", inclusions, "consistencies", consistencies)
        """

    @Test func pymerkleAcceptsTheHistoryLog() throws {
        let store = MemoryStore()
        var history = HistoryLog()
        var log = Log(contents: [], roots: [history.root.hex], paths: [])
        for number in UInt8(0)..<21 {
            var batch = Batch()
            let content = [UInt8](repeating: number, count: 32)
            history.append(content, into: &batch)
            try store.write(batch, sync: false)
            log.contents.append(Hex.encode(content))
            log.roots.append(history.root.hex)
            log.paths.append(
                try (0..<history.count).map {
                    try HistoryLog.path(to: $0, count: history.count, in: store).map(\.hex)
                })
        }
        let verdict = try PythonJudge.run(Self.historyJudge, input: JSONEncoder().encode(log))
        #expect(verdict.last == "inclusions 231 consistencies 231")
    }
}

/// Runs a Python script over the peers that are installed beside the checkout.
enum PythonJudge {
    /// Runs a script of the folder Judges.
    static func run(file: String, input: Data) throws -> [String] {
        try run(["\(root.path)/Tests/InteropTests/Judges/\(file)"], input: input)
    }

    static func run(_ script: String, input: Data) throws -> [String] { try run(["-c", script], input: input) }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// - Returns: the lines that the script printed, its errors among them.
    private static func run(_ arguments: [String], input: Data) throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("judge-\(UUID().uuidString).json")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = root.appendingPathComponent(".build-python/bin/python3")
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: printed, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
