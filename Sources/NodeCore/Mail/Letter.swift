import CapnProto
import Certificates
import MeshCrypto
import MeshSchema
import Primitives

/// An envelope whose body has been read: what the node needs of it, checked for shape and not yet for signatures.
struct Letter: Sendable, Hashable {
    /// How the body names its recipient.
    enum Address: Sendable, Hashable {
        case agent(AgentID)
        case destination(ShortHash)
    }

    let envelope: SignedEnvelope.Value
    let digest: Digest
    let id: String
    let network: NetworkID
    let from: AgentID
    let address: Address
    let sequence: MailSequence
    let expiresAt: WallTime
    let ed25519: SignedEnvelope.Signature.Value
    let mldsa65: SignedEnvelope.Signature.Value?
    /// The resolved recipient; until then the sender.
    var to: AgentID

    var byteCount: Int { envelope.body.count + 256 }

    /// Reads an envelope's body and sorts its signatures.
    init(_ envelope: SignedEnvelope.Value, digest: Digest, limits: NodeLimits) throws(Refusal) {
        guard envelope.body.count <= limits.maxMessageByteCount else {
            throw Refusal(
                .messageTooLarge,
                "\(envelope.body.count) bytes exceed \(limits.maxMessageByteCount); send a reference to the content")
        }
        let message = try Self.message(in: envelope)
        guard let network = Digest(message.network), let from = Digest(message.from), message.id.utf8.count <= 256
        else {
            throw Refusal(.malformedMessage, "`network` and `from` have 32 bytes, `id` at most 256")
        }
        guard message.homeEpoch > 0, message.counter > 0 else {
            throw Refusal(.wrongSequence, "`homeEpoch` and `counter` count from 1")
        }
        self.envelope = envelope
        self.digest = digest
        self.network = NetworkID(network)
        self.from = AgentID(from)
        id = message.id
        to = self.from
        address = try Self.address(message.to)
        sequence = MailSequence(epoch: HomeEpoch(message.homeEpoch), counter: message.counter)
        expiresAt = WallTime(milliseconds: max(0, message.expiresAt))
        (ed25519, mldsa65) = try Self.signatures(envelope, of: self.from)
    }

    private static func message(in envelope: SignedEnvelope.Value) throws(Refusal) -> AgentMessage.Value {
        do {
            return try AgentMessage.Value(framed: envelope.body)
        } catch {
            throw Refusal(.malformedMessage, "the envelope's body is no stream-framed AgentMessage")
        }
    }

    private static func address(_ bytes: [UInt8]) throws(Refusal) -> Address {
        if let agent = Digest(bytes) { return .agent(AgentID(agent)) }
        if let destination = ShortHash(bytes) { return .destination(destination) }
        throw Refusal(.malformedMessage, "`to` is an AgentID of 32 bytes or a destination of 16")
    }

    /// One Ed25519 signature and at most one ML-DSA-65, both of the sender's.
    private static func signatures(
        _ envelope: SignedEnvelope.Value, of sender: AgentID
    ) throws(Refusal) -> (SignedEnvelope.Signature.Value, SignedEnvelope.Signature.Value?) {
        let keyID = Array(sender.bytes.prefix(ShortHash.byteCount))
        let ed25519 = envelope.signatures.filter { $0.algorithm == .ed25519 }
        let mldsa65 = envelope.signatures.filter { $0.algorithm == .mldsa65 }
        guard envelope.signatures.allSatisfy({ $0.keyId == keyID }), mldsa65.count <= 1, ed25519.count <= 1,
            envelope.signatures.count == ed25519.count + mldsa65.count
        else {
            throw Refusal(
                .malformedEnvelope, "an envelope carries at most one signature of each algorithm, by its sender's keys")
        }
        guard let first = ed25519.first else { throw Refusal(.signatureRequired, "sign the envelope with Ed25519") }
        return (first, mldsa65.first)
    }

    /// What one of its signatures covers; nil where its batch path leads nowhere.
    func message(of signature: SignedEnvelope.Signature.Value) -> SignedMessage? {
        EnvelopeSignature.message(of: signature, network: network, from: from, body: envelope.body)
    }
}
