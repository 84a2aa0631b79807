import ArgumentParser
import CapnProtoRPC
import Console
import Foundation
import HanzoNode
import Primitives
import Settings
import ZAP

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the node, its networks and its measures.")
    @OptionGroup var owner: OwnerOptions

    func run() async throws {
        let report = try await owner.ask { client in
            let (info, metrics) = try await client.info()
            return NodeReport(info, address: client.address.description, metrics: metrics)
        }
        owner.output.print(report)
    }
}

struct Agents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Look at agents.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who has registered, who is online, and doing what.", aliases: ["ls"])
        @OptionGroup var owner: OwnerOptions

        func run() async throws {
            let report = try await owner.ask { client, network in
                let agents = try await client.agents(of: network.id)
                return AgentsReport(network: network.name, agents: agents.map { AgentsReport.Agent($0) })
            }
            owner.output.print(report)
        }
    }
}

struct Tasks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Look at tasks.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show all tasks with holder, fence and lease.", aliases: ["ls"])
        @OptionGroup var owner: OwnerOptions

        func run() async throws {
            let report = try await owner.ask { client, network in
                let tasks = try await client.tasks(of: network.id)
                return TasksReport(network: network.name, tasks: tasks.map { TasksReport.Task($0) })
            }
            owner.output.print(report)
        }
    }
}

struct Consensus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Look at consensus.", subcommands: [Status.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show engine, term and heights of each network.")
        @OptionGroup var owner: OwnerOptions

        func run() async throws {
            let report = try await owner.ask { client in
                ConsensusReport(networks: try await client.info().info.networks.map { NetworkReport($0) })
            }
            owner.output.print(report)
        }
    }
}

struct State: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Look at the state.", subcommands: [Show.self, Get.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a network's height, counts and state root.",
            discussion: "With --data-dir and no node running there, what is on its disk.")
        @OptionGroup var owner: OwnerOptions

        func run() async throws {
            if owner.settings.dataDir != nil, let report = try offline() { return owner.output.print(report) }
            let report = try await owner.ask { _, network in NetworkReport(network) }
            owner.output.print(report)
        }

        /// - Returns: nil where a node runs on the directory: it is asked instead.
        private func offline() throws -> NetworkReport? {
            let settings = try owner.settings.resolve().orComplain()
            do throws(NodeError) {
                let networks = try StoppedNode.networks(settings)
                let named = networks.first { $0.name == owner.connection.network ?? settings.networks.defaultName }
                let only = owner.connection.network == nil && networks.count == 1 ? networks.first : nil
                guard let network = named ?? only else {
                    let names = networks.map(\.name).joined(separator: ", ")
                    throw NodeError(.notFounded, "\(settings.dataDirectory) has no such network; it has \(names)")
                }
                return NetworkReport(network)
            } catch {
                if error.code == .inUse { return nil }
                throw Complaint(error.code == .notFounded ? .notFound : .failed, error.description)
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the value of a key of the state.")
        @OptionGroup var owner: OwnerOptions

        @Argument(help: "The key, for example meta/counts.")
        var key: String

        @Option(help: ArgumentHelp("Write a proof bundle there, which `hanzo-dev verify` checks.", valueName: "file"))
        var proof: String?

        func run() async throws {
            let (key, file) = (key, absolutePath(proof))
            let report = try await owner.ask { client, network in
                let answer = try await client.admin.readState(
                    NodeAdmin.ReadState.Params.Value(network: network.id, key: Array(key.utf8), prove: file != nil))
                let value = try answer.value()
                if let file { try Data(value.bundle).write(to: URL(fileURLWithPath: file)) }
                guard value.present || file != nil else { throw Complaint(.notFound, "the state has no key \(key)") }
                return StateValueReport(
                    network: network.name, key: key, value: value.present ? value.value : nil, height: Height(value.height),
                    proofFile: file)
            }
            owner.output.print(report)
        }
    }
}
