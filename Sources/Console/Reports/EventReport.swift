public import Primitives

/// One line of a stream: what a joined agent sees.
public struct EventReport: Report {
    public static let kind = "event"

    public enum Happening: Sendable {
        case joined(agent: AgentID, homeEpoch: HomeEpoch, height: Height)
        case message(Message)
        case receipt(id: String, tier: String, reason: String)
        case state(topic: String, key: String, height: Height, isFinal: Bool)
        case missed(count: UInt64)
        case disconnected(reason: String)
        case fenced(homeEpoch: HomeEpoch)
        case left
    }

    public struct Message: Sendable {
        public var id: String
        public var from: AgentID
        public var senderName: String
        /// `request`, `response`, `content`, ….
        public var type: String
        public var text: String?
        public var isRedelivered: Bool
        /// The signature algorithms that held.
        public var signatures: [String]

        public init(
            id: String, from: AgentID, senderName: String, type: String, text: String?, isRedelivered: Bool,
            signatures: [String]
        ) {
            self.id = id
            self.from = from
            self.senderName = senderName
            self.type = type
            self.text = text
            self.isRedelivered = isRedelivered
            self.signatures = signatures
        }
    }

    public var at: WallTime
    public var network: String
    public var happening: Happening

    public init(at: WallTime, network: String, _ happening: Happening) {
        self.at = at
        self.network = network
        self.happening = happening
    }

    public var identifiers: [String] {
        switch happening {
        case .message(let message): [message.id]
        case .receipt(let id, _, _): [id]
        case .state(_, let key, _, _): [key]
        default: []
        }
    }

    public var blocks: [Block] { [.line("\(at.rfc3339)  \(sentence)")] }

    private var sentence: String {
        switch happening {
        case .joined(let agent, let epoch, let height):
            "joined \(network) as \(Printable.short(agent.description)), epoch \(epoch), height \(height)"
        case .message(let message):
            "message from \(message.senderName) (\(Printable.short(message.from.description)), "
                + "\(message.signatures.joined(separator: "+"))): \(message.text ?? message.type)"
                + (message.isRedelivered ? " [redelivered]" : "")
        case .receipt(let id, let tier, let reason): "\(tier) \(id)" + (reason.isEmpty ? "" : ": \(reason)")
        case .state(let topic, let key, let height, let isFinal):
            "\(topic) \(key) at \(height)\(isFinal ? ", final" : "")"
        case .missed(let count): "\(count) events were left out: this program was too slow"
        case .disconnected(let reason): "disconnected: \(reason)"
        case .fenced(let epoch): "the same key has registered elsewhere with epoch \(epoch)"
        case .left: "left"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case at, network, event, agent, homeEpoch, height, id, from, senderName, type, text, redelivered, signatures,
            tier, reason
        case topic, key, final, count
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(at.rfc3339, forKey: .at)
        try container.encode(network, forKey: .network)
        switch happening {
        case .joined(let agent, let epoch, let height):
            try container.encode("joined", forKey: .event)
            try container.encode(agent.description, forKey: .agent)
            try container.encode(epoch.value, forKey: .homeEpoch)
            try container.encode(height.value, forKey: .height)
        case .message(let message): try encode(message, into: &container)
        case .receipt(let id, let tier, let reason):
            try container.encode("receipt", forKey: .event)
            try container.encode(id, forKey: .id)
            try container.encode(tier, forKey: .tier)
            if !reason.isEmpty { try container.encode(reason, forKey: .reason) }
        case .state(let topic, let key, let height, let isFinal):
            try container.encode("state", forKey: .event)
            try container.encode(topic, forKey: .topic)
            try container.encode(key, forKey: .key)
            try container.encode(height.value, forKey: .height)
            try container.encode(isFinal, forKey: .final)
        case .missed(let count):
            try container.encode("missed", forKey: .event)
            try container.encode(count, forKey: .count)
        case .disconnected(let reason):
            try container.encode("disconnected", forKey: .event)
            try container.encode(reason, forKey: .reason)
        case .fenced(let epoch):
            try container.encode("fenced", forKey: .event)
            try container.encode(epoch.value, forKey: .homeEpoch)
        case .left: try container.encode("left", forKey: .event)
        }
    }

    private func encode(_ message: Message, into container: inout KeyedEncodingContainer<CodingKeys>) throws {
        try container.encode("message", forKey: .event)
        try container.encode(message.id, forKey: .id)
        try container.encode(message.from.description, forKey: .from)
        try container.encode(message.senderName, forKey: .senderName)
        try container.encode(message.type, forKey: .type)
        try container.encodeIfPresent(message.text, forKey: .text)
        try container.encode(message.isRedelivered, forKey: .redelivered)
        try container.encode(message.signatures, forKey: .signatures)
    }
}
