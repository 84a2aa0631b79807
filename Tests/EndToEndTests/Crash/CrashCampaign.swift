import CapnProtoRPC
import Certificates
import FileStore
import Foundation
import MeshSchema
import Primitives
import Storage
import ZAP

/// One node with its agents through a number of power cuts, and what is wrong afterwards.
final class CrashCampaign {
    let seed: UInt64
    private var random: PRNG
    private let folder = CrashFolder()
    private let node: NodeProcess
    private let ignoresSync: Bool
    private var agents: Child?
    private var round = 0
    private var checkedCommitCount = 0
    /// What it is about, for whoever reads that it failed.
    private(set) var phase = "" { didSet { LedgerFile(path: folder.acknowledged).write("#", phase) } }

    /// - Parameter hasSmallSegments: the journal is trimmed every few moments.
    init(seed: UInt64, ignoresSync: Bool = false, hasSmallSegments: Bool = false) throws {
        self.seed = seed
        self.ignoresSync = ignoresSync
        random = PRNG(seed: seed)
        mkdir(folder.path + "/agents", 0o700)
        node = try NodeProcess(in: folder.root + "/node", journalSegment: hasSmallSegments ? "16KiB" : nil)
    }

    /// The number of the oldest record that the journal still has.
    var oldestRecord: UInt64 { get throws { try node.journalSegments().first?.first.value ?? 0 } }

