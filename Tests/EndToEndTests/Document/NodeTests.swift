import Certificates
import Foundation
import MeshSchema
import Primitives
import Testing
import ZAP

extension EndToEnd {
    /// The document's tests of a full node and of light agents.
    @Suite(.serialized) struct Document {
        @Test("hanzod start") func start() async throws {
            let node = try await NodeProcess.start()
            #expect(node.isRunning)
            let info = try await node.info()
            #expect(Digest(info.nodeId) == (try node.id.digest))
            #expect(info.networks.map(\.name) == ["main"] && info.agentCount == 0)
            let second = try Child(Programs.hanzod, ["start", "--config", node.configurationPath])
            #expect(try await second.ended() == 1, "one node on a data directory")
            #expect(second.errors.contains("another node runs") || second.errors.contains("in use"), "\(second.errors)")
            try await node.stop()
            #expect(!FileManager.default.fileExists(atPath: node.socketPath))
        }

        @Test("light agent connects to hanzod") func connects() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            #expect(agent.isConnected)
            #expect(try await node.info().agentCount == 1)
            await agent.disconnect()
            try await eventually("the node notices") { try await node.info().agentCount == 0 }
            try await agent.join(node)
            #expect(agent.epoch == 2)
        }

        @Test("a hundred agents on one hanzod") func hundred() async throws {
            let node = try await NodeProcess.start()
            let agents = try await Crowd.join(node, 100)
            #expect(try await node.info().agentCount == 100)
            #expect(try await node.network().agentCount == 100)
            #expect(agents.allSatisfy { $0.isConnected })
            #expect(try await node.keys("name/", in: node.networkID()).count == 100)
        }

        @Test("agent commit is in the state") func commitIsInState() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            let receipt = try await agent.commit("Implemented feature X")
            #expect(receipt.state == .included || receipt.state == .final)
            let key = CommitKey(agent: agent.id, nonce: receipt.nonce)
            let value = try #require(try await node.value(key.bytes, in: agent.network))
            let record = try CommitRecord(bytes: value)
            #expect(record.leafHash.bytes == receipt.leafHash && record.height == Height(receipt.height) && record.outcome == 0)
            #expect(try await node.network().commitCount == 1)
            let before = try await node.network()
            try await node.stop()
            let shown = try await Programs.run(Programs.hanzod, ["state", "show", "--data-dir", node.directory, "--json"])
            let state = try #require(shown.objects.last)
            #expect(state["commits"] as? Int == 1 && state["state_root"] as? String == Digest(before.stateRoot)?.hex, "\(shown)")
        }

        @Test("agent to agent local") func agentToAgent() async throws {
            let node = try await NodeProcess.start()
            let (sender, receiver) = (try TestAgent("dev-1"), try TestAgent("reviewer-1"))
            try await sender.join(node)
            try await receiver.join(node)
            let receipt = try await sender.send("Review this code", to: receiver.id)
            #expect([.stored, .delivered, .acknowledged].contains(receipt.tier))
            let mail = try await receiver.receive()
            #expect(mail.text == "Review this code" && mail.sender == sender.id && mail.senderName == "dev-1" && !mail.isRedelivered)
            await receiver.disconnect()
            for number in 1...20 { try await sender.send("while you were out \(number)", to: receiver.id) }
            try await receiver.join(node)
            try await eventually("the mail of an absence comes") { receiver.mail.count == 21 }
            #expect(receiver.mail.dropFirst().map(\.text) == (1...20).map { "while you were out \($0)" }, "in order")
        }

        @Test("several networks on one node: a commit to one is not in the other") func networks() async throws {
            let node = try await NodeProcess.start(networks: ["hanzo-main", "hanzo-test"])
            let agent = try TestAgent("dev-1")
            try await agent.join(node, network: "hanzo-test")
            let receipt = try await agent.commit("tried")
            let key = CommitKey(agent: agent.id, nonce: receipt.nonce).bytes
            #expect(try await node.value(key, in: node.networkID("hanzo-test")) != nil)
            #expect(try await node.value(key, in: node.networkID("hanzo-main")) == nil)
            let (main, test) = (try await node.network("hanzo-main"), try await node.network("hanzo-test"))
            #expect(main.commitCount == 0 && main.height == 0 && test.commitCount == 1 && main.stateRoot != test.stateRoot)
        }
    }
}
