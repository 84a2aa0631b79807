import CapnProto
import CapnProtoRPC
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import NIOCore
import NIOPosix
import NetworkDriver
import Primitives
import ZAP

/// An agent that does nothing but work: commits in signed batches, messages, tasks. It lives on its loop.
///
/// Commits follow the batching rule of the mesh: what waits is signed at once where nothing of this agent is on its way, else when the
/// receipt of the batch before has come. ML-DSA signing leaves the loop; Ed25519 signatures of messages are made and checked on it.
// SAFETY: members are touched on `loop` only.
final class LoadAgent: @unchecked Sendable {
    /// What the agent reports to whoever drives it, on the loop.
    struct Observer {
        var committed: (_ count: Int, _ nanoseconds: UInt64) -> Void = { _, _ in }
        var received: (_ sender: AgentID, _ body: AgentMessage.Value) -> Void = { _, _ in }
        var failed: (_ reason: String) -> Void = { _ in }
    }

    let name: String
    let identity: SecretIdentity
    let eventLoop: any EventLoop
    private let pool: NIOThreadPool
    private(set) var network = NetworkID(.zero)
    private var epoch: UInt64 = 0
    private var height: UInt64 = 0
    private var nextNonce: UInt64 = 1
    private var session: AgentSession.Client?
    private var connection: RPCConnection?
    private var counters: [AgentID: UInt64] = [:]
    private var keys: [AgentID: VerificationKey] = [:]
    private var acknowledgements: [MailAck.Value] = []
    private var isAcknowledging = false
    /// Task transactions that go out with the next batch of commits.
    var waitingTransactions: [Transaction.Which] = []
    var observer = Observer()
    /// Commit keys of applied commits, some of them, to be proved at the end.
    private(set) var sampleKeys: [CommitKey] = []

