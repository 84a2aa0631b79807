import AgentMesh
import Foundation
import MeshSchema
import NIOPosix
import Primitives
import Settings

/// An agent with a disk: commits, sends and handles messages without end, and notes in the ledger what it was told.
/// Power cuts of the node and of its own process are part of its life.
final class CrashAgent: Sendable {
    static let count = 6

    struct Orders: Codable, Sendable {
        var socketPath: String
        var folder: String
        var ledger: String
        /// No new work: what was ever begun is sent again, under its old id, until it is acknowledged.
        var isDraining = false
    }

    private let index: Int
    private let agent: LightAgent
    private let ledger: LedgerFile
    private let peers: [AgentID]

    private init(_ index: Int, _ agent: LightAgent, _ ledger: LedgerFile, _ peers: [AgentID]) {
        self.index = index
        self.agent = agent
        self.ledger = ledger
        self.peers = peers
    }

    static func keys(_ index: Int) throws -> TestAgent { try TestAgent("crash-\(index)", seed: 9_000 + UInt64(index)) }
    static func storePath(_ folder: String, _ index: Int) -> String { folder + "/agent-\(index)" }

    /// Works until the process ends.
    static func run(_ index: Int, _ orders: Orders, _ ledger: LedgerFile, _ peers: [AgentID]) async {
        do {
            let keys = try keys(index)
            var configuration = AgentConfiguration(
                name: keys.name, keys: .identity(keys.identity), storePath: storePath(orders.folder, index),
                candidates: [Candidate(endpoint: .unix(path: orders.socketPath), source: "test")])
            configuration.eventLoop = TestAgent.group.next()
            configuration.backoff = (first: .milliseconds(20), last: .milliseconds(200))
            let agent = CrashAgent(index, try await connect(configuration), ledger, peers)
            agent.agent.onMessage { message, transaction in try agent.handle(message, &transaction) }
            if orders.isDraining {
                try await agent.sendAgain(Ledger(path: orders.ledger).queued.sorted())
            } else {
                try await agent.work()
            }
        } catch { ledger.write("X", index, "\(error)".replacing(" ", with: "_")) }
    }

    /// The node may be down just now.
    private static func connect(_ configuration: AgentConfiguration) async throws -> LightAgent {
        while true {
            do {
                return try await LightAgent.connect(configuration)
            } catch {
                guard error.isTransient || error.code == .timeout else { throw error }
                try await Task.sleep(for: .milliseconds(30))
            }
        }
    }

    private func work() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in while true { try await commitSome() } }
            for _ in 0..<2 { group.addTask { [self] in while true { try await sendOne() } } }
            try await group.next()
        }
    }

    private func commitSome() async throws {
        let works = (0..<Int.random(in: 1...4)).map {
            Transaction.Which.commit(AgentWork.Value(result: "\(index).\($0)"))
        }
        for receipt in try await agent.commit(works) where receipt.state.isApplied {
            ledger.write("C", agent.id.digest.hex, receipt.nonce, receipt.leafHash.hex, receipt.height.value)
        }
    }

    private func sendOne() async throws {
        let to = (index + Int.random(in: 1..<Self.count)) % Self.count
        let id = "m-\(index)-\(to)-\(UUID().uuidString)"
        ledger.write("Q", id)
        try await send(id, to: to, wait: .stored)
        // All of them have to be sent once more in the end, one by one, and an agent remembers 4 096 names.
        try await Task.sleep(for: .milliseconds(30))
    }

    private func send(_ id: String, to: Int, wait tier: MailTier) async throws {
        while true {
            do throws(AgentError) {
                try await agent.send(
                    Draft(text: String(repeating: "x", count: id.utf8.count), id: id), to: peers[to], wait: tier)
                return ledger.write("S", id)
            } catch {
                // In the first moments the recipient may not be there yet; a node that went takes its answer with it.
                guard error.isTransient || [.unknownRecipient, .timeout].contains(error.code) else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// All that this agent ever began to send: an id that is known already is not sent twice.
    private func sendAgain(_ ids: [String]) async throws {
        guard ids.count(where: { $0.hasPrefix("m-\(index)-") }) <= 4_096 else {
            return ledger.write("X", index, "sent_more_than_it_remembers")
        }
        for id in ids {
            let parts = id.split(separator: "-")
            guard parts.count > 2, parts[1] == "\(index)", let to = Int(parts[2]) else { continue }
            try await send(id, to: to, wait: .acknowledged)
        }
        ledger.write("D", index)
        try await Task.sleep(for: .seconds(3600))
    }

    /// The effect counts itself, so that a second one would show.
    private func handle(_ message: Message, _ transaction: inout StoreTransaction) throws {
        ledger.write("H", index, message.id, message.isRedelivered ? 1 : 0)
        let key = Array(message.id.utf8)
        let count = (try transaction.get(key)?.first ?? 0) + 1
        transaction.put(key, [count])
    }
}
