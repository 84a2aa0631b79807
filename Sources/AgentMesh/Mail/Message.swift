import Certificates
public import MeshSchema
public import Primitives

/// A message that has arrived and whose signature holds: whoever `from` names has written exactly this.
public struct Message: Hashable, Sendable {
    /// Everything that its sender signed.
    public var body: AgentMessage.Value
    public var from: AgentID
    /// What the network calls the sender; for people.
    public var senderName: String
    /// What the network has recorded as the sender's role; nil where nobody has asked yet.
    public var senderRole: String?
    public var number: MailNumber
    /// SHA-256 of the signed bytes.
    public var digest: Digest
    /// The signature algorithms that hold. Ed25519 always does.
    public var verified: Set<SignedEnvelope.Algorithm>
    /// The handler may have been called with it before.
    public var isRedelivered: Bool

    public var id: String { body.id }
    public var payload: AgentMessage.Payload.Which { body.payload.which }
    public var `class`: MessageClass { body.class }
    public var sentAt: WallTime { WallTime(milliseconds: body.timestamp) }
    public var replyTo: String? { body.replyTo.isEmpty ? nil : body.replyTo }

    /// The content as text; nil where there is another payload, or it is no UTF-8.
    public var text: String? {
        guard case .content(let bytes) = payload else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// `content`, `request`, `response`, ….
    public var kind: String {
        switch payload {
        case .request: "request"
        case .response: "response"
        case .gossip: "gossip"
        case .vote: "vote"
        case .proposal: "proposal"
        case .payment: "payment"
        case .receipt: "receipt"
        case .content: "content"
        case .unknown(let tag): "unknown(\(tag))"
        }
    }

    /// The algorithms that hold, in words and in a fixed order.
    public var verifiedNames: [String] {
        [(SignedEnvelope.Algorithm.ed25519, "ed25519"), (.mldsa65, "mldsa65")].compactMap {
            verified.contains($0.0) ? $0.1 : nil
        }
    }

    /// One line to put before the text that a model is shown, so that it knows whose word it is. What peers chose is quoted and
    /// cannot break out of the line.
    public var header: String {
        var parts = ["from \(Self.quoted(senderName)) (\(from.description.prefix(16)))"]
        if let senderRole { parts.append("role \(Self.quoted(senderRole))") }
        for link in body.delegation {
            parts.append(
                "on behalf of \(Hex.encode(link.principal.prefix(8))) as \(Self.quoted(link.role)), unverified")
        }
        parts.append("verified \(verifiedNames.joined(separator: "+"))")
        if isRedelivered { parts.append("redelivered") }
        return "[message \(parts.joined(separator: ", "))]"
    }

    /// Text of a peer, made harmless: at most 64 characters, none of them a control character, quote or bracket.
    static func quoted(_ text: String) -> String {
        let kept = text.unicodeScalars.prefix(64).map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: "?"
            default: "\"[]".unicodeScalars.contains(scalar) ? "?" : Character(scalar)
            }
        }
        return "\"\(String(kept))\""
    }
}

/// Why a message that arrived is not handed to anybody.
enum MessageFault: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed
    case otherNetwork
    case otherRecipient
    case unknownSender
    case wrongSenderKeys
    case badSignature

    var description: String {
        switch self {
        case .malformed: "the envelope's body is no message"
        case .otherNetwork: "the message is of another network"
        case .otherRecipient: "the message is for another agent"
        case .unknownSender: "the sender's keys are missing"
        case .wrongSenderKeys: "the sender's keys are not those that its id names"
        case .badSignature: "the sender's Ed25519 signature does not hold"
        }
    }
}
