import CapnProto
public import MeshSchema
public import Primitives

/// A message that is to be sent: what the sender decides. Number, time and signature are added when it goes.
public struct Draft: Hashable, Sendable {
    public typealias Payload = AgentMessage.Payload.Which

    public var payload: Payload
    /// Media type, where the payload is `content`.
    public var contentType: String
    /// Nil: a fresh UUID. Sending again with an id of your own never sends twice: not after a crash, where the agent has a store.
    public var id: String?
    public var `class`: MessageClass
    /// Nil: the node's default.
    public var expiresAt: WallTime?
    /// The id of the message that this one answers.
    public var replyTo: String
    /// W3C trace context.
    public var traceparent: String
    public var delegation: [Delegation.Value]
    /// Adds the ML-DSA-65 signature without being asked by the node.
    public var isPostQuantum: Bool

    /// The largest body that a node takes unless its owner has set another bound.
    public static let maxByteCount = 1 << 20

    public init(
        payload: Payload, contentType: String = "", id: String? = nil, `class`: MessageClass = .normal,
        expiresAt: WallTime? = nil, replyTo: String = "", traceparent: String = "", delegation: [Delegation.Value] = [],
        isPostQuantum: Bool = false
    ) {
        self.payload = payload
        self.contentType = contentType
        self.id = id
        self.class = `class`
        self.expiresAt = expiresAt
        self.replyTo = replyTo
        self.traceparent = traceparent
        self.delegation = delegation
        self.isPostQuantum = isPostQuantum
    }

    public init(text: String, id: String? = nil, replyTo: String = "") {
        self.init(
            payload: .content(Array(text.utf8)), contentType: "text/plain; charset=utf-8", id: id, replyTo: replyTo)
    }

    public init(content: [UInt8], type: String, id: String? = nil) {
        self.init(payload: .content(content), contentType: type, id: id)
    }

    public init(request: TaskRequest.Value, id: String? = nil) { self.init(payload: .request(request), id: id) }
    public init(response: TaskResponse.Value, replyTo: String) {
        self.init(payload: .response(response), replyTo: replyTo)
    }

    /// The body that is signed.
    func body(id: String, from: AgentID, to: AgentID, network: NetworkID, number: MailNumber, at time: WallTime)
        -> [UInt8]
    {
        AgentMessage.Value(
            id: id, from: from.bytes, to: to.bytes, timestamp: time.milliseconds,
            payload: AgentMessage.Payload.Value(which: payload), network: network.bytes, homeEpoch: number.epoch.value,
            counter: number.counter, expiresAt: expiresAt?.milliseconds ?? 0, replyTo: replyTo, class: self.class,
            traceparent: traceparent, delegation: delegation, contentType: contentType
        ).framed()
    }
}
