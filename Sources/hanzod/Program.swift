import ArgumentParser
import Console

/// The node of a machine.
@main struct Program {
    static func main() async { await CommandRunner.run(Hanzod.self) }
}

struct Hanzod: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hanzod",
        abstract: "The node of this machine: takes its agents' messages and commits, and proves what was committed.",
        version: "hanzod \(Build.version)",
        subcommands: [
            Initialise.self, Start.self, Stop.self, Status.self, Agents.self, State.self, Tasks.self, Consensus.self, Mail.self,
            Dev.self, DevAgents.self, Config.self, Version.self])
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print this build's versions.")

    @OptionGroup var output: OutputOptions

    func run() { output.print(VersionReport(program: "hanzod")) }
}
