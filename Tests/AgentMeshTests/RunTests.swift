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
