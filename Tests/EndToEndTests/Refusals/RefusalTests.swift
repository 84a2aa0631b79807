import CapnProtoRPC
import Foundation
import MeshSchema
import Primitives
import Testing
import ZAP

extension EndToEnd {
    /// What must not work, over a real node, each with the name of its error.
    @Suite(.serialized) struct Refusals {
        /// Runs what must be refused.
        private func refusal<Value>(_ body: () async throws -> Value) async -> String {
            do {
                _ = try await body()
                return "nothing was refused"
            } catch let error as RPCException {
                return String(error.reason.prefix { $0 != ":" })
            } catch { return "\(error)" }
        }

        @Test("a registration relayed through another node is refused: wrongNode") func relayed() async throws {
            let (meant, other) = (try await NodeProcess.start(), try NodeProcess())
            // The other node is on the way of an agent that means the first one.
            try await other.start()
            let agent = try TestAgent("dev-1")
            let through = TestAgent.Lies(node: try meant.id)
            #expect(await refusal { try await agent.join(other, lies: through) } == "wrongNode")
            #expect(try await other.network().agentCount == 0)
            try await agent.join(meant)
        }

        @Test("a batch signature replayed in another network is refused: badSignature") func replayed() async throws {
            let node = try await NodeProcess.start(networks: ["hanzo-main", "hanzo-test"])
            let (agent, double) = (try TestAgent("dev-1", seed: 51), try TestAgent("dev-1", seed: 51))
            try await agent.join(node, network: "hanzo-main")
            try await double.join(node, network: "hanzo-test")
            var batch = try agent.sign([.commit(AgentWork.Value(result: "once"))])
            #expect(try await agent.commit(batch).first?.state != .rejected)
            // As it is, no session that the node would ask takes it there; relabelled, its signature doesn't hold.
            let registered = try agent.sign([.commit(AgentWork.Value(result: "twice"))], network: agent.network)
            batch = registered
            batch.network = double.network.bytes
            #expect(await refusal { try await double.commit(batch) } == "badSignature")
            #expect(try await node.network("hanzo-test").commitCount == 0)
            let lies = TestAgent.Lies(signedNetwork: try node.networkID("hanzo-main"))
            #expect(
                await refusal { try await TestAgent("dev-2").join(node, network: "hanzo-test", lies: lies) }
                    == "wrongNetwork")
        }

        @Test("an agent with a taken name is refused: nameTaken") func takenName() async throws {
            let node = try await NodeProcess.start()
            try await TestAgent("dev-1").join(node)
            #expect(await refusal { try await TestAgent("dev-1").join(node) } == "nameTaken")
            try await TestAgent("dev-2").join(node)
        }

        @Test("a copied key registers twice: the newer homeEpoch wins and the old session is fenced") func copiedKey()
            async throws
        {
            let node = try await NodeProcess.start()
            let (first, second) = (try TestAgent("dev-1", seed: 52), try TestAgent("dev-1", seed: 52))
            try await first.join(node)
            try await first.commit("before")
            try await second.join(node)
            try await eventually("the first is told") { first.fencedBy == 2 }
            #expect(["fenced", "unknownSession"].contains(await refusal { try await first.commit("after") }))
            #expect(try await second.commit("mine").state != .rejected)
            // Nor can an older epoch come back.
            #expect(
                await refusal { try await first.join(node, lies: TestAgent.Lies(homeEpoch: 1)) } == "staleHomeEpoch")
            #expect(try await node.info().agentCount == 1)
        }

        @Test("a session acting as another agent is refused: wrongAgent") func acting() async throws {
            let node = try await NodeProcess.start()
            let (one, two) = (try TestAgent("dev-1"), try TestAgent("dev-2"))
            try await one.join(node)
            try await two.join(node)
            let foreign = try one.sign([.commit(AgentWork.Value(result: "mine"))])
            #expect(await refusal { try await two.commit(foreign) } == "wrongAgent")
            let envelope = try one.write("from one", to: two.id)
            #expect(await refusal { try await two.send(envelope) } == "wrongAgent")
            let forged = try two.write("as if from one", to: one.id, from: one.id)
            #expect(await refusal { try await two.send(forged) } == "wrongAgent")
            #expect(try await node.network().commitCount == 0)
        }

        @Test("a stale fence is refused: staleFence") func staleFence() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            try await agent.commit(.offerTask(OfferTask.Value(taskId: "t", taskType: "code", leaseMs: 60_000)))
            let fence = try await agent.commit(.claimTask(ClaimTask.Value(taskId: "t"))).fence
            let late = try await agent.commit(.completeTask(FinishTask.Value(taskId: "t", fence: fence - 1)))
            #expect(late.state == .rejected && late.reason.hasPrefix("staleFence"))
            #expect(
                try await agent.commit(.completeTask(FinishTask.Value(taskId: "t", fence: fence))).state != .rejected)
        }
    }
}
