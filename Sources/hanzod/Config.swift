import ArgumentParser
import Console
import Settings

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the settings.", subcommands: [Show.self, Validate.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every setting, its value and where it comes from.")

        @OptionGroup var settings: NodeSettingsOptions
        @OptionGroup var output: OutputOptions

        func run() throws { try ConfigurationCommand.show(settings.resolve(), output) }
    }

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print everything that is wrong with the settings, at once.")

        @OptionGroup var settings: NodeSettingsOptions
        @OptionGroup var output: OutputOptions

        func run() throws { try ConfigurationCommand.validate(settings.resolve(), output) }
    }
}

/// The settings of the node, with the flags that stand for the most used of them.
struct NodeSettingsOptions: ParsableArguments {
    @OptionGroup var sources: SettingsOptions

    @Option(help: ArgumentHelp("Where the node keeps everything.", valueName: "folder"))
    var dataDir: String?

    @Option(help: ArgumentHelp("The TCP address for agents, or off.", valueName: "host:port"))
    var listen: String?

    func resolve() throws -> Resolution<NodeSettings> {
        let flags = ["node.data_dir": absolutePath(dataDir), "zap_server.listen": listen]
        return NodeSettings.resolve(try sources.inputs(places: ConfigurationFile.node, flags: flags))
    }
}
