import MeshSchema
import Testing
import ZAP

extension EndToEnd {
    /// The document's tests with a clock. Everybody has joined and committed once before it runs.
    @Suite(.serialized) struct Speed {
        @Test("PoA commit under 100 ms") func commit() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            try await agent.commit("warm")
            let shortest = try await best(of: 20, below: .milliseconds(100)) { round in
                let receipt = try await agent.commit("work \(round)")
                #expect(receipt.state == .included || receipt.state == .final)
            }
            #expect(shortest < .milliseconds(100))
        }

        @Test("a hundred agents commit concurrently in under a second, commit count 100") func hundred() async throws {
            let limit = Duration.seconds(1)
            var shortest = Duration.seconds(3600)
            for _ in 0..<4 where shortest >= limit {
                let node = try await NodeProcess.start()
                let agents = try await Crowd.join(node, 100)
                let elapsed = try await ContinuousClock().measure {
                    try await Crowd.each(agents) { agent in
                        let receipt = try await agent.commit("concurrently")
                        #expect(receipt.state == .included || receipt.state == .final)
                    }
                }
                #expect(try await node.network().commitCount == 100)
                shortest = min(shortest, elapsed)
            }
            #expect(shortest < limit)
        }
    }
}
