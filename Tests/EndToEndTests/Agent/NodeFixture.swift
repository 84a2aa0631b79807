import AgentMesh
import Foundation
import HanzoNode
import Identity
import Logging
import Primitives
import Settings

/// A node in this process, in a folder of its own, with agents that know where it is.
final class NodeFixture {
    let folder: String
    let settings: NodeSettings
    let socketPath: String
    private var running: Node?

    var tcpPort: Int? { running?.addresses.tcpPort }
    var nodeID: NodeID? { running?.id }

    /// - Parameter tcp: also listens on a port of the kernel's choice.
    init(tcp: Bool = false, proofTimeout: String = "10s") async throws {
        folder = "/tmp/hz-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = """
            [node]
            name = "test"
            data_dir = "\(folder)/node"
            [zap_server]
            listen = "\(tcp ? "127.0.0.1:0" : "off")"
            proof_timeout = "\(proofTimeout)"
            [consensus]
            mode = "poa"
            [networks]
            default = "team"
            [[networks.definitions]]
            name = "team"
            consensus = "poa"
            """
        let resolution = NodeSettings.resolve(
            Inputs(file: .init(name: "test.toml", text: file), environment: [:], overrides: [:], home: folder))
        settings = try resolution.validated()
        _ = try Founding.perform(settings, time: WallTime(milliseconds: 1_700_000_000_000))
        running = try await Self.start(settings)
        socketPath = settings.server.socketPath
    }

    private static func start(_ settings: NodeSettings) async throws -> Node {
        var logger = Logger(label: "node")
        logger.logLevel = .error
        return try await Node.start(settings, version: "test", logger: logger)
    }

    func restart() async throws {
        await running?.stop()
        running = nil
        running = try await Self.start(settings)
    }

    func configuration(_ name: String, role: AgentRole = .developer, isDurable: Bool = false) -> AgentConfiguration {
        let home = folder + "/agents/" + name
        let socket = Candidate(endpoint: .unix(path: socketPath), source: "test")
        var configuration = AgentConfiguration(
            name: name, role: role, keys: .file(path: home + "/identity"), storePath: isDurable ? home + "/store" : nil,
            candidates: [socket])
        configuration.backoff = (.milliseconds(20), .milliseconds(200))
        configuration.timeout = .seconds(20)
        return configuration
    }

    func agent(_ name: String, role: AgentRole = .developer, isDurable: Bool = false) async throws -> LightAgent {
        try await LightAgent.connect(configuration(name, role: role, isDurable: isDurable))
    }

    func end() async {
        await running?.stop()
        running = nil
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Waits for a condition, and no longer than a deadline.
func eventually(within seconds: Double = 20, _ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}
