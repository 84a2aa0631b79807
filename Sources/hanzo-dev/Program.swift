import ArgumentParser
import Console

/// An agent's command line.
@main struct Program {
    static func main() async { await CommandRunner.run(HanzoDev.self) }
}

struct HanzoDev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hanzo-dev",
        abstract: "An agent of the mesh: joins its machine's node, commits, sends, receives, and takes tasks.",
        version: "hanzo-dev \(Build.version)",
        subcommands: [
            Join.self, Commit.self, Send.self, Recv.self, TaskVerbs.self, Mesh.self, Agents.self, Verify.self,
            Config.self,
            Version.self,
        ], defaultSubcommand: Join.self)
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print this build's versions.")

    @OptionGroup var output: OutputOptions

    func run() { output.print(VersionReport(program: "hanzo-dev")) }
}
