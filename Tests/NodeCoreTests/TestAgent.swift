import CapnProto
import Certificates
import Identity
@_spi(Simulation) import MeshCrypto
import MeshSchema
import NodeCore
import Primitives

/// An agent of the tests: arbitrary keys, simulated signatures, and counters like a light agent's.
struct TestAgent {
    let name: String
    let bundle: PublicBundle
    var epoch: UInt64 = 0
    private var counters: [AgentID: UInt64] = [:]
    private var nonce: UInt64 = 0

    init(_ name: String) {
        self.name = name
        bundle = Self.bundle(name)
    }

    static func bundle(_ name: String) -> PublicBundle {
        var random = PRNG(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        guard let bundle = PublicBundle(canonicalBytes: random.bytes(PublicBundle.byteCount)) else {
            preconditionFailure("3200 bytes")
        }
        return bundle
    }

    var id: AgentID { bundle.agentID }

    static func signer(_ bundle: PublicBundle) -> SimulatedSigner {
        do { return SimulatedSigner(try bundle.verificationKey()) } catch { preconditionFailure("\(error)") }
    }
    var signer: SimulatedSigner { Self.signer(bundle) }

    // MARK: Registration

    mutating func registration(
        in network: NetworkID, _ challenge: Challenge, agentNonce: Digest, name: String? = nil, epoch: UInt64? = nil
    ) -> CommitBatch.Value {
        self.epoch = epoch ?? challenge.homeEpoch.value + 1
        nonce = 0
        counters = [:]
        let registration = Registration.Value(
            bundle: bundle.schemaValue, node: challenge.node.bytes, nodeNonce: challenge.nonce.bytes,
            agentNonce: agentNonce.bytes, homeEpoch: self.epoch, name: name ?? self.name, role: "tester",
            capabilities: Capabilities.Value(tools: ["swift"]))
        return batch(in: network, [.register(registration)])
    }

    // MARK: Commits

    mutating func leaf(_ which: Transaction.Which, expiresAt height: UInt64 = 1_000) -> CommitBatch.Leaf.Value {
        nonce += 1
        return CommitBatch.Leaf.Value(
            nonce: epoch << 32 | nonce, expiryHeight: height, body: Transaction.Value(which: which).framed())
    }

    mutating func batch(in network: NetworkID, _ transactions: [Transaction.Which]) -> CommitBatch.Value {
        sign(transactions.map { leaf($0) }, in: network)
    }

    func sign(_ leaves: [CommitBatch.Leaf.Value], in network: NetworkID) -> CommitBatch.Value {
        do { return try CommitLeaves.sign(leaves, network: network, agent: id, with: signer) } catch {
            preconditionFailure("\(error)")
        }
    }

    // MARK: Mail

    mutating func envelope(
        in network: NetworkID, to recipient: AgentID, _ text: String = "hello", counter: UInt64? = nil,
        epoch: UInt64? = nil,
        expiresAt: Int64 = 0, destination: ShortHash? = nil, postQuantum: Bool = false
    ) -> SignedEnvelope.Value {
        let number = counter ?? counters[recipient, default: 0] + 1
        if counter == nil { counters[recipient] = number }
        let message = AgentMessage.Value(
            id: "\(name)-\(epoch ?? self.epoch).\(number)", from: id.bytes, to: destination?.bytes ?? recipient.bytes,
            timestamp: 1, payload: AgentMessage.Payload.Value(which: .content(Array(text.utf8))),
            network: network.bytes,
            homeEpoch: epoch ?? self.epoch, counter: number, expiresAt: expiresAt, contentType: "text/plain")
        do {
            return try EnvelopeSignature.sign(
                body: message.framed(), network: network, keyID: bundle.keyID, postQuantum: postQuantum, with: signer)
        } catch { preconditionFailure("\(error)") }
    }
}

extension SignedEnvelope.Value {
    var digest: Digest { sha256(body) }
    var message: AgentMessage.Value {
        do { return try AgentMessage.Value(framed: body) } catch { preconditionFailure("\(error)") }
    }
    var text: String {
        guard case .content(let bytes) = message.payload.which else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
    /// Whose words these are, acknowledged.
    func acknowledgement(accepted: Bool = true, reason: String = "") -> MailAcknowledgement {
        let message = message
        guard let from = Digest(message.from) else { preconditionFailure("32 bytes") }
        return MailAcknowledgement(
            from: AgentID(from), sequence: MailSequence(epoch: HomeEpoch(message.homeEpoch), counter: message.counter),
            digest: digest, accepted: accepted, reason: reason)
    }
}
