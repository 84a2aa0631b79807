import AgentMesh
import MeshSchema
import Testing
import ZAP

extension EndToEnd {
    /// The document's tests with a clock. Everybody has joined before it runs.
    @Suite(.serialized) struct Speed {
        @Test("PoA commit under 100 ms") func commit() async throws {
            let node = try await NodeProcess.start()
            let agent = try await node.lightAgent("dev-1")
            try await agent.commit(AgentWork.Value(result: "warm"))
            let shortest = try await best(of: 20, below: .milliseconds(100)) { round in
                let receipt = try await agent.commit(AgentWork.Value(result: "work \(round)"))
                #expect(receipt.state.isApplied)
            }
            #expect(shortest < .milliseconds(100))
        }

        @Test("a hundred agents commit concurrently in under a second, commit count 100") func hundred() async throws {
            let limit = Duration.seconds(1)
            var shortest = Duration.seconds(3600)
            for _ in 0..<4 where shortest >= limit {
                let node = try await NodeProcess.start()
                let agents = try await node.lightAgents(100)
                let elapsed = try await ContinuousClock().measure {
                    try await withThrowingTaskGroup(of: CommitReceipt.self) { group in
                        for agent in agents {
                            group.addTask { try await agent.commit(AgentWork.Value(result: "concurrently")) }
                        }
                        for try await receipt in group { #expect(receipt.state.isApplied) }
                    }
                }
                #expect(try await node.network().commitCount == 100)
                shortest = min(shortest, elapsed)
            }
            #expect(shortest < limit)
        }
    }
}
