import Testing

/// The rules find what they are for: each test plants a violation and expects exactly it.
@Suite("Planted violations are found")
struct PlantedViolationTests {
    let plan = FloorPlan.house

    private func source(_ target: String, _ text: String) -> SourceFile {
        SourceFile(path: "Sources/\(target)/Planted.swift", text: text)
    }

    @Test(
        "an import of a higher floor",
        arguments: [
            "import NodeCore", "public import NodeCore", "@preconcurrency import NodeCore",
            "@testable package import NodeCore",
            "import struct NodeCore.Thing", "import Primitives; import NodeCore", "    internal import NodeCore // why",
        ])
    func upwardImport(statement: String) {
        let file = source("StateTree", "import Primitives\n\(statement)\n")
        #expect(
            ImportRules.check(file, against: plan).map(\.description)
                == ["Sources/StateTree/Planted.swift:2: StateTree may not import NodeCore"])
    }

    @Test("an import of an unlisted peer, of an outside module, and a target without a floor")
    func otherImports() {
        #expect(ImportRules.check(source("Identity", "import StateTree"), against: plan).count == 1)
        #expect(ImportRules.check(source("Certificates", "import StateTree"), against: plan).isEmpty)
        for module in ["NIOCore", "NIOPosix", "Foundation", "FoundationEssentials", "Glibc", "Synchronization"] {
            #expect(ImportRules.check(source("Consensus", "import \(module)"), against: plan).count == 1, "\(module)")
        }
        #expect(ImportRules.check(source("NetworkDriver", "import NIOCore\nimport Foundation"), against: plan).isEmpty)
        #expect(ImportRules.check(source("Cellar", "import Primitives"), against: plan).count == 1)
    }

    @Test("an import that stands in a comment or a text is none")
    func importsInProse() {
        let file = source(
            "StateTree", "// import NodeCore\n/* import NodeCore\n*/ let a = \"\"\"\n    import NodeCore\n    \"\"\"\n")
        #expect(ImportRules.imports(of: file).isEmpty)
    }

    @Test("a forbidden target behind two others")
    func reach() {
        let files = [
            source("AgentMesh", "import NetworkDriver"), source("NetworkDriver", "import ZAP"),
            source("ZAP", "import Consensus"),
        ]
        #expect(
            ImportRules.checkReach(of: files, against: plan).map(\.what)
                == ["AgentMesh may not reach Consensus", "NetworkDriver may not reach Consensus"])
    }

    @Test("a banned word on a sans-IO floor", arguments: WordRules.sansIO.map(\.word))
    func bannedWord(word: String) {
        let line = word.hasPrefix(".") ? "let x = y\(word)" : "let x = (\(word) 1)"
        let hits = WordRules.checkSansIO(source("MeshState", "let a = 1\n\(line)\n"), against: plan)
        #expect(hits.map(\.line) == [2])
        #expect(WordRules.checkSansIO(source("HanzoNode", line), against: plan).isEmpty)
    }

    @Test("a banned word in an interpolation is code, in prose or within a longer word it is not")
    func wordsInContext() {
        func count(_ text: String) -> Int { WordRules.checkSansIO(source("MeshState", text), against: plan).count }
        #expect(count(#"let a = "x \(f("y", Date(1))) z""#) == 1)
        #expect(count("let a = #\"x \\#(Date(1)) \\(Date(2))\"#") == 1)
        #expect(count(#"let a = "Date( print( \" try? ""#) == 0)
        #expect(count("/// print(x)\nlet a = fingerprint(x) // try? \n/* await /* nested */ await */") == 0)
        #expect(count("let a = WallDate(1), b = asynchronous") == 0)
    }

    @Test("simulated signatures in a product")
    func simulation() {
        #expect(WordRules.checkSimulation(source("HanzoNode", "\n@_spi(Simulation) import MeshCrypto")).map(\.line) == [2])
        #expect(WordRules.checkSimulation(source("MeshCrypto", "@_spi(Simulation) public struct A {}")).isEmpty)
        let test = SourceFile(path: "Tests/ATests/A.swift", text: "@_spi(Simulation) import MeshCrypto")
        #expect(WordRules.checkSimulation(test).isEmpty)
    }

    @Test("a planted bug outside of the simulator")
    func sabotage() {
        let line = "@_spi(Sabotage) public import Simplex"
        #expect(WordRules.checkSimulation(source("HanzoNode", line)).map(\.line) == [1])
        #expect(WordRules.checkSimulation(source("Simulator", line)).isEmpty)
    }

    @Test("an unchecked claim without its reason")
    func safety() {
        #expect(WordRules.checkSafety(source("RocksStore", "final class A: @unchecked Sendable {}")).count == 1)
        #expect(
            WordRules.checkSafety(source("RocksStore", "// SAFETY: far away\n\nnonisolated(unsafe) var a = 1")).count
                == 1)
        #expect(
            WordRules.checkSafety(
                source("RocksStore", "// SAFETY: one thread\n@frozen\nstruct A: @unchecked Sendable {}")
            )
            .isEmpty)
        #expect(
            WordRules.checkSafety(source("RocksStore", "class A: @unchecked Sendable {\n    // SAFETY: b\n}")).isEmpty)
        #expect(
            WordRules.checkSafety(source("RocksStore", "class A: @unchecked Sendable {\n\n    // SAFETY: b\n}")).count
                == 1)
        #expect(
            WordRules.checkSafety(source("RocksStore", "nonisolated(unsafe) let a = 1  // SAFETY: constant")).isEmpty)
    }

    @Test("a promise, a fat program, a machine's path")
    func otherRules() {
        #expect(WordRules.checkPromises(source("ZAP", "// TO" + "DO: later")).count == 1)
        let fat = String(repeating: "\n", count: 151)
        #expect(WordRules.checkProgramSize(source("hanzod", fat), against: plan).count == 1)
        #expect(WordRules.checkProgramSize(source("HanzoNode", fat), against: plan).isEmpty)
        let path = "/ro" + "ot/x"
        #expect(DocumentRules.checkMachinePaths(SourceFile(path: "Makefile", text: "a = \(path)")).count == 1)
        #expect(DocumentRules.checkMachinePaths(SourceFile(path: "Makefile", text: "a = b\(path)")).isEmpty)
    }

    @Test("a document that names what is gone")
    func names() {
        let sources = [source("ZAP", "struct Session {} // Ghost")]
        let document = SourceFile(path: "A.md", text: "`Session` `ZAP` `make`\n`Ghost` `Session.run`")
        #expect(
            DocumentRules.checkNames(document, in: sources).map(\.description) == ["A.md:2: `Ghost` is in no source"])
    }

    @Test("a link to nowhere, to a missing heading, to a test that was renamed")
    func links() {
        let test = SourceFile(path: "Tests/A.swift", text: "@Test func found() {}")
        let other = SourceFile(path: "docs/b.md", text: "# Two words, one\n")
        let files = [test.path: test, other.path: other]
        func check(_ text: String) -> [String] {
            let document = SourceFile(path: "docs/a.md", text: text)
            return DocumentRules.checkLinks(document, read: { files[$0] }, exists: { files[$0] != nil }).map(\.what)
        }
        #expect(check("[a](b.md) [b](../Tests/A.swift) [c](https://example.org/x)").isEmpty)
        #expect(check("```\n[a](c.md)\n```").isEmpty)
        #expect(check("[a](c.md)") == ["c.md does not exist"])
        #expect(check("[a](b.md#two-words-one)").isEmpty)
        #expect(check("[a](b.md#three)") == ["docs/b.md has no heading #three"])
        #expect(check("[`found`](../Tests/A.swift)").isEmpty)
        #expect(check("[`lost`](../Tests/A.swift)") == ["Tests/A.swift does not contain `lost`"])
    }
}
