import AgentMesh
import ArgumentParser
import Console
import MeshSchema
import Primitives
import Settings

struct TaskVerbs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Offer, claim and finish tasks.",
        subcommands: [Offer.self, Claim.self, Progress.self, Complete.self, Fail.self, Cancel.self, List.self])

    struct Offer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Offer a task.")
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The task's identifier, never used before.") var id: String
        @Option(help: "code, review, test, deploy, design, research, or another word.") var type: String = "code"
        @Option(help: "What is to be done.") var description: String = ""
        @Option(help: "The task that this one is part of.") var parent: String = ""
        @Option(help: "How long a claim holds without progress: 30s, 5m.") var lease: Timeout?
        @Option(help: "What the task and its parts may spend.") var budget: UInt64 = 0

        func run() async throws {
            let offer = OfferTask.Value(
                taskId: id, taskType: type, description: description, parent: parent,
                leaseMs: UInt64(lease?.interval.milliseconds ?? 0), budget: budget)
            try await agent.change(.offerTask(offer), output)
        }
    }

    struct Claim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Claim a task; of many who do, one gets it. Prints the fence.")
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The task.") var id: String

        func run() async throws { try await agent.change(.claimTask(ClaimTask.Value(taskId: id)), output) }
    }

    struct Progress: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Report progress, which renews the lease.")
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var held: HeldTask

        func run() async throws {
            let progress = ProgressTask.Value(taskId: held.id, fence: held.fence, note: held.note)
            try await agent.change(.progressTask(progress), output)
        }
    }

    struct Complete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Complete a task.")
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var held: HeldTask
        @Option(help: "What came of it.") var result: String = ""

        func run() async throws {
            try await agent.change(.completeTask(held.finish(result: Array(result.utf8))), output)
        }
    }

    struct Fail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give up a task for good.")
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var held: HeldTask

        func run() async throws { try await agent.change(.failTask(held.finish()), output) }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take back a task that this agent has offered.")
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "The task.") var id: String
        @Option(help: "Why.") var reason: String = ""

        func run() async throws {
            try await agent.change(.cancelTask(CancelTask.Value(taskId: id, reason: reason)), output)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List tasks.", aliases: ["ls"])
        @OptionGroup var agent: AgentOptions
        @OptionGroup var output: OutputOptions
        @Option(help: "Only those that are offered, claimed, done, failed or cancelled.") var state: String = ""

        func run() async throws {
            let state = state
            output.print(
                try await agent.withAgent { agent in
                    var tasks: [TaskRecord] = []
                    repeat {
                        let more = try await agent.tasks(state: state, after: tasks.last?.id ?? "", limit: 1_000)
                        tasks += more
                        if more.isEmpty { break }
                    } while true
                    return TasksReport(
                        network: agent.networkName ?? "", tasks: tasks.map { TasksReport.Task($0.schemaValue) })
                })
        }
    }
}

/// A task that the agent holds.
struct HeldTask: ParsableArguments {
    @Argument(help: "The task.") var id: String
    @Option(help: ArgumentHelp("The fence that its claim printed.", valueName: "n")) var fence: UInt64
    @Option(help: "A note for whoever looks.") var note: String = ""

    func finish(result: [UInt8] = []) -> FinishTask.Value {
        FinishTask.Value(taskId: id, fence: fence, result: result, note: note)
    }
}

extension AgentOptions {
    /// Commits one transaction and prints its receipt.
    func change(_ transaction: Transaction.Which, _ output: OutputOptions) async throws {
        let report = try await withAgent { agent in CommitReport([try await agent.commit(transaction)], by: agent) }
        try output.printOrComplain(report)
    }
}
