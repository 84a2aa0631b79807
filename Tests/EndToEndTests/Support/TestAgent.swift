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
                from: message.from, homeEpoch: message.homeEpoch, counter: message.counter, digest: digest.bytes, accepted: true)
        }
    }

    /// What a registration says other than the truth.
    struct Lies: Sendable {
        var node: NodeID?
        var network: NetworkID?
        var homeEpoch: UInt64?
        /// What the network is that the batch is signed for.
        var signedNetwork: NetworkID?
    }

    private struct State {
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
    private let state = Mutex(State())
    /// Handles a message; what it throws leaves the message unacknowledged.
    private let handler: Mutex<@Sendable (Mail) async throws -> Void> = Mutex({ _ in })

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
    func join(socketPath: String, network: NetworkID, node: NodeID, lies: Lies = Lies()) async throws -> Registered.Value {
        let connection = try await RPCConnection.connect(to: .unix(path: socketPath), on: Self.group.next())
        let hanzod = Hanzod.Client(connection.bootstrap)
        let nonce = PRNG.digest()
        let answer = try await hanzod.challenge(
            Hanzod.Challenge.Params.Value(network: network.bytes, agent: id.bytes, nonce: nonce.bytes))
        guard let challenge = try Hanzod.Challenge.Results.Value(answer.results).challenge else { throw Disappointment("no challenge") }
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
            return try await register(batch, hanzod, connection)
        } catch {
            await connection.close()
            throw error
        }
    }

    private func register(
        _ batch: CommitBatch.Value, _ hanzod: Hanzod.Client, _ connection: RPCConnection
    ) async throws -> Registered.Value {
        let pending = hanzod.sendRegister { params, list in
            params.setNetwork(network.bytes)
            var target = params.initRegistration()
            batch.write(to: &target)
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

    // MARK: Mail

    /// Writes and signs a message, under the next number for its recipient.
    func write(_ text: String, to recipient: AgentID, from: AgentID? = nil, network: NetworkID? = nil) throws -> SignedEnvelope.Value {
        let (counter, epoch) = state.withLock { state in
            state.counters[recipient, default: 0] += 1
            return (state.counters[recipient] ?? 0, state.epoch)
        }
        let network = network ?? self.network
        let message = AgentMessage.Value(
            id: "\(name)-\(epoch)-\(recipient.digest.hex.prefix(8))-\(counter)", from: (from ?? id).bytes, to: recipient.bytes, timestamp: 1,
            payload: AgentMessage.Payload.Value(which: .content(Array(text.utf8))), network: network.bytes, homeEpoch: epoch,
            counter: counter, contentType: "text/plain")
        return try EnvelopeSignature.sign(
            body: message.framed(), network: network, keyID: Array((from ?? id).bytes.prefix(16)), postQuantum: false, with: identity)
    }

    @discardableResult
    func send(_ envelope: SignedEnvelope.Value, wait: ZAP.MailTier = .stored) async throws -> ZAP.MailReceipt.Value {
        let network = network
        let answer = try await session.send { params in
            params.setNetwork(network.bytes)
            var target = params.initEnvelope()
            envelope.write(to: &target)
            params.wait = wait
        }
        guard let receipt = try AgentSession.Send.Results.Value(answer.results).receipt else { throw Disappointment("no receipt") }
        return receipt
    }

    @discardableResult
    func send(_ text: String, to recipient: AgentID) async throws -> ZAP.MailReceipt.Value {
        try await send(write(text, to: recipient))
    }

    func acknowledge(_ mail: [MailAck.Value]) async throws {
        let network = network
        _ = try await session.acknowledge { params in
            params.setNetwork(network.bytes)
            params.setMail(mail)
        }
    }

    /// Waits for the next message that `isWanted`.
    func receive(_ isWanted: @Sendable (Mail) -> Bool = { _ in true }) async throws -> Mail {
        try await eventually("\(name) gets a message") { mail.contains(where: isWanted) }
        guard let found = mail.first(where: isWanted) else { throw Disappointment("no message") }
        return found
    }

    fileprivate nonisolated(nonsending) func take(_ mail: Mail) async throws {
        state.withLock { $0.mail.append(mail) }
        let handle = handler.withLock { $0 }
        try await handle(mail)
        try await acknowledge([mail.acknowledgement])
    }

    fileprivate func fence(_ epoch: UInt64) { state.withLock { $0.fencedBy = epoch } }
}

/// The capability by which the node reaches the agent.
private final class InboxServer: Inbox.Server {
    private let agent: TestAgent

    init(_ agent: TestAgent) { self.agent = agent }

    nonisolated(nonsending) func deliver(_ call: ServerCall<Inbox.Deliver.Params, Inbox.Deliver.Results>) async throws {
        let params = try Inbox.Deliver.Params.Value(call.params)
        guard let envelope = params.envelope, let bundle = params.sender.flatMap({ PublicBundle($0) }) else {
            throw Disappointment("a delivery without envelope or sender")
        }
        let message = try AgentMessage.Value(framed: envelope.body)
        let valid = EnvelopeSignature.validAlgorithms(
            of: envelope, network: agent.network, from: bundle.agentID, key: try bundle.verificationKey(),
            verifier: SignatureVerifier())
        guard valid.contains(.ed25519), message.from == bundle.agentID.bytes else {
            throw Disappointment("a message that its sender did not sign")
        }
        call.reply()
        try await agent.take(
            TestAgent.Mail(
                sender: bundle.agentID, senderName: params.senderName, message: message, digest: sha256(envelope.body),
                isRedelivered: params.redelivered))
    }

    nonisolated(nonsending) func receipts(_ call: ServerCall<Inbox.Receipts.Params, Inbox.Receipts.Results>) async throws {}

    nonisolated(nonsending) func fenced(_ call: ServerCall<Inbox.Fenced.Params, Inbox.Fenced.Results>) async throws {
        agent.fence(call.params.homeEpoch)
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
