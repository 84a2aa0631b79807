import AgentMesh
import ArgumentParser
import Console
import MeshSchema
import Primitives

struct Commit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Commit work, and wait until it is durable.")

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("What was done.", valueName: "text"))
    var result: String = ""

    @Option(
        name: .customLong("file"), help: ArgumentHelp("A file that was changed; may be given again.", valueName: "path")
    )
    var files: [String] = []

    @Option(help: ArgumentHelp("The task that this is work on.", valueName: "id"))
    var task: String = ""

    @Option(help: ArgumentHelp("The task's fence, as its claim printed it.", valueName: "n"))
    var fence: UInt64 = 0

    @Option(help: ArgumentHelp("SHA-256 of what was made: 64 hexadecimal digits.", valueName: "digest"))
    var artifact: String = ""

    @Flag(name: .customLong("final"), help: "Wait until it is final.")
    var isFinal = false

    func validate() throws {
        if result.isEmpty, files.isEmpty { throw ValidationError("Give --result or --file.") }
        if !artifact.isEmpty, Digest(hex: artifact) == nil { throw ValidationError("--artifact is no digest.") }
    }

    func run() async throws {
        let work = AgentWork.Value(
            taskId: task, fence: fence, result: result, filesChanged: files, artifact: Hex.decode(artifact) ?? [])
        let state: CommitState = isFinal ? .final : .included
        let report = try await agent.withAgent { agent in
            CommitReport([try await agent.commit(work, until: state)], by: agent)
        }
        try output.printOrComplain(report)
    }
}

struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Send a message by agent name or identifier.")

    @OptionGroup var agent: AgentOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The recipient's name, or the 64 digits of its identifier.")
    var to: String

    @Argument(help: "The text.")
    var text: String

    @Option(help: ArgumentHelp("Wait until it is accepted, stored, delivered or acknowledged.", valueName: "tier"))
    var wait: Tier = .stored

    @Option(help: ArgumentHelp("A message that this one answers.", valueName: "id"))
    var replyTo: String = ""

    @Flag(help: "Sign with ML-DSA-65 too.")
    var postQuantum = false

    enum Tier: String, ExpressibleByArgument, CaseIterable {
        case accepted, stored, delivered, acknowledged

        var tier: MailTier {
            switch self {
            case .accepted: .accepted
            case .stored: .stored
            case .delivered: .delivered
            case .acknowledged: .acknowledged
            }
        }
    }

    func run() async throws {
        var draft = Draft(text: text, replyTo: replyTo)
        draft.isPostQuantum = postQuantum
        let (message, to, tier) = (draft, to, wait.tier)
        let receipt = try await agent.withAgent { try await $0.send(message, to: to, wait: tier) }
        output.print(
            SendReport(
                id: receipt.id, digest: receipt.digest, to: receipt.to, homeEpoch: receipt.number.epoch,
                counter: receipt.number.counter, tier: receipt.tier.word, time: receipt.time, reason: receipt.reason))
    }
}

extension CommitReport {
    init(_ receipts: [CommitReceipt], by agent: LightAgent) {
        self.init(
            network: agent.networkName ?? "",
            receipts: receipts.map {
                Receipt(
                    key: agent.commitKey(of: $0.nonce), nonce: $0.nonce, leafHash: $0.leafHash, state: $0.state.word,
                    height: $0.height, reason: $0.reason, fence: $0.fence)
            })
    }
}

extension OutputOptions {
    /// Prints; a transaction that didn't apply is a complaint.
    func printOrComplain(_ report: CommitReport) throws(Complaint) {
        print(report)
        let refused = report.receipts.first { !["included", "final"].contains($0.state) }
        if let refused { throw Complaint(.failed, refused.reason ?? "the transaction is \(refused.state)") }
    }
}
