import Certificates
import Foundation
import HanzoNode
import Identity
import MeshSchema
import Primitives
import Settings
import Synchronization
import Testing
import ZAP

@testable import AgentMesh

extension LightAgent {
    /// Dies without a word: nothing that wasn't sent yet is sent, acknowledgements included.
    fileprivate func vanish() async {
        try? await onLoop { core, answer in
            core.end(AgentError(.left, "killed"))
            answer.succeed(())
        } as Void
    }
}

/// Light agents against a real node, over its real socket.
@Suite(.serialized) struct LightAgentTests {
    /// The error that joining with this configuration ends with.
    private func refusal(of configuration: AgentConfiguration) async -> AgentError? {
        do throws(AgentError) {
            _ = try await LightAgent.connect(configuration)
            return nil
        } catch { return error }
    }

    /// The error that `body` ends with.
    private func refusal(_ body: () async throws -> Void) async -> AgentError? {
        do {
            try await body()
            return nil
        } catch { return error as? AgentError }
    }

    @Test func `an agent joins, commits, and the state proves it`() async throws {
        let fixture = try await NodeFixture()
        let agent = try await fixture.agent("ada")
        #expect(agent.isConnected && agent.homeEpoch == HomeEpoch(1))
        let receipt = try await agent.commit(
            AgentWork.Value(result: "feature X", filesChanged: ["src/lib.rs"]), until: .final)
        #expect(receipt.state == .final && receipt.nonce == 1 << 32 | 1)
        let key = agent.commitKey(of: receipt.nonce)
        let reading = try await agent.readState(key, prove: true)
        #expect(reading.proven?.value == reading.value && reading.value?.count == 73)
        #expect(reading.proven?.commit?.agent == agent.id)
        let absent = try await agent.readState("fact/none", prove: true)
        #expect(absent.value == nil && absent.proven?.value == nil)
        let info = try await agent.nodeInfo()
        #expect(info.agentCount == 1 && info.networks.first?.commitCount == 1)
        await agent.leave()
        #expect(!agent.isConnected && agent.end?.code == .left)
        await fixture.end()
    }

