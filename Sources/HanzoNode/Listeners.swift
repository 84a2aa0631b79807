import CapnProtoRPC
import FileStore
import Glibc
import NIOCore
import NetworkDriver
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
        let door = Door(node: node, owner: getuid(), token: token, proofTimeout: server.proofTimeout)
        let reception = Reception(shell: shell, desk: desk, door: door)
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
        guard
            let bytes = try storing(
                server.tokenPath, { () throws(StorageFailure) in try AtomicFile.read(server.tokenPath) }),
            let token = Hex.decode(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }),
            token.count == 32
        else {
            throw NodeError(
                .notFounded, "there is no token at \(server.tokenPath)",
                remedy: "run `hanzod init`, or set zap_server.listen = \"off\"")
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

/// Who comes in, and how long a peer may take to show that it may.
private struct Door {
    /// Connections whose token isn't proved yet; more are turned away.
    static let maxUnprovedCount = 64

    let node: NodeID
    let owner: UInt32
    let token: [UInt8]?
    let proofTimeout: Interval

    /// Over the Unix socket the kernel says who it is: this node's user, or root. nil for a peer that may not come in.
    func policy(for peer: RPCPeer) -> Gate.Policy? {
        if let user = peer.userID { return user == owner || user == 0 ? .trusted : nil }
        return token.map { .token($0) }
    }
}

/// Gives each connection its own bootstrap capability, on the loop.
// SAFETY: the members are touched on the node's loop only, where connections are accepted.
private final class Reception: @unchecked Sendable {
    private let shell: NodeShell
    /// nil once the node ends: what belongs to the loop must be let go while the loop runs.
    private var desk: LoopBound<FrontDesk>?
    private let door: Door
    private var nextConnection: UInt64 = 1
    private var open: [ConnectionID: Session] = [:]
    /// Closes the connection, whatever half messages have come, unless its token is proved by then.
    private var deadlines: [ConnectionID: Scheduled<Void>] = [:]

    init(shell: NodeShell, desk: LoopBound<FrontDesk>, door: Door) {
        self.shell = shell
        self.desk = desk
        self.door = door
    }

    /// - Returns: nil for a peer that may not come in.
    func receive(_ arrival: RPCArrival) -> Capability? {
        guard let desk, let policy = door.policy(for: arrival.peer) else { return turnAway(arrival) }
        let id = ConnectionID(nextConnection)
        nextConnection += 1
        let gate = Gate(node: door.node, policy: policy)
        guard gate.isAdmitted || deadlines.count < Door.maxUnprovedCount else { return turnAway(arrival) }
        let handler = HanzodHandler(shell: shell, desk: desk.value, connection: id, gate: gate)
        open[id] = arrival.session
        if !gate.isAdmitted { deadlines[id] = deadline(for: gate, id, arrival.session) }
        gate.onAdmission = { [self] in deadlines.removeValue(forKey: id)?.cancel() }
        arrival.session.onClose { [self] _ in
            open[id] = nil
            deadlines.removeValue(forKey: id)?.cancel()
            handler.disconnect()
        }
        return Hanzod.Client(hosting: handler, on: arrival.loop).capability
    }

    private func turnAway(_ arrival: RPCArrival) -> Capability? {
        shell.turnedAwayCount += 1
        arrival.channel.close(promise: nil)
        return nil
    }

    private func deadline(for gate: Gate, _ id: ConnectionID, _ session: Session) -> Scheduled<Void> {
        shell.loop.scheduleTask(in: .nanoseconds(door.proofTimeout.nanoseconds)) { [self] in
            deadlines[id] = nil
            shell.turnedAwayCount += 1
            session.close(.disconnected("the node's token was not proved within \(door.proofTimeout.settingText)"))
        }
    }

    func closeConnections() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            shell.loop.execute {
                for session in self.open.values { session.close(.disconnected("the node is shutting down")) }
                for deadline in self.deadlines.values { deadline.cancel() }
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
