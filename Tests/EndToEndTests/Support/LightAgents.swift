import AgentMesh
import Primitives
import Settings

extension NodeProcess {
    /// An agent of the library, joined over the node's socket.
    func lightAgent(_ name: String, network: String? = nil, seed: UInt64? = nil, store: String? = nil) async throws
        -> LightAgent
    {
        let keys = try TestAgent(name, seed: seed)
        var configuration = AgentConfiguration(
            name: name, keys: .identity(keys.identity), storePath: store,
            candidates: [Candidate(endpoint: .unix(path: socketPath), source: "test")],
            network: network)
        configuration.timeout = .seconds(30)
        return try await LightAgent.connect(configuration)
    }

    /// Many at once, with the keys of `Crowd`.
    func lightAgents(_ count: Int) async throws -> [LightAgent] {
        try await withThrowingTaskGroup(of: LightAgent.self) { group in
            for index in 0..<count {
                group.addTask { try await self.lightAgent("dev-\(index)", seed: Crowd.seeds + UInt64(index)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