    @Test func `many agents commit at once, each with its own receipts`() async throws {
        let fixture = try await NodeFixture()
        let agents = try await withThrowingTaskGroup(of: LightAgent.self) { group in
            for index in 0..<20 {
                group.addTask { [configuration = fixture.configuration("dev-\(index)")] in
                    try await LightAgent.connect(configuration)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await withThrowingTaskGroup(of: [AgentMesh.CommitReceipt].self) { group in
            for agent in agents {
                for index in 0..<10 {
                    group.addTask {
                        [try await agent.commit(AgentWork.Value(result: "\(index)"))]
                    }
                }
                group.addTask {
                    try await agent.commit((0..<40).map { .commit(AgentWork.Value(result: "batch \($0)")) })
                }
            }
            for try await receipts in group { #expect(receipts.allSatisfy { $0.state.isApplied }) }
        }
        let info = try await agents[0].nodeInfo()
        #expect(info.agentCount == 20 && info.networks.first?.commitCount == 1_000)
        #expect(try await agents[0].agents().count == 20)
        for agent in agents { await agent.leave() }
        await fixture.end()
    }

    @Test func `a message reaches its recipient, verified, and its sender learns of it`() async throws {
        let fixture = try await NodeFixture()
        let (ada, bob) = (try await fixture.agent("ada"), try await fixture.agent("bob", role: .reviewer))
        let seen = Mutex<[Message]>([])
        bob.onMessage(onLoop: { message in
            seen.withLock { $0.append(message) }
            return message.text == "no" ? .refused("not today") : .done
        })
        let receipt = try await ada.send("hello", to: "bob", wait: .acknowledged)
        #expect(receipt.tier == .acknowledged && receipt.number == MailNumber(epoch: HomeEpoch(1), counter: 1))
        let message = seen.withLock { $0[0] }
        #expect(
            message.text == "hello" && message.from == ada.id && message.senderName == "ada" && !message.isRedelivered)
        #expect(message.verified == [.ed25519])
        #expect(message.header.contains("\"ada\"") && message.header.contains("verified ed25519"))

        var quantum = Draft(text: "twice signed")
        quantum.isPostQuantum = true
        try await ada.send(quantum, to: bob.id, wait: .acknowledged)
        #expect(seen.withLock { $0[1].verified } == [.ed25519, .mldsa65])

        let refused = await refusal { _ = try await ada.send("no", to: "bob", wait: .acknowledged) }
        #expect(refused?.code == .undeliverable && refused?.message.contains("not today") == true)
        #expect(await refusal { _ = try await ada.send("x", to: "nobody") }?.category == .notFound)
        let stranger = AgentID(Digest([UInt8](repeating: 7, count: 32)) ?? .zero)
        #expect(await refusal { _ = try await ada.send(Draft(text: "x"), to: stranger) }?.code == .unknownRecipient)
        await fixture.end()
    }

    @Test func `a thousand messages in flight arrive once and in order`() async throws {
        let fixture = try await NodeFixture()
        let (ada, bob) = (try await fixture.agent("ada"), try await fixture.agent("bob"))
        let texts = Mutex<[Int]>([])
        bob.onMessage(onLoop: { message in
            texts.withLock { $0.append(Int(message.text ?? "") ?? -1) }
            return .done
        })
        for index in 0..<1_000 { ada.send(Draft(text: "\(index)"), to: bob.id) { _ in } }
        #expect(try await eventually { texts.withLock { $0.count >= 1_000 } })
        #expect(texts.withLock { $0 } == Array(0..<1_000))
        await fixture.end()
    }

    @Test func `of many who claim one task one gets it, and a stale fence completes nothing`() async throws {
        let fixture = try await NodeFixture()
        let boss = try await fixture.agent("boss", role: .architect)
        var workers: [LightAgent] = []
        for index in 0..<4 { workers.append(try await fixture.agent("worker-\(index)")) }
        try await boss.offerTask(OfferTask.Value(taskId: "t1", taskType: "code", description: "do it", leaseMs: 60_000))
        let fences = await withTaskGroup(of: (Int, Fence?).self) { group in
            for (index, worker) in workers.enumerated() {
                group.addTask { (index, try? await worker.claimTask("t1")) }
            }
            return await group.reduce(into: [(Int, Fence)]()) { found, item in
                if let fence = item.1 { found.append((item.0, fence)) }
            }
        }
        #expect(fences.count == 1)
        let (winner, fence) = try #require(fences.first)
        try await workers[winner].progressTask("t1", fence: fence, note: "half")
        #expect(
            await refusal { _ = try await workers[winner].completeTask("t1", fence: Fence(fence.value + 1)) }?.code
                .rawValue == "staleFence")
        try await workers[winner].completeTask("t1", fence: fence, result: Array("done".utf8))
        let task = try await boss.task("t1")
        #expect(task.state == "done" && task.holder == workers[winner].id && task.result == Array("done".utf8))
        #expect(try await boss.tasks(state: "done").map(\.id) == ["t1"])
        #expect(await refusal { _ = try await boss.task("t2") }?.category == .notFound)
        await fixture.end()
    }

    @Test func `facts carry versions, and subscribers see them change`() async throws {
        let fixture = try await NodeFixture()
        let agent = try await fixture.agent("ada")
        let updates = try await agent.subscribe(["facts"])
        try await agent.putFact("build", Array("green".utf8), expectedVersion: 0)
        #expect(
            await refusal { _ = try await agent.putFact("build", [], expectedVersion: 0) }?.code.rawValue
                == "versionMismatch")
        let fact = try #require(try await agent.fact("build"))
        #expect(fact.version == 1 && fact.writer == agent.id && fact.value == Array("green".utf8))
        var iterator = updates.makeAsyncIterator()
        guard case .block(let block)? = try await iterator.next() else {
            Issue.record("a block comes first")
            return
        }
        #expect(block.changes.map(\.key) == ["fact/build"])
        await fixture.end()
    }

    @Test func `the same key elsewhere fences the first one for good`() async throws {
        let fixture = try await NodeFixture()
        let first = try await fixture.agent("ada")
        let second = try await fixture.agent("ada")
        #expect(second.homeEpoch == HomeEpoch(2))
        #expect(try await eventually { first.end?.code == .fenced })
        #expect(await refusal { _ = try await first.commit(AgentWork.Value(result: "late")) }?.code == .fenced)
        try await second.commit(AgentWork.Value(result: "mine"))
        var other = fixture.configuration("ada")
        other.keys = .file(path: fixture.folder + "/other")
        #expect(await refusal(of: other)?.code == .nameTaken)
        await fixture.end()
    }

    @Test func `an agent joins again when its node comes back, and what was under way happens once`() async throws {
        let fixture = try await NodeFixture()
        let (ada, bob) = (
            try await fixture.agent("ada", isDurable: true), try await fixture.agent("bob", isDurable: true)
        )
        let texts = Mutex<[String]>([])
        bob.onMessage { message, transaction in
            texts.withLock { $0.append(message.text ?? "") }
            transaction.put(Array("count".utf8), [UInt8(texts.withLock { $0.count })])
            transaction.send(Draft(text: "re: \(message.text ?? "")", replyTo: message.id), to: message.from)
        }
        let answers = Mutex<[String]>([])
        ada.onMessage { message, _ in answers.withLock { $0.append(message.text ?? "") } }
        try await ada.send("one", to: "bob", wait: .acknowledged)
        let updates = try await ada.subscribe(["commits"])
        try await fixture.restart()
        try await ada.send("two", to: bob.id, wait: .acknowledged)
        try await ada.commit(AgentWork.Value(result: "after"))
        #expect(ada.homeEpoch == HomeEpoch(2) || ada.homeEpoch == HomeEpoch(3))
        #expect(try await eventually { answers.withLock { $0.count >= 2 } })
        #expect(texts.withLock { $0 } == ["one", "two"])
        #expect(answers.withLock { $0 } == ["re: one", "re: two"])
        #expect(try bob.stored(Array("count".utf8)) == [2])
        var iterator = updates.makeAsyncIterator()
        var isInterrupted = false
        while let update = try await iterator.next() {
            if update == .interrupted { isInterrupted = true }
            if case .block(let block) = update, block.changes.contains(where: { $0.key.hasPrefix("commit/\(ada.id)") })
            {
                break
            }
        }
        #expect(isInterrupted)
        await fixture.end()
    }

    @Test func `mail waits for an agent that is away, and a named message is sent once`() async throws {
        let fixture = try await NodeFixture()
        let ada = try await fixture.agent("ada", isDurable: true)
        var bob: LightAgent? = try await fixture.agent("bob", isDurable: true)
        let bobID = try #require(bob?.id)
        await bob?.leave()
        bob = nil
        let first = try await ada.send(Draft(text: "job", id: "job-1"), to: bobID, wait: .stored)
        let again = try await ada.send(Draft(text: "job", id: "job-1"), to: bobID, wait: .stored)
        #expect(first.digest == again.digest && first.tier == .stored)
        await ada.leave()
        let back = try await openAgain { try await fixture.agent("bob", isDurable: true) }
        var iterator = back.messages.makeAsyncIterator()
        let message = try #require(try await iterator.next())
        #expect(message.id == "job-1" && message.text == "job")
        // The second agent with ada's store still knows that the job was sent.
        let adaAgain = try await openAgain { try await fixture.agent("ada", isDurable: true) }
        let third = try await adaAgain.send(Draft(text: "job", id: "job-1"), to: bobID, wait: .stored)
        #expect(third.digest == first.digest)
        await fixture.end()
    }

    /// The store's lock goes with the last reference, a moment after.
    private func openAgain(_ open: () async throws -> LightAgent) async throws -> LightAgent {
        for _ in 0..<100 {
            do { return try await open() } catch let error as AgentError where error.code == .storage {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return try await open()
    }

    @Test func `effects happen once though the recipient dies again and again and the node restarts`() async throws {
        let fixture = try await NodeFixture()
        let ada = try await fixture.agent("ada", isDurable: true)
        let total = 60
        var bob = try await fixture.agent("bob", isDurable: true)
        let bobID = bob.id
        let calls = Mutex(0)
        // The handler's effect is a count per message and a sum over all; the answer goes in the same write.
        @Sendable func count(_ message: Message, _ transaction: inout StoreTransaction) throws {
            calls.withLock { $0 += 1 }
            let key = Array(message.id.utf8)
            let before = try transaction.get(key)?.first ?? 0
            transaction.put(key, [before + 1])
            transaction.send(Draft(text: message.text ?? "", replyTo: message.id), to: message.from)
        }
        bob.onMessage { message, transaction in try count(message, &transaction) }
        let answers = Mutex<[String]>([])
        ada.onMessage { message, _ in answers.withLock { $0.append(message.text ?? "") } }
        let sending = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<total {
                    group.addTask {
                        try await ada.send(Draft(text: "\(index)", id: "m\(index)"), to: bobID, wait: .acknowledged)
                    }
                }
                try await group.waitForAll()
            }
        }
        for round in 0..<6 {
            try await Task.sleep(for: .milliseconds(40))
            if round == 3 { try await fixture.restart() }
            await bob.vanish()
            bob = try await openAgain { try await fixture.agent("bob", isDurable: true) }
            bob.onMessage { message, transaction in try count(message, &transaction) }
        }
        try await sending.value
        #expect(try await eventually { answers.withLock { $0.count >= total } })
        for index in 0..<total { #expect(try bob.stored(Array("m\(index)".utf8)) == [1], "m\(index)") }
        #expect(answers.withLock { Set($0).count == total && $0.count == total })
        #expect(calls.withLock { $0 >= total })
        await fixture.end()
    }

    @Test func `over TCP both sides prove the token, and an agent never signs for another node`() async throws {
        let fixture = try await NodeFixture(tcp: true)
        let port = try #require(fixture.tcpPort)
        var configuration = fixture.configuration("ada")
        configuration.candidates = [
            Candidate(endpoint: .tcp(host: "127.0.0.1", port: UInt16(port)), source: "test")
        ]
        configuration.node = fixture.nodeID
        configuration.tokenPath = fixture.settings.server.tokenPath
        let agent = try await LightAgent.connect(configuration)
        try await agent.commit(AgentWork.Value(result: "over TCP"))
        await agent.leave()

        let wrong = fixture.folder + "/wrong-token"
        try String(repeating: "ab", count: 32).write(toFile: wrong, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: wrong)
        configuration.tokenPath = wrong
        #expect(await refusal(of: configuration)?.code == .badToken)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: wrong)
        #expect(await refusal(of: configuration)?.code == .denied)
        var lost = fixture.configuration("ada")
        lost.node = NodeID(Digest([UInt8](repeating: 1, count: 32)) ?? .zero)
        #expect(await refusal(of: lost)?.code == .wrongNode)
        var nowhere = fixture.configuration("ada")
        nowhere.candidates = [Candidate(endpoint: .unix(path: "/tmp/hz-none.sock"), source: "test")]
        #expect(await refusal(of: nowhere)?.category == .unreachable)
        await fixture.end()
    }
}