    var ledger: Ledger { Ledger(path: folder.acknowledged) }
    /// Grows with every line; reading them all takes as long as they are many.
    private var ledgerByteCount: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.acknowledged)
        return (attributes?[.size] as? Int) ?? 0
    }
    var log: String { folder.log }

    private func shim(_ root: String) -> CrashShim {
        var shim = CrashShim(root: root)
        shim.seed = Int(random.next() % 1_000_000)
        shim.log = folder.path + "/log"
        shim.ignoresSync = ignoresSync
        if ignoresSync {
            shim.mode = .discard
        } else if random.next() % 4 == 0 {
            shim.mode = .discard
        }
        return shim
    }

    /// Lets the node make its files while the power is on.
    func settle() async throws {
        try await node.start()
        try await node.stop()
    }

    /// Loads the node, cuts its power, starts it again.
    /// - Returns: what is wrong.
    func cut() async throws -> [String] {
        round += 1
        phase = "round \(round), loading"
        try await node.start(environment: shim(node.directory).environment)
        try await startAgents(isDraining: false)
        let before = ledgerByteCount
        try await eventually(within: .seconds(180), "the agents work") { ledgerByteCount > before + 1_500 }
        try await Task.sleep(for: .milliseconds(Int64(random.next() % 600)))
        let cutsAgents = random.next() % 2 == 0
        phase = "round \(round), cutting"
        if cutsAgents, random.next() % 2 == 0 { try await cutAgents() }
        node.signal(CrashShim.signal)
        guard try await node.ended() == -SIGKILL else { return ["round \(round): the power cut did not end the node"] }
        if cutsAgents { try await cutAgents() }
        phase = "round \(round), checking"
        do {
            try await node.start()
        } catch { return ["round \(round): the node does not start again: \(error)"] }
        let problems = try await checkCommits()
        phase = "round \(round), stopping"
        try await node.stop()
        return (problems + ledger.errors).map { "round \(round): \($0)" }
    }

    // MARK: The agents' process

    private func startAgents(isDraining: Bool) async throws {
        if !isDraining, let agents, agents.isRunning { return }
        agents?.signal(SIGKILL)
        try await agents?.ended()  // until then its stores are its own
        let orders = CrashAgent.Orders(
            socketPath: node.socketPath, folder: folder.path + "/agents", ledger: folder.acknowledged,
            isDraining: isDraining)
        var environment = isDraining ? [:] : shim(folder.path + "/agents").environment
        environment["CRASH_ORDERS"] = String(decoding: try JSONEncoder().encode(orders), as: UTF8.self)
        agents = try Child(
            "/proc/self/exe", ["--testing-library", "swift-testing", "--filter", "CrashRounds/victim"],
            environment: environment)
    }

    private func cutAgents() async throws {
        guard let agents, agents.isRunning else { return }
        agents.signal(CrashShim.signal)
        try await agents.ended()
        phase += " without agents"
    }

    // MARK: What must be there

    /// Every receipt that was ever given stands, in a state whose root is that of its contents.
    private func checkCommits() async throws -> [String] {
        let network = try node.networkID()
        let commits = ledger.commits
        let present = try await node.keys("commit/", in: network)
        let missing = commits.filter { !present.contains(CommitKey(agent: $0.agent, nonce: $0.nonce).bytes) }
        var problems = missing.isEmpty ? [] : ["\(missing.count) of \(commits.count) receipted commits are gone"]
        let fresh = commits.dropFirst(checkedCommitCount)
        checkedCommitCount = commits.count
        try await node.owner { admin in
            for commit in fresh {
                let key = CommitKey(agent: commit.agent, nonce: commit.nonce)
                guard let value = try await NodeProcess.value(key.bytes, in: network, admin) else { continue }
                let record = try CommitRecord(bytes: value)
                if record.leafHash != commit.leafHash || record.height.value != commit.height {
                    problems.append("commit \(commit.nonce) is another than was receipted")
                }
            }
        }
        return problems
    }

    /// Lets everything come to its end, stops the node, and reads all disks.
    func finish() async throws -> [String] {
        phase = "finishing"
        try await node.start()
        try await startAgents(isDraining: true)
        let problems = try await drain()
        agents?.signal(SIGKILL)
        try await agents?.ended()
        try await node.stop()
        return try problems + checkEffects() + checkMarks() + checkRoot()
    }

    /// Waits until all mail is handled and acknowledged: for as long as that goes on, because nobody knows how fast the machine is.
    private func drain() async throws -> [String] {
        var ledger = ledger
        var lineCount = ledger.lineCount
        var deadline = ContinuousClock.now + .seconds(60)
        while ledger.errors.isEmpty {
            if ledger.drained.count == CrashAgent.count, try await waitingMail().isEmpty { return [] }
            guard ContinuousClock.now < deadline else {
                return [
                    "nothing happened for a minute: \(try await waitingMail()) wait at the node; \(ledger.drained.sorted()) are done"
                ]
            }
            try await Task.sleep(for: .milliseconds(250))
            ledger = self.ledger
            guard ledger.lineCount != lineCount else { continue }
            lineCount = ledger.lineCount
            deadline = ContinuousClock.now + .seconds(60)
        }
        return ledger.errors
    }

    /// What waits at the node, with how far it has come.
    private func waitingMail() async throws -> [String] {
        let network = try node.networkID()
        return try await node.owner { admin in
            try await admin.mail(NodeAdmin.Mail.Params.Value(network: network.bytes, limit: 100)).value().mail.map {
                "\($0.id) \($0.homeEpoch).\($0.counter) \($0.tier) after \($0.attempts) calls \($0.reason)"
            }
        }
    }

    private func checkEffects() throws -> [String] {
        var counts: [String: Int] = [:]
        for index in 0..<CrashAgent.count {
            let store = try AgentStore(path: CrashAgent.storePath(folder.path + "/agents", index))
            try store.scan(.effects, from: [], upTo: nil, reverse: false) { key, value in
                counts[String(decoding: key, as: UTF8.self), default: 0] += Int(value.first ?? 0)
                return true
            }
            try store.close()
        }
        let ledger = ledger
        let lost = ledger.stored.union(ledger.queued).filter { counts[$0] == nil }
        let repeated = counts.filter { $0.value != 1 }
        return (lost.isEmpty ? [] : ["\(lost.count) messages have no effect: \(story(of: lost.min() ?? ""))"])
            + (repeated.isEmpty
                ? []
                : ["\(repeated.count) messages have more than one effect: \(story(of: repeated.keys.min() ?? ""))"])
    }

    /// What the ledger says of a message, and between what.
    private func story(of message: String) -> String {
        let text =
            FileManager.default.contents(atPath: folder.acknowledged).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").filter { $0.contains(message) || $0.hasPrefix("#") || $0.hasPrefix("D") }
            .joined(separator: " | ")
    }

    /// A handler that is called again is told so, unless nobody can know: node and agent both lost all of the first time.
    private func checkMarks() -> [String] {
        let unmarked = ledger.calls.filter { _, calls in
            calls.indices.dropFirst().contains { !calls[$0].isRedelivered && calls[$0 - 1].wasStored }
        }
        return unmarked.isEmpty ? [] : ["\(unmarked.count) repeated handler calls were not marked"]
    }

    private func checkRoot() throws -> [String] {
        let roots = try node.stoppedRoots()
        return roots.stored == roots.built ? [] : ["the root of the values on disk is not the stored one"]
    }
}
