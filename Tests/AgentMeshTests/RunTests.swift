import CapnProto
import CapnProtoRPC
import Certificates
import Foundation
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import Synchronization
import Testing
import ZAP

@testable import AgentMesh

/// Numbers of what an agent sends: no crash and no impatient caller leaves one out, because the node would hold all behind it.
@Suite struct NumberTests {
    @Test func `callers who give up leave no gap in the numbers`() async throws {
        let fake = try await FakeNode()
        var configuration = try fake.configuration()
        let folder = "/tmp/hz-numbers-\(UInt32.random(in: 0 ... .max))"
        configuration.storePath = folder
        let agent = try await LightAgent.connect(configuration)
        let recipient = AgentID(Digest([UInt8](repeating: 4, count: 32)) ?? .zero)
        let count = 60
        for index in 0..<count {
            let sending = Task { try await agent.send(Draft(text: "\(index)"), to: recipient, wait: .stored) }
            // Some give up at once, some while the message is on its way to the disk.
            if index % 3 == 0 { await Task.yield() }
            if index % 2 == 0 { sending.cancel() }
        }
        var counters: Set<UInt64> = []
        let deadline = ContinuousClock.now + .seconds(60)
        while counters.count < count, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
            counters = Set(
                try fake.seen.withLock { $0.envelopes }.map { try AgentMessage.Value(framed: $0.body).counter })
        }
        #expect(counters == Set(1...UInt64(count)))
        await agent.leave()
        await fake.close()
        try FileManager.default.removeItem(atPath: folder)
    }
}

/// What an agent does behind a delivery that it had to fail.
@Suite struct RunTests {
    @Test func `behind a failed delivery nothing of its run is handled, and the next run begins with it`() async throws
    {
        let fake = try await FakeNode()
        let agent = try await LightAgent.connect(try fake.configuration())
        let handled = Mutex<[String]>([])
        agent.onMessage(onLoop: { message in
            handled.withLock { $0.append(message.text ?? "") }
            return .done
        })
        let sender = try SecretIdentity(
            kind: .agent, name: "bob",
            seeds: Secret(copying: [UInt8](repeating: 6, count: SecretIdentity.seedByteCount)))
        let inbox = try #require(fake.seen.withLock { $0.inbox })
        func deliver(_ counter: UInt64, run: UInt32, isSound: Bool = true) async throws {
            let body = Draft(text: "\(counter)").body(
                id: "m\(counter)", from: sender.agentID, to: agent.id, network: fake.network,
                number: MailNumber(epoch: HomeEpoch(1), counter: counter), at: .zero)
            let envelope = try EnvelopeSignature.sign(
                body: body, network: fake.network, keyID: sender.bundle.keyID, postQuantum: false, with: sender)
            _ = try await inbox.deliver(
                .init(
                    network: fake.network.bytes, envelope: isSound ? envelope : nil, sender: sender.bundle.schemaValue,
                    senderName: "bob", run: run))
        }
        try await deliver(1, run: 1)
        await #expect(throws: RPCException.self) { try await deliver(2, run: 1, isSound: false) }
        await #expect(throws: RPCException.self) { try await deliver(3, run: 1) }
        await #expect(throws: RPCException.self) { try await deliver(4, run: 1) }
        #expect(handled.withLock { $0 } == ["1"])
        for counter in 1...4 as ClosedRange<UInt64> { try await deliver(counter, run: 2) }
        #expect(handled.withLock { $0 } == ["1", "2", "3", "4"])
        // A node that knows no runs fails and delivers as it likes.
        await #expect(throws: RPCException.self) { try await deliver(5, run: 0, isSound: false) }
        try await deliver(6, run: 0)
        #expect(handled.withLock { $0 }.last == "6")
        await agent.leave()
        await fake.close()
    }
}