    init(name: String, eventLoop: any EventLoop, pool: NIOThreadPool) throws {
        self.name = name
        self.eventLoop = eventLoop
        self.pool = pool
        var generator = SystemRandomNumberGenerator()
        let seeds = Secret(copying: (0..<SecretIdentity.seedByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
        identity = try SecretIdentity(kind: .agent, name: name, seeds: seeds)
    }

    var id: AgentID { identity.agentID }

    // MARK: Joining

    func join(socketPath: String) async throws {
        let connection = try await RPCConnection.connect(to: .unix(path: socketPath), on: eventLoop)
        let hanzod = Hanzod.Client(connection.bootstrap)
        let said = try await hanzod.info()
        let info = try said.value().info
        guard let info, let found = info.networks.first(where: \.isDefault), let id = Digest(found.id), let node = Digest(info.nodeId)
        else { throw ShowcaseFailure("the node says nothing of itself") }
        let nonce = PRNG.digest()
        let answer = try await hanzod.challenge(
            Hanzod.Challenge.Params.Value(network: id.bytes, agent: identity.agentID.bytes, nonce: nonce.bytes))
        guard let challenge = try answer.value().challenge else {
            throw ShowcaseFailure("the node gives no challenge")
        }
        let registration = Registration.Value(
            bundle: identity.bundle.schemaValue, node: node.bytes, nodeNonce: challenge.nonce, agentNonce: nonce.bytes,
            homeEpoch: challenge.homeEpoch + 1, name: name, role: "developer")
        try await onLoop {
            self.connection = connection
            self.network = NetworkID(id)
            self.epoch = challenge.homeEpoch + 1
            self.height = challenge.height
        }
        let leaf = try await onLoop { self.leaf(.register(registration)) }
        let batch = try CommitLeaves.sign([leaf], network: NetworkID(id), agent: identity.agentID, with: identity)
        let inbox = try await onLoop { Inbox.Client(hosting: InboxHandler(self), on: connection.loop) }
        let pending = hanzod.sendRegister { params, list in
            params.setNetwork(id.bytes)
            var target = params.initRegistration()
            batch.write(to: &target)
            params.setInbox(inbox, in: &list)
        }
        _ = try await pending.response()
        try await onLoop { self.session = pending.session }
    }

    func leave() async {
        guard let connection = try? await onLoop({ self.connection }) else { return }
        await connection.close()
    }

    /// Runs `body` on the loop.
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await eventLoop.submit(body).get()
    }

    // MARK: Commits

    private func leaf(_ transaction: Transaction.Which) -> CommitBatch.Leaf.Value {
        defer { nextNonce += 1 }
        return CommitBatch.Leaf.Value(
            nonce: epoch << 32 | nextNonce, expiryHeight: height + 50_000, body: Transaction.Value(which: transaction).framed())
    }

    /// Commits `count` pieces of work and whatever waits besides, in one batch; `done` runs on the loop with what became of them.
    func commit(_ count: Int, done: @escaping (_ began: UInt64, [ZAP.CommitReceipt.Value], [Transaction.Which]) -> Void) {
        let began = Monotonic.nanoseconds
        let extra = waitingTransactions
        waitingTransactions = []
        let works = (0..<count).map { Transaction.Which.commit(AgentWork.Value(result: "step \(nextNonce + UInt64($0))", filesChanged: ["src/\(name).swift"])) }
        let transactions = extra + works
        let leaves = transactions.map { leaf($0) }
        let (identity, network, loop) = (identity, network, eventLoop)
        let box = NIOLoopBound(done, eventLoop: eventLoop)
        pool.submit { _ in
            let signed = Result { try CommitLeaves.sign(leaves, network: network, agent: identity.agentID, with: identity) }
            loop.execute {
                switch signed {
                case .success(let batch): self.send(batch) { box.value(began, $0, transactions) }
                case .failure(let error): self.observer.failed("\(error)")
                }
            }
        }
    }

    private func send(_ batch: CommitBatch.Value, done: @escaping ([ZAP.CommitReceipt.Value]) -> Void) {
        guard let session else { return observer.failed("\(name) has no session") }
        session.capability.send(AgentSession.commit) { params, _ in
            var target = params.initBatch()
            batch.write(to: &target)
        } completion: { result in
            do {
                let answer = try result.get()
                let receipts = try answer.value().receipts
                self.height = max(self.height, receipts.last?.height ?? 0)
                if let last = receipts.last, self.sampleKeys.count < 4 {
                    self.sampleKeys.append(CommitKey(agent: self.id, nonce: last.nonce))
                }
                done(receipts)
            } catch { self.observer.failed("commit: \(error)") }
        }
    }

    // MARK: Messages

    /// Sends one message; `done` runs when the node has it at the tier.
    func send(_ text: String, to recipient: AgentID, wait: ZAP.MailTier = .accepted, done: @escaping () -> Void = {}) {
        guard let session else { return observer.failed("\(name) has no session") }
        let counter = (counters[recipient] ?? 0) + 1
        counters[recipient] = counter
        let message = AgentMessage.Value(
            id: "\(name)-\(counter)", from: id.bytes, to: recipient.bytes, timestamp: Int64(Monotonic.nanoseconds / 1_000_000),
            payload: AgentMessage.Payload.Value(which: .content(Array(text.utf8))), network: network.bytes, homeEpoch: epoch,
            counter: counter, contentType: "text/plain")
        do {
            let envelope = try EnvelopeSignature.sign(
                body: message.framed(), network: network, keyID: identity.bundle.keyID, postQuantum: false, with: identity)
            session.capability.send(AgentSession.send) { params, _ in
                params.setNetwork(network.bytes)
                var target = params.initEnvelope()
                envelope.write(to: &target)
                params.wait = wait
            } completion: { result in
                if case .failure(let error) = result { self.observer.failed("send: \(error.reason)") }
                done()
            }
        } catch { observer.failed("\(error)") }
    }

    fileprivate func take(_ call: ServerCall<Inbox.Deliver.Params, Inbox.Deliver.Results>) throws {
        let envelope = try SignedEnvelope.Value(try call.params.envelope)
        let message = try AgentMessage.Value(framed: envelope.body)
        guard let digest = Digest(message.from) else { throw ShowcaseFailure("a message without a sender") }
        let sender = AgentID(digest)
        let key = try key(of: sender, try KeyBundle.Value(try call.params.sender))
        let valid = EnvelopeSignature.validAlgorithms(
            of: envelope, network: network, from: sender, key: key, verifier: SignatureVerifier())
        guard valid.contains(.ed25519) else { throw ShowcaseFailure("a message that its sender did not sign") }
        observer.received(sender, message)
        call.reply()
        acknowledge(
            MailAck.Value(
                from: message.from, homeEpoch: message.homeEpoch, counter: message.counter, digest: sha256(envelope.body).bytes,
                accepted: true))
    }

    private func key(of sender: AgentID, _ value: KeyBundle.Value) throws -> VerificationKey {
        if let known = keys[sender] { return known }
        guard let bundle = PublicBundle(value), bundle.agentID == sender else { throw ShowcaseFailure("keys of somebody else") }
        let key = try bundle.verificationKey()
        keys[sender] = key
        return key
    }

    /// Acknowledgements that arise while one is on its way go together.
    private func acknowledge(_ ack: MailAck.Value) {
        acknowledgements.append(ack)
        guard !isAcknowledging, let session else { return }
        isAcknowledging = true
        let mail = acknowledgements
        acknowledgements = []
        session.capability.send(AgentSession.acknowledge) { params, _ in
            params.setNetwork(network.bytes)
            params.setMail(mail)
        } completion: { _ in
            self.isAcknowledging = false
            guard let next = self.acknowledgements.popLast() else { return }
            self.acknowledge(next)
        }
    }

    // MARK: Proofs

    /// The proof bundle of a commit, verified offline.
    func prove(_ key: CommitKey) async throws -> Bool {
        guard let session = try await onLoop({ self.session }) else { return false }
        let network = try await onLoop { self.network }
        let answer = try await session.readState(
            AgentSession.ReadState.Params.Value(network: network.bytes, key: key.bytes, prove: true))
        let bundle = try answer.value().bundle
        let proven = try ProofVerifier(network: network, verifier: SignatureVerifier()).verify(framed: bundle)
        return proven.value != nil && proven.key == key.bytes
    }
}

/// The capability by which the node reaches the agent.
private final class InboxHandler: Inbox.Handler {
    private let agent: LoadAgent

    init(_ agent: LoadAgent) { self.agent = agent }

    func deliver(_ call: ServerCall<Inbox.Deliver.Params, Inbox.Deliver.Results>) throws { try agent.take(call) }
    func receipts(_ call: ServerCall<Inbox.Receipts.Params, Inbox.Receipts.Results>) { call.reply() }
    func fenced(_ call: ServerCall<Inbox.Fenced.Params, Inbox.Fenced.Results>) {
        call.reply()
        agent.observer.failed("\(agent.name) was fenced")
    }
}

/// Why the showcase cannot go on.
public struct ShowcaseFailure: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
