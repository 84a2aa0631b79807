import Foundation
import Testing

/// The rules of ARCHITECTURE.md and CONTRIBUTING.md, held against the repository that this test was compiled from.
@Suite("The house")
struct HouseTests {
    let plan = FloorPlan.house

    @Test("every import stays within the floor table")
    func imports() {
        report(Repository.sources.flatMap { ImportRules.check($0, against: plan) })
    }

    @Test("agents reach nothing of the node's inside")
    func reach() {
        report(ImportRules.checkReach(of: Repository.sources, against: plan))
    }

    @Test("the floor table and the folders below Sources name the same targets")
    func everyTargetHasAFloor() throws {
        let folders = try FileManager.default
            .contentsOfDirectory(atPath: Repository.root.appending(path: "Sources").path)
            .filter { !$0.hasPrefix(".") }
        #expect(Set(folders) == Set(plan.entries.keys))
    }

    @Test("peers and unreachable targets are targets, and the table has no upward peer")
    func planIsSound() {
        for (name, entry) in plan.entries {
            for peer in entry.peers { #expect(plan.entries[peer]?.floor == entry.floor, "\(name) lists \(peer)") }
            for other in entry.unreachable { #expect(plan.entries[other] != nil, "\(name) lists \(other)") }
        }
    }

    @Test("floors 0 to 3 have no clock, task, randomness, output or swallowed error")
    func sansIO() {
        report(Repository.sources.flatMap { WordRules.checkSansIO($0, against: plan) })
    }

    @Test("what the compiler takes on trust has a SAFETY line")
    func safety() {
        report(Repository.sources.flatMap(WordRules.checkSafety))
    }

    @Test("programs only parse, build and run")
    func programs() {
        report(Repository.sources.flatMap { WordRules.checkProgramSize($0, against: plan) })
    }

    @Test("no product imports simulated signatures")
    func simulation() {
        report(Repository.sources.flatMap(WordRules.checkSimulation))
    }

    @Test("no promise instead of code")
    func promises() {
        report(Repository.swift.flatMap(WordRules.checkPromises))
    }

    @Test("every link of a document leads somewhere, and claims link to tests that exist")
    func links() {
        report(
            Repository.documents.flatMap {
                DocumentRules.checkLinks($0, read: Repository.read, exists: Repository.exists)
            })
    }

    @Test("ARCHITECTURE.md names every target, and only types that exist")
    func names() throws {
        let document = try #require(Repository.read("ARCHITECTURE.md"))
        for target in plan.entries.keys.sorted() {
            #expect(!WordRules.offsets(of: target, in: document.bytes).isEmpty, "\(target) is not in ARCHITECTURE.md")
        }
        let known = Repository.files.filter { $0.path.hasSuffix(".swift") || $0.path.hasSuffix(".capnp") }
        report(DocumentRules.checkNames(document, in: known))
    }

    @Test("no file names a path of one machine")
    func machinePaths() {
        report(Repository.files.flatMap(DocumentRules.checkMachinePaths))
    }

    @Test("ARCHITECTURE.md has at most 400 lines")
    func architectureIsShort() throws {
        let document = try #require(Repository.read("ARCHITECTURE.md"))
        #expect(document.lines.count <= 400)
    }

    /// One issue a violation, so that each is printed on a line of its own.
    private func report(_ violations: [Violation]) {
        for violation in violations { Issue.record("\(violation)") }
    }
}
