import ArgumentParser
import Console
import Foundation
import HanzoNode
import Logging
import Primitives
import Settings

struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the node until SIGTERM or SIGINT.",
        discussion: "Says on standard error when it is ready. A first signal drains it: what is under way is finished and made durable.")

    @OptionGroup var settings: NodeSettingsOptions

    func run() async throws {
        let resolution = try settings.resolve()
        let settings = try resolution.orComplain()
        let problems = settings.startProblems()
        guard problems.isEmpty else {
            throw Complaint(.usage, problems.map(\.description).joined(separator: "\n"))
        }
        for line in settings.leftOutLines() + [Inactive.line(resolution.inactive)].compactMap(\.self) { Output.printError(line) }
        let node = try await starting { () async throws(NodeError) in
            try await Node.start(settings, version: Build.version, logger: .node(settings.logLevel))
        }
        let signals = Signals { Task { await node.stop() } }
        Output.printError("ready: node \(node.id) at \(settings.server.socketPath)" + (node.addresses.tcpPort.map { " and port \($0)" } ?? ""))
        try await starting { () async throws(NodeError) in try await node.run() }
        signals.cancel()
    }
}

struct Initialise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the node's keys, its token and each network's genesis. Never overwrites any.")

    @OptionGroup var settings: NodeSettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try settings.resolve().orComplain()
        let founding = try await starting { () async throws(NodeError) in try Founding.perform(settings, time: .now) }
        output.print(FoundingReport(founding))
    }
}

/// What `hanzod init` made or found.
struct FoundingReport: Report {
    static let kind = "founding"

    struct Network: Encodable, Sendable {
        var id: String
        var name: String
        var engine: String
        var genesis: String
        var new: Bool
    }

    var node: String
    var identity: String
    var new: Bool
    var token: String
    var networks: [Network]

    init(_ founding: Founding) {
        node = founding.node.description
        identity = founding.identityPath
        new = founding.isIdentityNew
        token = founding.tokenPath
        networks = founding.networks.map {
            Network(id: $0.id.description, name: $0.name, engine: $0.engine.rawValue, genesis: $0.genesisPath, new: $0.isNew)
        }
    }

    var identifiers: [String] { networks.map(\.id) }

    var blocks: [Block] {
        let fields = [
            Block.Field("node", node), .init("identity", identity + (new ? " (new)" : "")), .init("token", token),
        ]
        return [.fields(fields)] + networks.map { .line("network \($0.name) \($0.id) (\($0.engine))" + ($0.new ? " (new)" : "")) }
    }
}

/// Runs `body`, and says in the program's own statuses what went wrong.
func starting<Value>(_ body: () async throws(NodeError) -> Value) async throws -> Value {
    do throws(NodeError) { return try await body() } catch {
        let status: ExitStatus =
            switch error.code {
            case .configuration, .notFounded: .usage
            case .permission: .denied
            default: .failed
            }
        throw Complaint(status, error.message, remedy: error.remedy.isEmpty ? nil : error.remedy)
    }
}

extension WallTime {
    /// This machine's clock.
    static var now: WallTime { WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}

extension Logger {
    /// Lines on standard error.
    static func node(_ level: NodeSettings.LogLevel) -> Logger {
        var logger = Logger(label: "hanzod") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return logger
    }
}

/// Calls back on SIGTERM and SIGINT instead of dying.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ body: @escaping @Sendable () -> Void) {
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: body)
            source.resume()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}
