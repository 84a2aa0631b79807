import CapnProtoRPC
import Glibc
import MeshSchema
import NIOCore
import NetworkDriver
import Primitives
import Settings
import ZAP

/// Finds the node that an agent lives on: connects to the first candidate that answers, and asks which node and which networks
/// it has. An answer of the wrong node is never passed over for the next candidate: that would join another mesh.
struct NodeFinder: Sendable {
    let configuration: AgentConfiguration

    struct Found: Sendable {
        let connection: RPCConnection
        let hanzod: Hanzod.Client
        let candidate: Candidate
        let node: NodeID
        let network: NetworkID
        let networkName: String
        /// What both sides must prove; nil on a Unix socket, where the kernel says who is who.
        let token: [UInt8]?
    }

    func find(on eventLoop: any EventLoop) async throws(AgentError) -> Found {
        let (connection, candidate) = try await connect(on: eventLoop)
        do throws(AgentError) {
            return try await introduce(connection, candidate)
        } catch {
            await connection.close()
            throw error
        }
    }

    private func connect(on eventLoop: any EventLoop) async throws(AgentError) -> (RPCConnection, Candidate) {
        var tried: [String] = []
        var settings = RPCConfiguration()
        settings.connectTimeout = .nanoseconds(configuration.timeout.nanoseconds)
        for candidate in configuration.candidates {
            if case .unix(let path) = candidate.endpoint, access(path, F_OK) != 0, configuration.candidates.count > 1 {
                tried.append("\(path) (absent)")
                continue
            }
            do throws(RPCDriverError) {
                let connection = try await RPCConnection.connect(
                    to: candidate.endpoint.address, on: eventLoop, configuration: settings)
                return (connection, candidate)
            } catch {
                tried.append(candidate.endpoint.description)
            }
        }
        throw AgentError(
            .unreachable, "no node answers at \(tried.joined(separator: ", "))",
            remedy: "start one with `hanzod start`, or say where it is: --addr, HANZOD_ADDR or hanzod.address")
    }

    private func introduce(_ connection: RPCConnection, _ candidate: Candidate) async throws(AgentError) -> Found {
        let expected = try expectedNode(candidate)
        let hanzod = Hanzod.Client(connection.bootstrap)
        let info = try await Self.asking { () async throws(RPCException) in try await hanzod.info().value().info }
        guard let info, let digest = Digest(info.nodeId) else {
            throw AgentError(.peer, "the node doesn't say who it is")
        }
        let node = NodeID(digest)
        guard node == expected else {
            throw AgentError(
                .wrongNode, "at \(candidate.endpoint) is node \(node), not the one that is meant, \(expected)",
                remedy: "correct the address or hanzod.node_id")
        }
        let network = try choose(info.networks)
        return Found(
            connection: connection, hanzod: hanzod, candidate: candidate, node: node, network: network.id,
            networkName: network.name, token: try token(candidate))
    }

    /// The node that the agent means to reach: never taken from the connection.
    private func expectedNode(_ candidate: Candidate) throws(AgentError) -> NodeID {
        if let node = configuration.node { return node }
        guard let path = candidate.nodeIDPath ?? configuration.nodeIDPath else {
            throw AgentError(.wrongNode, "nothing says which node is meant", remedy: "set hanzod.node_id")
        }
        guard let node = try NodeFile.nodeID(path) else {
            throw AgentError(
                .wrongNode, "nothing says which node is meant: \(path) is not there",
                remedy: "copy the node's node.id there, or set hanzod.node_id")
        }
        return node
    }

    private func token(_ candidate: Candidate) throws(AgentError) -> [UInt8]? {
        guard case .tcp = candidate.endpoint else { return nil }
        guard let path = configuration.tokenPath, let token = try NodeFile.token(path) else {
            throw AgentError(
                .badToken,
                "a node over TCP wants its token proved, and \(configuration.tokenPath ?? "no file") holds none",
                remedy: "copy the node's token file and set hanzod.token_path")
        }
        return token
    }

    private func choose(_ networks: [NetworkInfo.Value]) throws(AgentError) -> (id: NetworkID, name: String) {
        let wanted = configuration.network
        let found = networks.first { info in
            guard let wanted else { return info.isDefault }
            return info.name == wanted || Hex.encode(info.id) == wanted
        }
        guard let found, let digest = Digest(found.id) else {
            let names = networks.map(\.name).joined(separator: ", ")
            throw AgentError(
                .unknownNetwork, "the node has no network \(wanted ?? "by default")", remedy: "choose one of: \(names)")
        }
        return (NetworkID(digest), found.name)
    }

    /// Asks the node, and says what went wrong in the words of this library.
    static func asking<Value>(_ body: () async throws(RPCException) -> Value) async throws(AgentError) -> Value {
        do throws(RPCException) { return try await body() } catch { throw AgentError(error) }
    }
}

extension Endpoint {
    var address: RPCAddress {
        switch self {
        case .unix(let path): .unix(path: path)
        case .tcp(let host, let port): .tcp(host: host, port: Int(port))
        }
    }
}
