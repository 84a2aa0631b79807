import CapnProto
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives

/// Checks who wrote a message, believing nothing that the node says about it: the keys are those whose digest is the sender's
/// AgentID. Keys are parsed once per sender, because parsing costs as much as a third of a verification.
struct MessageVerifier<SignatureVerifier: Verifier>: Sendable {
    let network: NetworkID
    let me: PublicBundle
    let verifier: SignatureVerifier
    private var keys: [AgentID: VerificationKey] = [:]

    static var maxKeyCount: Int { 1_024 }

    init(network: NetworkID, me: PublicBundle, verifier: SignatureVerifier) {
        self.network = network
        self.me = me
        self.verifier = verifier
    }

    mutating func open(
        _ envelope: SignedEnvelope.Value, sender: KeyBundle.Value?, senderName: String, isRedelivered: Bool
    ) throws(MessageFault) -> Message {
        let body: AgentMessage.Value
        do { body = try AgentMessage.Value(framed: envelope.body) } catch { throw .malformed }
        guard body.network == network.bytes else { throw .otherNetwork }
        guard body.to == me.agentID.bytes || body.to == me.destination(.agent).bytes else { throw .otherRecipient }
        guard let digest = Digest(body.from), body.homeEpoch > 0, body.counter > 0 else { throw .malformed }
        let from = AgentID(digest)
        let key = try key(of: from, sender)
        let verified = EnvelopeSignature.validAlgorithms(
            of: envelope, network: network, from: from, key: key, verifier: verifier)
        guard verified.contains(.ed25519) else { throw .badSignature }
        return Message(
            body: body, from: from, senderName: senderName,
            number: MailNumber(epoch: HomeEpoch(body.homeEpoch), counter: body.counter), digest: sha256(envelope.body),
            verified: verified, isRedelivered: isRedelivered)
    }

    private mutating func key(of agent: AgentID, _ sender: KeyBundle.Value?) throws(MessageFault) -> VerificationKey {
        if let key = keys[agent] { return key }
        guard let bundle = sender.flatMap(PublicBundle.init) else { throw .unknownSender }
        guard bundle.agentID == agent else { throw .wrongSenderKeys }
        let key: VerificationKey
        do { key = try bundle.verificationKey() } catch { throw .wrongSenderKeys }
        if keys.count >= Self.maxKeyCount { keys.removeAll(keepingCapacity: true) }
        keys[agent] = key
        return key
    }
}
