import CapnProto
import CapnProtoRPC
import FileStore
import Foundation
import MeshCrypto
import NIOPosix
import NetworkDriver
import Primitives
public import Settings
import Storage
public import ZAP

/// A connection of the node's owner: by user over the Unix socket, by proving the token over TCP.
public final class OwnerClient: Sendable {
    public let admin: NodeAdmin.Client
    /// Where the node was reached.
    public let address: Endpoint
    private let connection: RPCConnection

    private init(_ admin: NodeAdmin.Client, _ address: Endpoint, _ connection: RPCConnection) {
        self.admin = admin
        self.address = address
        self.connection = connection
    }

    /// Why the owner doesn't get through.
    public enum Failure: Error, Sendable {
        /// Nobody answers at any of these.
        case unreachable([Endpoint], reason: String)
        /// Another node answers, or the token does not prove.
        case denied(String)
        /// The node answered with this.
        case refused(String)
    }

    /// Tries the candidates in turn.
    public static func connect(_ candidates: [Candidate], tokenPath: String) async throws(Failure) -> OwnerClient {
        var reason = "no address is known"
        for candidate in candidates {
            let connection: RPCConnection
            do throws(RPCDriverError) {
                connection = try await RPCConnection.connect(
                    to: candidate.endpoint.rpcAddress, on: MultiThreadedEventLoopGroup.singleton.next())
            } catch {
                reason = "\(error)"
                continue
            }
            return try await open(connection, candidate.endpoint, tokenPath)
        }
        throw .unreachable(candidates.map(\.endpoint), reason: reason)
    }

    private static func open(
        _ connection: RPCConnection, _ endpoint: Endpoint, _ tokenPath: String
    ) async throws(Failure) -> OwnerClient {
        let hanzod = Hanzod.Client(connection.bootstrap)
        do throws(RPCException) {
            var proof: [UInt8] = []
            if case .tcp = endpoint { proof = try await prove(hanzod, tokenPath) }
            let pending = hanzod.sendAdmin { $0.setTokenProof(proof) }
            _ = try await pending.response()
            return OwnerClient(pending.admin, endpoint, connection)
        } catch {
            await connection.close()
            if error.reason.contains("notPermitted") { throw .denied(error.reason) }
            if error.kind == .disconnected { throw .unreachable([endpoint], reason: error.reason) }
            throw .refused(error.reason)
        }
    }

    /// Both sides prove the token; a node that doesn't is not the owner's.
    private static func prove(_ hanzod: Hanzod.Client, _ tokenPath: String) async throws(RPCException) -> [UInt8] {
        let token = loadToken(tokenPath)
        guard let token else { throw .failed("notPermitted: no token can be read at \(tokenPath)") }
        let nonce = SystemEntropy.digest()
        let answer = try await hanzod.challenge(Hanzod.Challenge.Params.Value(nonce: nonce.bytes))
        guard let challenge = try? answer.value().challenge,
            let node = Digest(challenge.node), let nodeNonce = Digest(challenge.nonce)
        else { throw .failed("the node's challenge cannot be read") }
        let proof = TokenProof(nodeNonce: nodeNonce, agentNonce: nonce, node: NodeID(node), agent: AgentID(.zero))
        guard proof.isValid(challenge.tokenProof, of: .node, token: token) else {
            throw .failed("notPermitted: the node at this address does not know the token")
        }
        return proof.bytes(of: .agent, token: token)
    }

    private static func loadToken(_ path: String) -> [UInt8]? {
        guard let bytes = try? AtomicFile.read(path) else { return nil }
        return Hex.decode(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
    }

    public func close() async { await connection.close() }
}
