import CapnProto
import CapnProtoRPC
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import Synchronization
import Testing
import ZAP

@testable import AgentMesh

/// What a node may say that no honest one would: the agent refuses it, and lives.
@Suite struct HostileNodeTests {
    private func refusal<Value>(_ body: () async throws -> Value) async -> AgentError? {
        do {
            _ = try await body()
            return nil
        } catch { return error as? AgentError }
    }

    private final class Outcomes: Sendable {
        private let state = Mutex((delivered: 0, refused: 0))
        var delivered: Int { state.withLock { $0.delivered } }
        var refused: Int { state.withLock { $0.refused } }
        func count(_ isDelivered: Bool) {
            state.withLock { if isDelivered { $0.delivered += 1 } else { $0.refused += 1 } }
        }
    }

    private static func deliver(_ message: Inbox.Deliver.Params.Value, to inbox: Inbox.Client) async -> Bool {
        do {
            _ = try await inbox.deliver(message)
            return true
        } catch { return false }
    }

    @Test(arguments: [UInt64.max, UInt64(UInt32.max), 1 << 33])
    func `an epoch that cannot be is refused`(epoch: UInt64) async throws {
        let fake = try await FakeNode { $0.challenge.homeEpoch = epoch }
        let configuration = try fake.configuration()
        #expect(await refusal { try await LightAgent.connect(configuration) }?.code == .peer)
        await fake.close()
    }

    @Test func `a challenge of another node, or without a nonce, is never signed`() async throws {
        let fake = try await FakeNode { $0.challenge.node = [UInt8](repeating: 9, count: 32) }
        let configuration = try fake.configuration()
        #expect(await refusal { try await LightAgent.connect(configuration) }?.code == .wrongNode)
        fake.script.withLock { $0.challenge = .init(node: fake.node.bytes, nonce: [1, 2, 3]) }
        #expect(await refusal { try await LightAgent.connect(configuration) }?.code == .wrongNode)
        await fake.close()
    }

    @Test func `receipts that are not those of the batch are no receipts`() async throws {
        let fake = try await FakeNode()
        let agent = try await LightAgent.connect(try fake.configuration())
        let work = AgentWork.Value(result: "x")
        fake.script.withLock { $0.commit = { _ in [] } }
        #expect(await refusal { try await agent.commit(work) }?.code == .peer)
        fake.script.withLock { $0.commit = { _ in [.init(nonce: 1, state: .included)] } }
        #expect(await refusal { try await agent.commit(work) }?.code == .peer)
        fake.script.withLock { script in
            script.commit = {
                $0.leaves.map {
                    .init(nonce: $0.nonce, leafHash: [1], state: ZAP.CommitState(rawValue: 99), height: .max)
                }
            }
        }
        let odd = try await agent.commit(work)
        #expect(odd.state == .unknown && odd.leafHash == .zero)
        await agent.leave()
        await fake.close()
    }

    @Test func `a proof that proves nothing is not returned`() async throws {
        let fake = try await FakeNode {
            $0.readState = { _ in .init(present: true, value: [1], height: 1, bundle: [1, 2, 3]) }
        }
        let agent = try await LightAgent.connect(try fake.configuration())
        #expect(await refusal { try await agent.readState("fact/x", prove: true) }?.code == .invalidProof)
        fake.script.withLock { script in
            script.readState = { _ in
                .init(present: true, value: [1], height: 1, bundle: ProofBundle.Value(version: 1).framed())
            }
        }
        #expect(await refusal { try await agent.readState("fact/x", prove: true) }?.code == .invalidProof)
        #expect(await refusal { try await agent.nodeInfo() }?.code == .peer)
        #expect(await refusal { try await agent.task("t") }?.code == .notFound)
        #expect(await refusal { try await agent.resolve("x") }?.code == .notFound)
        await agent.leave()
        await fake.close()
    }

    @Test func `a node that asks for it gets the second signature, over the same bytes`() async throws {
        let fake = try await FakeNode { script in
            script.send = { envelope, _ in
                guard envelope.signatures.count == 2 else {
                    throw RPCException.failed("signatureRequired: both, please")
                }
            }
        }
        let agent = try await LightAgent.connect(try fake.configuration())
        let receipt = try await agent.send(
            "hello", to: AgentID(Digest([UInt8](repeating: 4, count: 32)) ?? .zero), wait: .stored)
        let envelopes = fake.seen.withLock { $0.envelopes }
        #expect(envelopes.map(\.signatures.count) == [1, 2] && envelopes[0].body == envelopes[1].body)
        #expect(receipt.tier == .stored && receipt.number.counter == 1)
        await agent.leave()
        await fake.close()
    }

