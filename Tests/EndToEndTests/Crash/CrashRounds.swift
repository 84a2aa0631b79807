import Foundation
import Testing

extension EndToEnd {
    /// Power cuts under load: nothing that was acknowledged is lost, and nothing happens twice.
    @Suite(.serialized) struct CrashRounds {
        @Test("what was acknowledged survives ten power cuts") func tenRounds() async throws {
            for seed in 0..<2 as Range<UInt64> {
                let campaign = try CrashCampaign(seed: 100 + seed, hasSmallSegments: seed == 1)
                var problems: [String] = []
                for _ in 0..<5 { problems += try await campaign.cut() }
                problems += try await campaign.finish()
                #expect(problems == [], "\(campaign.log)")
                let ledger = campaign.ledger
                if seed == 1 { #expect(try campaign.oldestRecord > 1, "the journal was trimmed") }
                #expect(ledger.commits.count > 50 && ledger.stored.count > 50 && ledger.calls.count > 50)
            }
        }

        @Test("without syncs the same check fails") func withoutSyncs() async throws {
            let campaign = try CrashCampaign(seed: 200, ignoresSync: true)
            try await campaign.settle()
            let problems = try await campaign.cut()
            #expect(problems.contains { $0.contains("receipted commits are gone") }, "\(problems)")
        }

        /// `Scripts/soak/crash`: campaigns of ten rounds; the file says how far an earlier run came.
        @Test("soak", .enabled(if: ProcessInfo.processInfo.environment["CRASH_SOAK"] != nil)) func soak() async throws {
            let path = try #require(ProcessInfo.processInfo.environment["CRASH_SOAK"])
            var progress = CrashProgress(path: path)
            while !progress.isOver {
                var problems: [String] = []
                var failed = 0
                let campaign = try CrashCampaign(
                    seed: progress.seed, hasSmallSegments: progress.seed / UInt64(CrashProgress.campaign) % 2 == 1)
                for round in 0...CrashProgress.campaign where failed == 0 {
                    let found: [String]
                    do {
                        found = try await round < CrashProgress.campaign ? campaign.cut() : campaign.finish()
                    } catch { found = ["\(campaign.phase): \(error)"] }
                    problems += found
                    failed += found.isEmpty ? 0 : 1
                }
                progress.add(failed: failed, ledger: campaign.ledger, problems)
                #expect(problems == [], "seed \(campaign.seed)")
            }
            print(progress.summary)
        }

        /// The agents' side: this very program, started again below the shim. Nothing where nobody is to be hurt.
        @Test func victim() async throws {
            guard let text = ProcessInfo.processInfo.environment["CRASH_ORDERS"] else { return }
            let orders = try JSONDecoder().decode(CrashAgent.Orders.self, from: Data(text.utf8))
            let ledger = LedgerFile(path: orders.ledger)
            let peers = try (0..<CrashAgent.count).map { try CrashAgent.keys($0).id }
            let parent = getppid()
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<CrashAgent.count {
                    group.addTask { await CrashAgent.run(index, orders, ledger, peers) }
                }
                group.addTask {
                    while getppid() == parent { try? await Task.sleep(for: .milliseconds(200)) }
                    exit(0)
                }
            }
        }
    }
}

/// How far the soak has come, in a file, so that it can be interrupted.
struct CrashProgress: Codable {
    static let campaign = 10
    private static let rounds = 200

    private var next = 0
    private var passed = 0
    private var failed = 0
    private var commits = 0
    private var messages = 0
    private var path = ""

    init(path: String) {
        if let data = FileManager.default.contents(atPath: path),
            let found = try? JSONDecoder().decode(Self.self, from: data)
        {
            self = found
        }
        self.path = path
    }

    var isOver: Bool { next >= Self.rounds }
    var seed: UInt64 { 10_000 + UInt64(next) }
    var summary: String {
        "crash rounds: \(passed) passed, \(failed) failed (\(commits) receipts, \(messages) messages)"
    }

    mutating func add(failed count: Int, ledger: Ledger, _ problems: [String]) {
        next += Self.campaign
        failed += count
        passed += Self.campaign - count
        commits += ledger.commits.count
        messages += ledger.stored.count
        if let data = try? JSONEncoder().encode(self) { try? data.write(to: URL(filePath: path), options: .atomic) }
        for problem in problems { print("crash: \(problem)") }
        print(summary)
    }
}
