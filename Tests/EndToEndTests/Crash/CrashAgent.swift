import CapnProto
import CapnProtoRPC
import FileStore
import Foundation
import MeshSchema
import Primitives
import Storage
import ZAP

/// An agent with a disk: an outbox that it sends until the node has it, and effects in one write with the numbers that were handled.
/// It notes in the ledger what it was told; power cuts of the node and of its own process are part of its life.
final class CrashAgent: Sendable {
    static let count = 6

    struct Orders: Codable, Sendable {
        var socketPath: String
        var network: String
        var node: String
        var folder: String
        var ledger: String
        /// No new work: only what is under way is brought to its end.
        var isDraining = false
    }

    private let index: Int
    private let agent: TestAgent
    private let store: AgentStore
    private let ledger: LedgerFile
    private let orders: Orders
    private let peers: [AgentID]

    init(_ index: Int, _ orders: Orders, ledger: LedgerFile, peers: [AgentID]) throws {
        self.index = index
        self.orders = orders
        self.ledger = ledger
        self.peers = peers
        agent = try Self.keys(index)
        store = try AgentStore(path: Self.storePath(orders.folder, index))
    }

    static func keys(_ index: Int) throws -> TestAgent { try TestAgent("crash-\(index)", seed: 9_000 + UInt64(index)) }
    static func storePath(_ folder: String, _ index: Int) -> String { folder + "/agent-\(index)" }

    /// Works until the process ends.
    func run() async {
        agent.onMail { [self] in try await handle($0) }
        while true {
            do {
                guard let network = Digest(hex: orders.network), let node = Digest(hex: orders.node) else { return }
                try await agent.join(socketPath: orders.socketPath, network: NetworkID(network), node: NodeID(node))
                try await work()
            } catch {
                await agent.disconnect()
                try? await Task.sleep(for: .milliseconds(30))
            }
        }
    }

    private func work() async throws {
        try await flush()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in try await commitForever() }
            group.addTask { [self] in try await sendForever() }
            try await group.next()
            group.cancelAll()
        }
    }

    private func commitForever() async throws {
        while !orders.isDraining {
            let works = (0..<Int.random(in: 1...4)).map { Transaction.Which.commit(AgentWork.Value(result: "\(index).\($0)")) }
            for receipt in try await agent.commit(agent.sign(works)) where receipt.state == .included || receipt.state == .final {
                guard let hash = Digest(receipt.leafHash) else { throw Disappointment("a receipt without a leaf hash") }
                ledger.write("C", agent.id.digest.hex, receipt.nonce, hash.hex, receipt.height)
            }
        }
        try await Task.sleep(for: .seconds(3600))
    }

    // MARK: Sending

    private func sendForever() async throws {
        while true {
            if orders.isDraining {
                try await Task.sleep(for: .milliseconds(20))
                guard agent.isConnected else { throw Disappointment("the node is gone") }
                continue
            }
            try await writeSome()
            try await flush()
        }
    }

    /// Messages are on this agent's disk before anybody hears of them.
    private func writeSome() async throws {
        var batch = Batch()
        var names: [String] = []
        for _ in 0..<Int.random(in: 1...3) {
            guard let peer = peers.filter({ $0 != agent.id }).randomElement() else { return }
            let envelope = try agent.write(String(repeating: "x", count: Int.random(in: 1...300)), to: peer)
            let message = try AgentMessage.Value(framed: envelope.body)
            batch.put(number(message.to, message.homeEpoch, message.counter), envelope.framed(), in: .mail)
            names.append(message.id)
        }
        try await store.commit(batch)
        for name in names { ledger.write("Q", name) }
    }

    /// Sends what the outbox holds, in order, until the node has it on disk.
    private func flush() async throws {
        var waiting: [(key: [UInt8], envelope: SignedEnvelope.Value)] = []
        var damage: (any Error)?
        try store.scan(.mail, from: [], upTo: nil, reverse: false) { key, value in
            do { waiting.append((key, try SignedEnvelope.Value(framed: value))) } catch { damage = error }
            return damage == nil
        }
        if let damage { throw damage }
        for (key, envelope) in waiting {
            let receipt = try await agent.send(envelope)
            guard [.stored, .delivered, .acknowledged].contains(receipt.tier) else { throw Disappointment("\(receipt.tier)") }
            ledger.write("S", receipt.id)
            var batch = Batch()
            batch.delete(key, in: .mail)
            try store.write(batch, sync: false)
        }
    }

    // MARK: Receiving

    /// The effect counts itself, so that a second one would show.
    private func handle(_ mail: TestAgent.Mail) async throws {
        let cursor = number(mail.sender.bytes, mail.message.homeEpoch, mail.message.counter)
        if try store.get(cursor, in: .cursors) != nil {
            // Handled, but perhaps not on disk yet: an empty batch behind it is on disk only after it.
            try await store.commit(Batch())
            return ledger.write("E", index, mail.message.id)
        }
        ledger.write("H", index, mail.message.id, mail.isRedelivered ? 1 : 0)
        let key = Array(mail.message.id.utf8)
        let count = (try store.get(key, in: .effects)?.first ?? 0) + 1
        var batch = Batch()
        batch.put(cursor, [1], in: .cursors)
        batch.put(key, [count], in: .effects)
        try await store.commit(batch)
        ledger.write("E", index, mail.message.id)
    }

    private func number(_ agent: [UInt8], _ epoch: UInt64, _ counter: UInt64) -> [UInt8] {
        agent + [epoch, counter].flatMap { value in withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    }
}
