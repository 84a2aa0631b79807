import AgentMesh
import ArgumentParser
import Console
import Dispatch
import Foundation
import Primitives

struct Join: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Join the node, stay, and print what happens.",
        discussion: "Ends with SIGINT or SIGTERM, or when the same key registers elsewhere.")

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "Also print changes of the state: agents, commits, tasks, facts, balances.", valueName: "topics"))
    var watch: String?

    func run() async throws {
        let session = try await agent.join(keepsMail: true)
        let printer = EventPrinter(output, network: session.agent.networkName ?? "")
        printer.joined(session.agent)
        try await Stay(session.agent, printer, topics: watch.map { $0.split(separator: ",").map(String.init) }).run()
    }
}

struct Recv: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print messages as they come.")

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("End after so many; without it, stay.", valueName: "n"))
    var count: Int?

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be at least 1.") }
    }

    func run() async throws {
        let session = try await agent.join(keepsMail: true)
        let printer = EventPrinter(output, network: session.agent.networkName ?? "")
        guard let count else { return try await Stay(session.agent, printer, topics: nil).run() }
        do {
            try await Deadline.run(agent.connection.timeout.interval) {
                var messages = session.agent.messages.makeAsyncIterator()
                for _ in 0..<count {
                    guard let message = try await messages.next() else { break }
                    printer.message(message)
                    try await messages.acknowledge()
                }
            }
            await session.agent.leave()
        } catch {
            await session.agent.leave()
            throw (error as? AgentError).map(Complaint.init) ?? error
        }
    }
}

/// An agent that stays until it is told to go.
struct Stay {
    let agent: LightAgent
    let printer: EventPrinter
    let topics: [String]?

    init(_ agent: LightAgent, _ printer: EventPrinter, topics: [String]?) {
        self.agent = agent
        self.printer = printer
        self.topics = topics
    }

    func run() async throws {
        let (agent, printer) = (agent, printer)
        let events = agent.events()
        agent.onMessage { message, _ in printer.message(message) }
        do { try await agent.updateStatus(AgentStatus(state: "idle")) } catch { throw Complaint(error) }
        let watching = topics.map { topics in Task { try await watch(topics) } }
        let signals = Signals { Task { await agent.leave() } }
        for await event in events { printer.print(event) }
        watching?.cancel()
        signals.end()
        if let end = agent.end, end.code != .left { throw Complaint(end) }
        printer.left()
    }

    private func watch(_ topics: [String]) async throws {
        for try await update in try await agent.subscribe(topics) { printer.print(update) }
    }
}

/// SIGINT and SIGTERM as a call.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ body: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: body)
            source.activate()
            return source
        }
    }

    func end() { for source in sources { source.cancel() } }
}
