import ArgumentParser
import Console
import Settings

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the settings.", subcommands: [Show.self, Validate.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every setting, its value and where it comes from.")

        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions

        func run() throws { try ConfigurationCommand.show(agent.resolve(), output) }
    }

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print everything that is wrong with the settings, at once.")

        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions

        func run() throws { try ConfigurationCommand.validate(agent.resolve(), output) }
    }
}

/// Who the agent is and which node it lives on.
struct AgentOptions: ParsableArguments {
    @OptionGroup var sources: SettingsOptions
    @OptionGroup var connection: ConnectionOptions

    @Option(help: ArgumentHelp("The agent's name, unique in its network.", valueName: "name"))
    var agentName: String?

    @Option(help: ArgumentHelp("What the agent is for: developer, reviewer, ….", valueName: "role"))
    var agentRole: String?

    func resolve() throws -> Resolution<AgentSettings> {
        let flags = connection.flags.merging(["agent.name": agentName, "agent.role": agentRole]) { $1 }
        return AgentSettings.resolve(try sources.inputs(places: ConfigurationFile.agent, flags: flags))
    }
}