    @Test func `a node that is busy is asked again, with the same message`() async throws {
        let fake = try await FakeNode { script in
            script.send = { _, attempt in
                guard attempt > 3 else { throw RPCException.failed("overloaded: later") }
            }
        }
        let agent = try await LightAgent.connect(try fake.configuration())
        let receipt = try await agent.send("hello", to: AgentID(Digest([UInt8](repeating: 4, count: 32)) ?? .zero))
        let bodies = Set(fake.seen.withLock { $0.envelopes.map(\.body) })
        #expect(bodies.count == 1 && receipt.number.counter == 1)
        await agent.leave()
        await fake.close()
    }

    @Test func `forged mail is refused, a flood is bounded, and the agent lives`() async throws {
        let fake = try await FakeNode()
        let configuration = try fake.configuration()
        let agent = try await LightAgent.connect(configuration)
        let events = agent.events()
        let sender = try SecretIdentity(
            kind: .agent, name: "bob",
            seeds: Secret(copying: [UInt8](repeating: 6, count: SecretIdentity.seedByteCount)))
        let inbox = try #require(fake.seen.withLock { $0.inbox })
        func deliver(_ counter: UInt64, signer: SecretIdentity, keys: KeyBundle.Value?) throws
            -> Inbox.Deliver.Params.Value
        {
            let body = Draft(text: "\(counter)").body(
                id: "m", from: sender.agentID, to: agent.id, network: fake.network,
                number: MailNumber(epoch: HomeEpoch(1), counter: counter), at: .zero)
            let envelope = try EnvelopeSignature.sign(
                body: body, network: fake.network, keyID: sender.bundle.keyID, postQuantum: false, with: signer)
            return .init(network: fake.network.bytes, envelope: envelope, sender: keys, senderName: "bob")
        }
        let eve = try SecretIdentity(
            kind: .agent, name: "eve",
            seeds: Secret(copying: [UInt8](repeating: 7, count: SecretIdentity.seedByteCount)))
        let forged = try deliver(1, signer: eve, keys: sender.bundle.schemaValue)
        await #expect(throws: RPCException.self) { _ = try await inbox.deliver(forged) }
        await #expect(throws: RPCException.self) { _ = try await inbox.deliver(.init()) }
        var refusals = 0
        for await event in events {
            if case .refusedMessage = event { refusals += 1 }
            if refusals == 2 { break }
        }
        // Nobody reads: so many find room, so many wait for it, and the rest is refused.
        let room = configuration.limits.maxInboxCount
        let outcomes = Outcomes()
        let flood = try (1...UInt64(2 * room + 10)).map {
            try deliver($0, signer: sender, keys: sender.bundle.schemaValue)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for message in flood {
                group.addTask {
                    let isDelivered = await Self.deliver(message, to: inbox)
                    outcomes.count(isDelivered)
                }
            }
            while outcomes.refused < 10 || outcomes.delivered < room { try await Task.sleep(for: .milliseconds(5)) }
            #expect(outcomes.refused == 10 && outcomes.delivered == room)
            var messages = agent.messages.makeAsyncIterator()
            for _ in 0..<(2 * room) { _ = try await messages.next() }
            try await messages.acknowledge()
            try await group.waitForAll()
        }
        #expect(outcomes.delivered == 2 * room)
        while fake.seen.withLock({ $0.acknowledged.count < 2 * room }) { try await Task.sleep(for: .milliseconds(5)) }
        // The same again is acknowledged again, and handed to nobody.
        _ = try await inbox.deliver(flood[0])
        while fake.seen.withLock({ $0.acknowledged.count < 2 * room + 1 }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(agent.isConnected)
        await agent.leave()
        await fake.close()
    }

    @Test func `only a higher epoch fences`() async throws {
        let fake = try await FakeNode()
        let agent = try await LightAgent.connect(try fake.configuration())
        let inbox = try #require(fake.seen.withLock { $0.inbox })
        _ = try await inbox.fenced(.init(homeEpoch: agent.homeEpoch?.value ?? 0))
        _ = try await inbox.fenced(.init(homeEpoch: 0))
        #expect(agent.isConnected)
        _ = try? await inbox.fenced(.init(homeEpoch: 2))
        while agent.end == nil { try await Task.sleep(for: .milliseconds(5)) }
        #expect(agent.end?.code == .fenced)
        await fake.close()
    }
}
