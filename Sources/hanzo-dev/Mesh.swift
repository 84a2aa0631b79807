import AgentMesh
import ArgumentParser
import Console

struct Mesh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the mesh from this agent.", subcommands: [Status.self, Peers.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The node as this agent sees it.")
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            output.print(
                try await agent.withAgent { agent in
                    NodeReport(try await agent.nodeInfo(), address: agent.address ?? "")
                })
        }
    }

    struct Peers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The agents that this one can reach.")
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions

        func run() async throws { output.print(try await agent.agents(role: "")) }
    }
}

struct Agents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The agents that this one can reach.", aliases: ["ls", "ps"])
    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions
    @Option(help: ArgumentHelp("Only those with this role.", valueName: "role")) var role: String = ""

    func run() async throws { output.print(try await agent.agents(role: role)) }
}

extension AgentOptions {
    func agents(role: String) async throws -> AgentsReport {
        try await withAgent { agent in
            var found: [AgentRecord] = []
            repeat {
                let more = try await agent.agents(role: role, afterName: found.last?.name ?? "", limit: 1_000)
                found += more
                if more.isEmpty { break }
            } while true
            return AgentsReport(
                network: agent.networkName ?? "", agents: found.map { AgentsReport.Agent($0.schemaValue) })
        }
    }
}
