import ArgumentParser
import CapnProtoRPC
import Console
import HanzoNode
import Primitives
import ZAP

struct Mail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at mailboxes and dead letters.", subcommands: [List.self, Show.self, Retry.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "Show what waits in mailboxes.", aliases: ["list"])
        @OptionGroup var owner: OwnerOptions

        @Flag(help: "Only dead letters.") var dead = false
        @Option(help: ArgumentHelp("Only the mailbox of this agent.", valueName: "agent id")) var agent: String?
        @Option(help: ArgumentHelp("At most so many, oldest first; without it, all.", valueName: "n")) var limit: Int?

        func validate() throws {
            if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
        }

        func run() async throws {
            let agent = try agent.map { try digest($0) }?.bytes ?? []
            let (dead, limit) = (dead, limit)
            let report = try await owner.ask { client, network in
                let mail = try await client.mail(
                    of: network.id, deadOnly: dead, agent: agent, limit: limit ?? .max)
                return MailReport(network: network.name, mail: mail.map { MailReport.Item($0) })
            }
            owner.output.print(report)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one message.")
        @OptionGroup var owner: OwnerOptions
        @Argument(help: "Its digest, as `mail ls` shows it with --json or -q.") var digest: String

        func run() async throws {
            let wanted = try hanzod.digest(digest)
            let report = try await owner.ask { client, network in
                let answer = try await client.admin.mailItem(
                    NodeAdmin.MailItem.Params.Value(network: network.id, digest: wanted.bytes))
                guard let item = try answer.value().item else {
                    throw Complaint(.notFound, "there is no message \(wanted)")
                }
                return MailReport(network: network.name, mail: [MailReport.Item(item)])
            }
            owner.output.print(report)
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put a dead letter back into its mailbox.")
        @OptionGroup var owner: OwnerOptions
        @Argument(help: "Its digest.") var digest: String

        func run() async throws {
            let wanted = try hanzod.digest(digest)
            try await owner.ask { client, network in
                _ = try await client.admin.retryMail(
                    NodeAdmin.RetryMail.Params.Value(network: network.id, digest: wanted.bytes))
            }
        }
    }
}

/// A 32-byte identifier as a person types it.
func digest(_ text: String) throws -> Digest {
    guard let digest = Digest(hex: text) else { throw Complaint(.usage, "\"\(text)\" is no identifier: 64 hexadecimal digits") }
    return digest
}
