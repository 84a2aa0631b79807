import ArgumentParser
import CapnProtoRPC
import Console
import Foundation
import HanzoNode
import Primitives
import Settings
import ZAP

/// Flags of every command that asks a running node.
struct OwnerOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var settings: NodeSettingsOptions
    @OptionGroup var output: OutputOptions

    /// Connects, asks, and closes; what goes wrong becomes the documented status.
    func ask<Value: Sendable>(_ body: @escaping @Sendable (OwnerClient) async throws -> Value) async throws -> Value {
        let settings = try settings.resolve().orComplain()
        let candidates = try candidates(settings)
        return try await within(connection.timeout.interval) {
            let client = try await Self.connect(candidates, settings)
            do {
                let value = try await body(client)
                await client.close()
                return value
            } catch let error as RPCException {
                await client.close()
                throw Complaint(error)
            }
        }
    }

    /// The same about one network: the one that was asked for, or the node's default.
    func ask<Value: Sendable>(
        _ body: @escaping @Sendable (OwnerClient, NetworkInfo.Value) async throws -> Value
    ) async throws -> Value {
        let wanted = connection.network
        return try await ask { client in try await body(client, try await client.network(wanted)) }
    }

    /// An address that somebody names is the only one; else the node of these settings.
    private func candidates(_ settings: NodeSettings) throws -> [Candidate] {
        let environment = ProcessInfo.processInfo.environment
        guard let text = connection.addr ?? environment["HANZOD_ADDR"] else {
            return [Candidate(endpoint: .unix(path: settings.server.socketPath), source: "settings")]
        }
        guard let endpoint = Endpoint(parsing: text, home: environment["HOME"]) else {
            throw Complaint(.usage, "\"\(text)\" is neither a host:port nor the path of a socket")
        }
        return [Candidate(endpoint: endpoint, source: "named")]
    }

    private static func connect(_ candidates: [Candidate], _ settings: NodeSettings) async throws -> OwnerClient {
        do throws(OwnerClient.Failure) {
            return try await OwnerClient.connect(candidates, tokenPath: settings.server.tokenPath)
        } catch {
            switch error {
            case .unreachable(let endpoints, let reason):
                let places = endpoints.map(\.description).joined(separator: ", ")
                throw Complaint(.unreachable, "no node answers at \(places): \(reason)", remedy: "start one with `hanzod start`")
            case .denied(let reason): throw Complaint(.denied, reason)
            case .refused(let reason): throw Complaint(.failed, reason)
            }
        }
    }
}

extension OwnerClient {
    func info() async throws -> (info: NodeInfo.Value, metrics: [ZAP.Metric.Value]) {
        let answer = try await admin.status()
        let status = try answer.value()
        return (status.info ?? NodeInfo.Value(), status.metrics)
    }

    /// The network that was asked for, by name or identifier, or the node's default.
    func network(_ wanted: String?) async throws -> NetworkInfo.Value {
        let info = try await info().info
        guard let wanted else {
            guard let network = info.networks.first(where: \.isDefault) ?? info.networks.first else {
                throw Complaint(.notFound, "the node has no network")
            }
            return network
        }
        guard let network = info.networks.first(where: { $0.name == wanted || Hex.encode($0.id) == wanted.lowercased() }) else {
            let names = info.networks.map(\.name).joined(separator: ", ")
            throw Complaint(.notFound, "the node has no network \(wanted); it has \(names)")
        }
        return network
    }
}

extension Complaint {
    /// What the node refused: its `code` decides the status.
    init(_ exception: RPCException) {
        let code = exception.reason.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
        let status: ExitStatus =
            switch code {
            case "notFound", "unknownNetwork", "unknownRecipient", "unknownMail", "unknownTask": .notFound
            case "notPermitted", "wrongAgent": .denied
            default: exception.kind == .disconnected ? .unreachable : .failed
            }
        self.init(status, exception.reason)
    }
}

/// Gives up after a while, as `--timeout` says.
func within<Value: Sendable>(_ limit: Interval, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: .nanoseconds(limit.nanoseconds))
            throw Complaint(.timeout, "no answer within \(limit.milliseconds) ms", remedy: "try again, or give a longer --timeout")
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
