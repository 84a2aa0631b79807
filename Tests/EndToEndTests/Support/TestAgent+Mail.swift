import CapnProto
import CapnProtoRPC
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import Synchronization
import ZAP

// Mail.
extension TestAgent {
    /// Writes and signs a message, under the next number for its recipient.
    func write(_ text: String, to recipient: AgentID, from: AgentID? = nil, network: NetworkID? = nil) throws
        -> SignedEnvelope.Value
    {
        let (counter, epoch) = state.withLock { state in
            state.counters[recipient, default: 0] += 1
            return (state.counters[recipient] ?? 0, state.epoch)
        }
        let network = network ?? self.network
        let message = AgentMessage.Value(
            id: "\(name)-\(epoch)-\(recipient.digest.hex.prefix(8))-\(counter)", from: (from ?? id).bytes,
            to: recipient.bytes, timestamp: 1,
            payload: AgentMessage.Payload.Value(which: .content(Array(text.utf8))), network: network.bytes,
            homeEpoch: epoch,
            counter: counter, contentType: "text/plain")
        return try EnvelopeSignature.sign(
            body: message.framed(), network: network, keyID: Array((from ?? id).bytes.prefix(16)), postQuantum: false,
            with: identity)
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
        guard let receipt = try AgentSession.Send.Results.Value(answer.results).receipt else {
            throw Disappointment("no receipt")
        }
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

    nonisolated(nonsending) func take(_ mail: Mail) async throws {
        state.withLock { $0.mail.append(mail) }
        let handle = handler.withLock { $0 }
        try await handle(mail)
        try await acknowledge([mail.acknowledgement])
    }

    func fence(_ epoch: UInt64) { state.withLock { $0.fencedBy = epoch } }
}

/// The capability by which the node reaches the agent.
final class InboxServer: Inbox.Server {
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

    nonisolated(nonsending) func receipts(_ call: ServerCall<Inbox.Receipts.Params, Inbox.Receipts.Results>)
        async throws
    {}

    nonisolated(nonsending) func fenced(_ call: ServerCall<Inbox.Fenced.Params, Inbox.Fenced.Results>) async throws {
        agent.fence(call.params.homeEpoch)
    }
}
