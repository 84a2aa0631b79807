import ArgumentParser
import Console
import Foundation
import Logging
import Settings
import Showcase

struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the mesh at work: an ephemeral node, agents in another process, and what it all took.",
        discussion: "Progress goes to standard error, the table to standard output; with --json its last line is the result.")

    @Option(help: "How many agents.") var agents = 100
    @Option(help: ArgumentHelp("How long the load is measured.", valueName: "seconds")) var seconds = 20.0
    @Option(help: ArgumentHelp("The state tree's hashes: penumbra or libra.", valueName: "suite")) var hashSuite = "penumbra"
    @Option(help: ArgumentHelp("Keep the node's data in this new folder.", valueName: "folder")) var keep: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var options = Showcase.Options()
        options.agents = agents
        options.seconds = seconds
        options.keep = absolutePath(keep)
        guard let suite = HashSuite(rawValue: hashSuite) else {
            throw Complaint(.usage, "--hash-suite takes penumbra or libra, not \(hashSuite)")
        }
        options.hashSuite = suite
        let problems = options.problems()
        guard problems.isEmpty else { throw Complaint(.usage, problems.joined(separator: "\n")) }
        let showcase = Showcase(options, version: Build.version, logger: .node(.warning)) { Output.printError($0) }
        // An interrupted showcase stops its node and takes its data with it.
        let run = Task { try await showcase.run(verb: DevAgents.verb) }
        let signals = Signals { run.cancel() }
        defer { signals.cancel() }
        let result = await run.result
        guard !run.isCancelled else { throw Complaint(.failed, "interrupted", remedy: "the node has stopped; run it again") }
        do { output.print(try result.get()) } catch { throw Complaint(.failed, "\(error)") }
    }
}

/// The other process of the showcase; started by `dev`, never by a person.
struct DevAgents: AsyncParsableCommand {
    static let verb = "dev-agents"
    static let configuration = CommandConfiguration(commandName: verb, shouldDisplay: false)

    @Argument var orders: String

    func run() async throws {
        // The end of standard input is the end of whoever started this process.
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            Foundation.exit(ExitStatus.failed.rawValue)
        }
        var process = AgentProcess(try JSONDecoder().decode(AgentOrders.self, from: Data(orders.utf8)))
        await process.run()
    }
}
