// Showcase: the mesh on one machine, at work, with figures that anybody can check.
//
// A node runs in this process, over an ephemeral data directory; the agents run in *another* process and reach it over its Unix socket,
// each with its own key bundle, whose ML-DSA signatures the node verifies. Nothing is simulated and nothing is held back: every
// commit that counts was on disk before its receipt.
//
//     found ─► start ─► agents: join ─► parts, idle ─► load ─► proofs ─► stop ─► read the disk
//
// Times of the parts (one signature, one fdatasync, one bare echo) come from the same run, because machines differ and are shared:
// what a commit costs is to be judged beside them.

public import Console
import Foundation
import HanzoNode
public import Logging
import NIOCore
import NIOPosix
import Primitives
public import Settings
import ZAP

/// Runs the showcase once.
public struct Showcase {
    public struct Options: Sendable {
        public var agents = 100
        /// Of steady state.
        public var seconds = 20.0
        public var hashSuite = HashSuite.penumbra
        /// Where the data stay; nil: they go.
        public var keep: String?

        public init() {}

        public func problems() -> [String] {
            var problems: [String] = []
            if !(1...1000).contains(agents) { problems.append("--agents takes 1 to 1000") }
            if !(1...3600).contains(seconds) { problems.append("--seconds takes 1 to 3600") }
            if let keep, FileManager.default.fileExists(atPath: keep) { problems.append("--keep \(keep): there is something already; name a new folder") }
            return problems
        }
    }

    private let options: Options
    private let version: String
    private let logger: Logger
    private let say: @Sendable (String) -> Void

    /// - Parameter say: gets a line of progress now and then.
    public init(_ options: Options, version: String, logger: Logger, say: @escaping @Sendable (String) -> Void) {
        self.options = options
        self.version = version
        self.logger = logger
        self.say = say
    }

    /// - Parameter verb: what makes this executable run an `AgentProcess`; orders follow as JSON.
    public func run(verb: String) async throws -> ShowcaseReport {
        let folder = options.keep ?? FileManager.default.temporaryDirectory.appending(path: "hanzod-dev-\(getpid())").path
        defer { if options.keep == nil { try? FileManager.default.removeItem(atPath: folder) } }
        let settings = try settings(in: folder)
        _ = try Founding.perform(settings, time: WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
        let node = try await Node.start(settings, version: version, logger: logger)
        let echoGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let echoPath = folder + "/echo.sock"
        let echo = try await EchoServer.serve(at: echoPath, on: echoGroup)
        let orders = AgentOrders(
            socketPath: settings.server.socketPath, echoPath: echoPath, folder: folder, agents: options.agents,
            seconds: options.seconds)
        say("node \(node.id) at \(settings.server.socketPath)")
        let findings: AgentFindings
        do {
            findings = try await AgentChild.run(orders, verb: verb, say: say)
        } catch {
            await node.stop()
            throw error
        }
        try await echo.close()
        try await echoGroup.shutdownGracefully()
        let syncs = node.syncCount
        await node.stop()
        return try report(findings, settings, syncs)
    }

    private func settings(in folder: String) throws -> NodeSettings {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let inputs = Inputs(
            overrides: ["node.data_dir": folder, "node.name": "dev", "zap_server.listen": "off"],
            home: folder)
        var settings = try NodeSettings.resolve(inputs).validated()
        settings.networks.definitions = [NetworkDefinition(name: "dev", hashSuite: options.hashSuite)]
        settings.networks.defaultName = "dev"
        return settings
    }

    /// The state is read back from the disk of the stopped node: what counts is what is there.
    private func report(_ findings: AgentFindings, _ settings: NodeSettings, _ syncs: Int) throws -> ShowcaseReport {
        guard let state = try StoppedNode.networks(settings).first, let root = Digest(state.stateRoot) else {
            throw ShowcaseFailure("the stopped node left no state")
        }
        let parts = findings.parts
        return ShowcaseReport(
            agents: findings.agents, commits: state.commitCount, commitsPerSecond: findings.commitsPerSecond,
            meanBatch: findings.meanBatch, commitP50Ms: findings.commitP50Ms, commitP99Ms: findings.commitP99Ms,
            idleCommitP50Ms: findings.idleCommitP50Ms, messages: findings.messages, messageP50Us: findings.messageP50Us,
            messageP99Us: findings.messageP99Us, stateRoot: root, blockCount: state.height, fdatasyncs: UInt64(syncs),
            proofsVerified: findings.proofsVerified, mldsaSignP50Us: parts.mldsaSignP50Us,
            fdatasyncP50Us: parts.fdatasyncP50Us, ed25519SignUs: parts.ed25519SignUs,
            ed25519VerifyUs: parts.ed25519VerifyUs, nioEchoP50Us: parts.nioEchoP50Us)
    }
}

/// The other process, as this one sees it.
private enum AgentChild {
    static func run(
        _ orders: AgentOrders, verb: String, say: @escaping @Sendable (String) -> Void
    ) async throws -> AgentFindings {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        child.arguments = [verb, String(decoding: try JSONEncoder().encode(orders), as: UTF8.self)]
        let (output, input) = (Pipe(), Pipe())
        child.standardOutput = output
        child.standardInput = input
        try child.run()
        defer {
            // The child reads the end of its input as the end of whoever started it.
            try? input.fileHandleForWriting.close()
            if child.isRunning { child.terminate() }
        }
        var findings: AgentFindings?
        for try await line in lines(of: output.fileHandleForReading) {
            switch try JSONDecoder().decode(AgentLine.self, from: line) {
            case .progress(let text): say(text)
            case .findings(let found): findings = found
            case .failure(let reason): throw ShowcaseFailure("the agents could not go on: \(reason)")
            }
        }
        guard let findings else { throw ShowcaseFailure("the agents' process ended without a result") }
        return findings
    }

    /// What the child writes, line by line, read on a thread of its own.
    private static func lines(of file: FileHandle) -> AsyncStream<Data> {
        AsyncStream { continuation in
            Thread.detachNewThread {
                var rest = Data()
                while true {
                    let chunk = file.availableData
                    if chunk.isEmpty { break }
                    rest.append(chunk)
                    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                        continuation.yield(Data(rest[..<end]))
                        rest = Data(rest[rest.index(after: end)...])
                    }
                }
                continuation.finish()
            }
        }
    }
}
