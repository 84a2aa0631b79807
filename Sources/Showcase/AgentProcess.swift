import Foundation
import Identity
import MeshSchema
import NIOCore
import NIOPosix
import Primitives
import ZAP

/// What the process with the agents is told.
public struct AgentOrders: Codable, Sendable {
    public var socketPath: String
    public var echoPath: String
    public var folder: String
    public var agents: Int
    public var seconds: Double
}

/// What it found; the last line of its output.
struct AgentFindings: Codable, Sendable {
    var agents = 0
    var commitsPerSecond = 0.0
    var meanBatch = 0.0
    var commitP50Ms = 0.0
    var commitP99Ms = 0.0
    var idleCommitP50Ms = 0.0
    var messages: UInt64 = 0
    var messageP50Us = 0.0
    var messageP99Us = 0.0
    var tasksDone = 0
    var proofsVerified = 0
    var parts = Parts()
}

/// A line of the agents' process: how far it is, or the end.
enum AgentLine: Codable, Sendable {
    case progress(String)
    case findings(AgentFindings)
    case failure(String)
}

/// The process with the agents: joins them, measures an idle mesh, loads it, and proves what was committed.
public struct AgentProcess {
    private let orders: AgentOrders
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private var agents: [LoadAgent] = []
    private var findings = AgentFindings()

    public init(_ orders: AgentOrders) { self.orders = orders }

    /// Ends when its work is done, or when whoever started it is gone.
    public mutating func run() async {
        pool.start()
        do {
            try await join()
            try await measureIdle()
            try await load()
            try await prove()
            for agent in agents { await agent.leave() }
            Self.say(.findings(findings))
        } catch { Self.say(.failure("\(error)")) }
    }

    static func say(_ line: AgentLine) {
        guard let data = try? JSONEncoder().encode(line) else { return }
        FileHandle.standardOutput.write(data + Data("\n".utf8))
    }

    private mutating func join() async throws {
        for number in 1...orders.agents {
            let agent = try LoadAgent(name: "agent-\(number)", eventLoop: group.next(), pool: pool)
            try await agent.join(socketPath: orders.socketPath)
            agents.append(agent)
            if number % 25 == 0 || number == orders.agents { Self.say(.progress("\(number) of \(orders.agents) agents have joined")) }
        }
        findings.agents = agents.count
    }

    // MARK: Nothing else going on

    private mutating func measureIdle() async throws {
        Self.say(.progress("measuring the parts"))
        findings.parts = try Parts.measure(agents[0].identity, folder: orders.folder)
        findings.parts.nioEchoP50Us = try await EchoProbe.p50(at: orders.echoPath, on: group.next())
        Self.say(.progress("measuring single messages and commits"))
        var messages = try await MessageProbe(from: agents[0], to: agents[agents.count > 1 ? 1 : 0], count: 10_000).run()
        findings.messageP50Us = messages.percentile(0.5)
        findings.messageP99Us = messages.percentile(0.99)
        findings.messages += UInt64(messages.count)
        var commits = try await CommitProbe(agents[0], count: 150).run()
        findings.idleCommitP50Ms = commits.percentile(0.5) / 1000
    }

    // MARK: Everybody at work

    private mutating func load() async throws {
        let load = Load(agents, seconds: orders.seconds, loop: group.next())
        var result = try await load.run { Self.say(.progress($0)) }
        findings.commitsPerSecond = result.commitsPerSecond
        findings.meanBatch = result.meanBatch
        findings.commitP50Ms = result.latencies.percentile(0.5) / 1000
        findings.commitP99Ms = result.latencies.percentile(0.99) / 1000
        findings.messages += result.messages
        findings.tasksDone = result.tasksDone
    }

    // MARK: What a stranger can check

    private mutating func prove() async throws {
        Self.say(.progress("verifying proofs"))
        try await Task.sleep(for: .milliseconds(300))  // the newest blocks get their signatures
        for agent in agents where findings.proofsVerified < 200 {
            for key in try await agent.onLoop({ agent.sampleKeys }) where try await agent.prove(key) { findings.proofsVerified += 1 }
        }
    }
}
