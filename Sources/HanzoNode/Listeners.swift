import CapnProtoRPC
import FileStore
import Glibc
import NetworkDriver
import NIOCore
import NodeCore
import Primitives
import Settings
import Storage
import ZAP

/// The doors of a node: a Unix socket for this user's agents, TCP where the settings ask for it.
final class Listeners: Sendable {
    private let unix: RPCListener
    private let tcp: RPCListener?
    private let reception: Reception

    private init(unix: RPCListener, tcp: RPCListener?, reception: Reception) {
        self.unix = unix
        self.tcp = tcp
        self.reception = reception
    }

    var tcpPort: Int? {
        guard case .tcp(_, let port) = tcp?.address else { return nil }
        return port
    }

    static func open(
        _ server: NodeSettings.Server, node: NodeID, shell: NodeShell, group: any EventLoopGroup
    ) async throws(NodeError) -> Listeners {
        let desk = await shell.makeDesk()
        let token = try loadToken(server)
        let reception = Reception(shell: shell, desk: desk, node: node, owner: getuid(), token: token)
        let unix = try await listen(.unix(path: server.socketPath), reception, shell.loop)
        var tcp: RPCListener?
        if let endpoint = server.listen {
            do throws(NodeError) { tcp = try await listen(endpoint.rpcAddress, reception, shell.loop) } catch {
                await unix.close()
                throw error
            }
        }
        try storing(server.nodeIDPath) { () throws(StorageFailure) in
            try AtomicFile.write(Array("\(node)\n".utf8), to: server.nodeIDPath, mode: 0o644)
        }
        return Listeners(unix: unix, tcp: tcp, reception: reception)
    }

    private static func listen(
        _ address: RPCAddress, _ reception: Reception, _ loop: any EventLoop
    ) async throws(NodeError) -> RPCListener {
        do throws(RPCDriverError) {
            return try await RPCListener.listen(at: address, on: loop) { reception.receive($0) }
        } catch { throw NodeError(error.code == .addressInUse ? .inUse : .network, "\(error)") }
    }

    private static func loadToken(_ server: NodeSettings.Server) throws(NodeError) -> [UInt8]? {
        guard server.listen != nil else { return nil }
        guard let bytes = try storing(server.tokenPath, { () throws(StorageFailure) in try AtomicFile.read(server.tokenPath) }),
            let token = Hex.decode(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }), token.count == 32
        else {
            throw NodeError(.notFounded, "there is no token at \(server.tokenPath)", remedy: "run `hanzod init`, or set zap_server.listen = \"off\"")
        }
        return token
    }

    func stopAccepting() async {
        await unix.close()
        await tcp?.close()
    }

    func closeConnections() async {
        await reception.closeConnections()
    }
}

/// Gives each connection its own bootstrap capability, on the loop.
// SAFETY: the counter is touched on the node's loop only, where connections are accepted.
private final class Reception: @unchecked Sendable {
    private let shell: NodeShell
    /// nil once the node ends: what belongs to the loop must be let go while the loop runs.
    private var desk: LoopBound<FrontDesk>?
    private let node: NodeID
    private let owner: UInt32
    private let token: [UInt8]?
    private var nextConnection: UInt64 = 1
    private var open: [ConnectionID: Session] = [:]

    init(shell: NodeShell, desk: LoopBound<FrontDesk>, node: NodeID, owner: UInt32, token: [UInt8]?) {
        self.shell = shell
        self.desk = desk
        self.node = node
        self.owner = owner
        self.token = token
    }

    /// - Returns: nil for a peer that may not come in.
    func receive(_ arrival: RPCArrival) -> Capability? {
        guard let desk, let policy = policy(for: arrival.peer) else {
            arrival.channel.close(promise: nil)
            return nil
        }
        let id = ConnectionID(nextConnection)
        nextConnection += 1
        let handler = HanzodHandler(
            shell: shell, desk: desk.value, connection: id, gate: Gate(node: node, policy: policy))
        open[id] = arrival.session
        arrival.session.onClose { [self] _ in
            open[id] = nil
            handler.disconnect()
        }
        return Hanzod.Client(hosting: handler, on: arrival.loop).capability
    }

    /// Over the Unix socket the kernel says who it is: this node's user, or root.
    private func policy(for peer: RPCPeer) -> Gate.Policy? {
        if let user = peer.userID { return user == owner || user == 0 ? .trusted : nil }
        return token.map { .token($0) }
    }

    func closeConnections() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            shell.loop.execute {
                for session in self.open.values { session.close(.disconnected("the node is shutting down")) }
                self.desk = nil
                self.shell.desk = nil
                continuation.resume()
            }
        }
    }
}

extension Endpoint {
    var rpcAddress: RPCAddress {
        switch self {
        case .unix(let path): .unix(path: path)
        case .tcp(let host, let port): .tcp(host: host, port: Int(port))
        }
    }
}

extension NodeShell {
    /// The desk is made on the loop and stays there.
    fileprivate func makeDesk() async -> LoopBound<FrontDesk> {
        await withCheckedContinuation { continuation in
            loop.execute {
                let desk = FrontDesk(shell: self)
                self.desk = desk
                continuation.resume(returning: LoopBound(desk, on: LoopTaskExecutor(self.loop)))
            }
        }
    }
}
