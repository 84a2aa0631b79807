import CapnProto
import CapnProtoRPC
import Certificates
import Foundation
import Identity
import MeshCrypto
import MeshSchema
import NIOCore
import NIOPosix
import NetworkDriver
import Primitives
import Synchronization
import ZAP

/// An agent on nothing but the generated interfaces, so that a test can also do what the library never would.
final class TestAgent: Sendable {
    /// A message as the inbox got it.
    struct Mail: Sendable {
        var sender: AgentID
        var senderName: String
        var message: AgentMessage.Value
        var digest: Digest
        var isRedelivered: Bool

        var text: String {
            if case .content(let bytes) = message.payload.which { String(decoding: bytes, as: UTF8.self) } else { "" }
        }
        var acknowledgement: MailAck.Value {
            MailAck.Value(
                from: message.from, homeEpoch: message.homeEpoch, counter: message.counter, digest: digest.bytes,
                accepted: true)
        }
    }

    /// What a registration says other than the truth.
    struct Lies: Sendable {
        var node: NodeID?
        var network: NetworkID?
        var homeEpoch: UInt64?
        /// What the network is that the batch is signed for.
        var signedNetwork: NetworkID?
        var services: [Service.Value] = []
    }

    struct State {
        var connection: RPCConnection?
        var session: AgentSession.Client?
        var network = NetworkID(.zero)
        var epoch: UInt64 = 0
        var height: UInt64 = 0
        var nextNonce: UInt64 = 1
        var counters: [AgentID: UInt64] = [:]
        var mail: [Mail] = []
        var fencedBy: UInt64?
        var isDisconnected = false
    }

    static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let name: String
    let identity: SecretIdentity
    let state = Mutex(State())
    /// Handles a message; what it throws leaves the message unacknowledged.
    let handler: Mutex<@Sendable (Mail) async throws -> Void> = Mutex({ _ in })

    /// - Parameter seed: the same seed makes the same keys; nil: fresh ones.
    init(_ name: String, seed: UInt64? = nil) throws {
        self.name = name
        var random = PRNG(seed: seed ?? UInt64.random(in: 0 ... .max))
        identity = try SecretIdentity(
            kind: .agent, name: name, seeds: Secret(copying: random.bytes(SecretIdentity.seedByteCount)))
    }

    var id: AgentID { identity.agentID }
    var network: NetworkID { state.withLock { $0.network } }
    var epoch: UInt64 { state.withLock { $0.epoch } }
    var mail: [Mail] { state.withLock { $0.mail } }
    var fencedBy: UInt64? { state.withLock { $0.fencedBy } }
    var isConnected: Bool { state.withLock { $0.session != nil && !$0.isDisconnected } }
    var session: AgentSession.Client {
        get throws {
            guard let session = state.withLock({ $0.session }) else { throw Disappointment("\(name) has not joined") }
            return session
        }
    }

    func onMail(_ body: @escaping @Sendable (Mail) async throws -> Void) { handler.withLock { $0 = body } }

    // MARK: Joining

    @discardableResult
    func join(_ node: NodeProcess, network: String = "main", lies: Lies = Lies()) async throws -> Registered.Value {
        try await join(socketPath: node.socketPath, network: node.networkID(network), node: node.id, lies: lies)
    }

    @discardableResult
    func join(socketPath: String, network: NetworkID, node: NodeID, lies: Lies = Lies()) async throws
        -> Registered.Value
    {
        let connection = try await RPCConnection.connect(to: .unix(path: socketPath), on: Self.group.next())
        let hanzod = Hanzod.Client(connection.bootstrap)
        let nonce = PRNG.digest()
        let answer = try await hanzod.challenge(
            Hanzod.Challenge.Params.Value(network: network.bytes, agent: id.bytes, nonce: nonce.bytes))
        guard let challenge = try Hanzod.Challenge.Results.Value(answer.results).challenge else {
            throw Disappointment("no challenge")
        }
        let epoch = lies.homeEpoch ?? challenge.homeEpoch + 1
        state.withLock {
            $0.network = network
            $0.epoch = epoch
            $0.height = challenge.height
            $0.nextNonce = 1
            $0.counters = [:]
        }
        let registration = Registration.Value(
            bundle: identity.bundle.schemaValue, node: (lies.node ?? node).bytes, nodeNonce: challenge.nonce,
            agentNonce: nonce.bytes, homeEpoch: epoch, name: name, role: "developer")
        let batch = try sign([.register(registration)], network: lies.signedNetwork ?? network)
        do {
            return try await register(batch, hanzod, connection, services: lies.services)
        } catch {
            await connection.close()
            throw error
        }
    }

    private func register(
        _ batch: CommitBatch.Value, _ hanzod: Hanzod.Client, _ connection: RPCConnection, services: [Service.Value]
    ) async throws -> Registered.Value {
        let pending = hanzod.sendRegister { params, list in
            params.setNetwork(network.bytes)
            var target = params.initRegistration()
            batch.write(to: &target)
            if !services.isEmpty { params.setServices(services) }
            params.setInbox(Inbox.Client(serving: InboxServer(self), on: connection.loop), in: &list)
        }
        let response = try await pending.response()
        let registered = try response.value().registered
        state.withLock {
            $0.connection = connection
            $0.session = pending.session
            $0.isDisconnected = false
            $0.height = max($0.height, registered?.height ?? 0)
        }
        connection.loop.perform { connection.session.onClose { _ in self.state.withLock { $0.isDisconnected = true } } }
        guard let registered else { throw Disappointment("no registration") }
        return registered
    }

    /// Cuts the connection without a word.
    func disconnect() async {
        let connection = state.withLock { state in
            state.session = nil
            return state.connection.take()
        }
        await connection?.close()
    }

    // MARK: Commits

    /// Numbers transactions and signs them into one batch.
    func sign(_ transactions: [Transaction.Which], network: NetworkID? = nil) throws -> CommitBatch.Value {
        let leaves = state.withLock { state in
            transactions.map { transaction in
                defer { state.nextNonce += 1 }
                return CommitBatch.Leaf.Value(
                    nonce: state.epoch << 32 | state.nextNonce, expiryHeight: state.height + 50_000,
                    body: Transaction.Value(which: transaction).framed())
            }
        }
        return try CommitLeaves.sign(leaves, network: network ?? self.network, agent: id, with: identity)
    }

    func commit(_ batch: CommitBatch.Value) async throws -> [ZAP.CommitReceipt.Value] {
        let answer = try await session.commit { params in
            var target = params.initBatch()
            batch.write(to: &target)
        }
        let receipts = try AgentSession.Commit.Results.Value(answer.results).receipts
        state.withLock { $0.height = max($0.height, receipts.last?.height ?? 0) }
        return receipts
    }

    /// Commits one transaction.
    @discardableResult
    func commit(_ transaction: Transaction.Which) async throws -> ZAP.CommitReceipt.Value {
        guard let receipt = try await commit(sign([transaction])).first else { throw Disappointment("no receipt") }
        return receipt
    }

    @discardableResult
    func commit(_ text: String) async throws -> ZAP.CommitReceipt.Value {
        try await commit(.commit(AgentWork.Value(result: text, filesChanged: ["src/lib.swift"])))
    }
}

extension PRNG {
    /// 32 fresh bytes.
    static func digest() -> Digest {
        var random = PRNG(seed: UInt64.random(in: 0 ... .max))
        guard let digest = Digest(random.bytes(Digest.byteCount)) else { preconditionFailure("32 bytes") }
        return digest
    }
}
