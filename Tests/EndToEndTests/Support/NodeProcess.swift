import CapnProtoRPC
import Certificates
import Foundation
import HanzoNode
import MeshSchema
import Primitives
import Settings
import Synchronization
import ZAP

/// A real `hanzod` in a process of its own, on a data directory of its own.
final class NodeProcess: Sendable {
    let directory: String
    let networks: [String]
    private let isTemporary: Bool
    private let child = Mutex<Child?>(nil)

    /// Founds a node; nothing runs yet.
    /// - Parameter directory: where its data go; nil: to a temporary folder that goes with this object.
    init(
        in directory: String? = nil, networks: [String] = ["main"], heartbeat: String = "10s",
        hashSuite: String = "penumbra", journalSegment: String? = nil
    ) throws {
        isTemporary = directory == nil
        let path =
            directory
            ?? FileManager.default.temporaryDirectory.appending(path: "node-\(UUID().uuidString.prefix(8))").path
        self.directory = path
        self.networks = networks
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var text = "[node]\ndata_dir = \"\(path)\"\n\n[zap_server]\nlisten = \"off\"\n\n"
        if let journalSegment { text += "[state]\njournal_segment = \"\(journalSegment)\"\n\n" }
        for name in networks {
            text +=
                "[[networks.definitions]]\nname = \"\(name)\"\nconsensus = \"poa\"\nheartbeat = \"\(heartbeat)\"\nhash_suite = \"\(hashSuite)\"\n\n"
        }
        try Data(text.utf8).write(to: URL(filePath: configurationPath))
        guard CrashShim.run(Programs.hanzod, ["init", "--config", configurationPath]) == 0 else {
            throw Disappointment("hanzod init fails in \(path)")
        }
    }

    deinit {
        child.withLock { $0 = nil }
        if isTemporary { try? FileManager.default.removeItem(atPath: directory) }
    }

    /// Founds a node and starts it.
    static func start(networks: [String] = ["main"]) async throws -> NodeProcess {
        let node = try NodeProcess(networks: networks)
        try await node.start()
        return node
    }

    var configurationPath: String { directory + "/config.toml" }
    var socketPath: String { directory + "/hanzod.sock" }
    var isRunning: Bool { child.withLock { $0?.isRunning ?? false } }
    /// What it has said on standard error since it was started last.
    var log: String { child.withLock { $0?.errors ?? "" } }
    var id: NodeID {
        get throws {
            let text = FileManager.default.contents(atPath: directory + "/node.id").map {
                String(decoding: $0, as: UTF8.self)
            }
            guard let digest = Digest(hex: (text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw Disappointment("\(directory)/node.id names no node")
            }
            return NodeID(digest)
        }
    }

    func start(environment: [String: String] = [:], arguments: [String] = []) async throws {
        let started = try launch(environment: environment, arguments: arguments)
        try await eventually(within: .seconds(60), "hanzod says that it is ready: \(started.errors)") {
            guard started.isRunning else {
                throw Disappointment("hanzod ended with \(started.status): \(started.errors)")
            }
            return started.errors.contains("ready: ")
        }
    }

    /// Starts the process without waiting for it.
    @discardableResult
    func launch(environment: [String: String] = [:], arguments: [String] = []) throws -> Child {
        let started = try Child(
            Programs.hanzod, ["start", "--config", configurationPath] + arguments, environment: environment)
        child.withLock { $0 = started }
        return started
    }

    func signal(_ number: Int32) { child.withLock { $0 }?.signal(number) }

    /// - Returns: how the process ended.
    @discardableResult
    func ended() async throws -> Int32 {
        guard let running = child.withLock({ $0 }) else { return 0 }
        return try await running.ended()
    }

    /// Drains it.
    func stop() async throws {
        signal(SIGTERM)
        let status = try await ended()
        guard status == 0 else { throw Disappointment("hanzod ended with \(status): \(log)") }
    }

    /// Kills it where it stands.
    func kill() async throws {
        signal(SIGKILL)
        try await ended()
    }

    // MARK: The owner's view

    func owner<Value>(_ body: (NodeAdmin.Client) async throws -> Value) async throws -> Value {
        let candidate = Candidate(endpoint: .unix(path: socketPath), source: "test")
        let client = try await OwnerClient.connect([candidate], tokenPath: directory + "/token")
        do {
            let value = try await body(client.admin)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    func info() async throws -> NodeInfo.Value {
        try await owner { admin in
            guard let info = try NodeAdmin.Status.Results.Value(try await admin.status().results).info else {
                throw Disappointment("no status")
            }
            return info
        }
    }

    func network(_ name: String = "main") async throws -> NetworkInfo.Value {
        guard let found = try await info().networks.first(where: { $0.name == name }) else {
            throw Disappointment("no network \(name)")
        }
        return found
    }

    func networkID(_ name: String = "main") throws -> NetworkID { try Self.networkID(name, in: directory) }

    static func networkID(_ name: String, in directory: String) throws -> NetworkID {
        guard let bytes = FileManager.default.contents(atPath: directory + "/networks/\(name).genesis") else {
            throw Disappointment("no genesis of \(name)")
        }
        return try Genesis(canonicalBytes: [UInt8](bytes)).networkID
    }

    /// The value under a key of the state; nil where there is none.
    func value(_ key: [UInt8], in network: NetworkID) async throws -> [UInt8]? {
        try await owner { try await Self.value(key, in: network, $0) }
    }

    static func value(_ key: [UInt8], in network: NetworkID, _ admin: NodeAdmin.Client) async throws -> [UInt8]? {
        let answer = try await admin.readState(NodeAdmin.ReadState.Params.Value(network: network.bytes, key: key))
        let value = try NodeAdmin.ReadState.Results.Value(answer.results)
        return value.present ? value.value : nil
    }

    /// Every key of the state below a prefix.
    func keys(_ prefix: String, in network: NetworkID) async throws -> Set<[UInt8]> {
        try await owner { admin in
            var found: Set<[UInt8]> = []
            var after: [UInt8] = []
            while true {
                let answer = try await admin.keys(
                    NodeAdmin.Keys.Params.Value(
                        network: network.bytes, prefix: Array(prefix.utf8), after: after, limit: 1_000))
                let keys = try NodeAdmin.Keys.Results.Value(answer.results).keys
                guard let last = keys.last else { return found }
                found.formUnion(keys)
                after = last
            }
        }
    }
}
