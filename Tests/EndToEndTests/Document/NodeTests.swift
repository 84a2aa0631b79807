import AgentMesh
import Certificates
import Foundation
import MeshSchema
import Primitives
import Synchronization
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
            let agent = try await node.lightAgent("dev-1")
            let (id, network) = (try node.id, try node.networkID())
            #expect(agent.isConnected && agent.node == id && agent.network == network)
            #expect(try await node.info().agentCount == 1)
            await agent.leave()
            try await eventually("the node notices") { try await node.info().agentCount == 0 }
        }

        @Test("a hundred agents on one hanzod") func hundred() async throws {
            let node = try await NodeProcess.start()
            let agents = try await node.lightAgents(100)
            #expect(try await node.info().agentCount == 100)
            #expect(try await node.network().agentCount == 100)
            #expect(agents.allSatisfy { $0.isConnected } && Set(agents.map(\.id)).count == 100)
            #expect(try await node.keys("name/", in: node.networkID()).count == 100)
        }

        @Test("agent commit is in the state") func commitIsInState() async throws {
            let node = try await NodeProcess.start()
            let agent = try await node.lightAgent("dev-1")
            let work = AgentWork.Value(result: "Implemented feature X", filesChanged: ["src/lib.rs"])
            let receipt = try await agent.commit(work, until: .final)
            let key = CommitKey(agent: agent.id, nonce: receipt.nonce)
            let value = try #require(try await node.value(key.bytes, in: node.networkID()))
            let record = try CommitRecord(bytes: value)
            #expect(record.leafHash == receipt.leafHash && record.height == receipt.height && record.outcome == 0)
            let proven = try await agent.readState(agent.commitKey(of: receipt.nonce), prove: true).proven
            #expect(proven?.value == value && proven?.commit?.agent == agent.id)
            let before = try await node.network()
            #expect(before.commitCount == 1)
            try await node.stop()
            let shown = try await Programs.run(
                Programs.hanzod, ["state", "show", "--data-dir", node.directory, "--json"])
            let state = try #require(shown.objects.last)
            #expect(
                state["commits"] as? Int == 1 && state["state_root"] as? String == Digest(before.stateRoot)?.hex,
                "\(shown)")
        }

        @Test("agent to agent local") func agentToAgent() async throws {
            let node = try await NodeProcess.start()
            let (sender, receiver) = (
                try await node.lightAgent("dev-1"), try await node.lightAgent("reviewer-1", seed: 71)
            )
            let received = Mutex<[Message]>([])
            receiver.onMessage { message, _ in received.withLock { $0.append(message) } }
            let request = TaskRequest.Value(taskId: "t-1", taskType: .review, description: "Review this code")
            try await sender.send(Draft(request: request), to: "reviewer-1", wait: .acknowledged)
            let message = try #require(received.withLock { $0.first })
            #expect(message.payload == .request(request) && message.from == sender.id && !message.isRedelivered)

            await receiver.leave()
            for number in 1...20 {
                try await sender.send("while you were out \(number)", to: receiver.id, wait: .stored)
            }
            let returned = try await node.lightAgent("reviewer-1", seed: 71)
            let late = Mutex<[String?]>([])
            returned.onMessage { message, _ in late.withLock { $0.append(message.text) } }
            try await eventually("the mail of an absence comes") { late.withLock { $0.count } == 20 }
            #expect(late.withLock { $0 } == (1...20).map { "while you were out \($0)" }, "in order")
        }

        @Test("several networks on one node: a commit to one is not in the other") func networks() async throws {
            let node = try await NodeProcess.start(networks: ["hanzo-main", "hanzo-test"])
            let agent = try await node.lightAgent("dev-1", network: "hanzo-test")
            let receipt = try await agent.commit(AgentWork.Value(result: "tried"))
            let key = CommitKey(agent: agent.id, nonce: receipt.nonce).bytes
            #expect(try await node.value(key, in: node.networkID("hanzo-test")) != nil)
            #expect(try await node.value(key, in: node.networkID("hanzo-main")) == nil)
            let (main, test) = (try await node.network("hanzo-main"), try await node.network("hanzo-test"))
            #expect(
                main.commitCount == 0 && main.height == 0 && test.commitCount == 1 && main.stateRoot != test.stateRoot)
        }
    }
}
