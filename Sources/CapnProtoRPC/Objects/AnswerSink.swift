/// What a call ends with, as its caller sees it.
public typealias Outcome = Result<Payload, RPCException>

/// What a call ends with, as its server gives it.
typealias Reply = Result<OutgoingPayload, RPCException>

/// Where a server's answer goes: back over a connection, or to a caller in this process.
protocol AnswerSink: AnyObject, Sendable {
    var loop: any Loop { get }

    /// The first answer of a ticket counts; others are dropped. Runs on the loop.
    func answer(_ ticket: AnswerTicket, with reply: Reply)

    /// Runs `body` once, on the loop, where the caller gives up before there is an answer. Runs on the loop.
    func onCancel(_ ticket: AnswerTicket, _ body: @escaping () -> Void)

    /// Says, before there is an answer, where calls on places of its results go. Runs on the loop.
    func setPipeline(_ ticket: AnswerTicket, _ places: @escaping (Transform) -> Capability)

    /// Makes another call's results the answer, without their coming here. Runs on the loop.
    /// - Returns: false, and nothing happened, where they would come here anyway.
    func passOn(_ ticket: AnswerTicket, _ call: OutgoingCall, to target: Capability) -> Bool
}

/// Names one answer of a sink. A connection reuses identifiers, never generations.
struct AnswerTicket: Hashable, Sendable {
    var id: UInt32
    var generation: UInt64
}
