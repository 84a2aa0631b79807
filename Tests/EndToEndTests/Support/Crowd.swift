/// Many agents at once.
enum Crowd {
    /// Keys are expensive: each test takes the same hundred, against a node of its own.
    static let seeds: UInt64 = 7_000

    static func make(_ count: Int) throws -> [TestAgent] {
        try (0..<count).map { try TestAgent("dev-\($0)", seed: seeds + UInt64($0)) }
    }

    static func join(_ node: NodeProcess, _ count: Int) async throws -> [TestAgent] {
        let agents = try make(count)
        try await each(agents) { try await $0.join(node) }
        return agents
    }

    /// Does the same with all agents at the same time.
    static func each(_ agents: [TestAgent], _ body: @escaping @Sendable (TestAgent) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { try await body(agent) } }
            try await group.waitForAll()
        }
    }
}
