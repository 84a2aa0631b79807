import CapnProto
import Synchronization

/// A call as its server receives it. It may be answered now or later, from any thread; a call that is dropped
/// unanswered fails.
///
/// The parameters stay readable for as long as somebody holds the call.
public final class IncomingCall: Sendable {
    public let interfaceID: UInt64
    public let methodID: UInt16
    public let params: Payload
    private let sink: any AnswerSink
    private let ticket: AnswerTicket
    private let isAnswered = Atomic(false)

    init(interfaceID: UInt64, methodID: UInt16, params: Payload, sink: any AnswerSink, ticket: AnswerTicket) {
        self.interfaceID = interfaceID
        self.methodID = methodID
        self.params = params
        self.sink = sink
        self.ticket = ticket
    }

    convenience init(_ call: OutgoingCall, answeredTo answer: LocalAnswer) {
        self.init(
            interfaceID: call.interfaceID, methodID: call.methodID, params: call.params.sealed(), sink: answer,
            ticket: AnswerTicket(id: 0, generation: 0))
    }

    /// The loop of the connection that brought the call: where capabilities of an answer are best hosted.
    public var loop: any Loop { sink.loop }

    /// Answers with results. The first answer counts.
    public func reply(with results: OutgoingPayload) {
        answer(.success(results))
    }

    /// Answers with a failure. An `RPCException` reaches the caller as it is; of any other error it learns nothing.
    public func fail(_ error: any Error) {
        answer(.failure(RPCException(telling: error)))
    }

    /// Runs a server's method; what it throws becomes the answer. What generated dispatch calls.
    public func answer(_ body: () throws -> Void) {
        do throws(any Error) {
            try body()
        } catch {
            fail(error)
        }
    }

    /// What a server answers to a method that it does not have.
    public var unknownMethod: RPCException {
        .unimplemented("no method \(methodID) of interface @0x\(String(interfaceID, radix: 16))")
    }

    /// Answers with what a call elsewhere ended with.
    func reply(copying outcome: Outcome) {
        switch outcome {
        case .failure(let exception): fail(exception)
        case .success(let results):
            do throws(CapnProtoError) {
                reply(with: try OutgoingPayload(copying: results, as: .results))
            } catch {
                fail(RPCException.failed("the results cannot be passed on: \(error)"))
            }
        }
    }

    /// Answers with default results where there is no answer yet.
    func end() {
        guard !isAnswered.load(ordering: .relaxed) else { return }
        reply(with: .emptyResults())
    }

    /// Runs `body` once where the caller gives up before there is an answer.
    /// - Precondition: the caller is on `loop`.
    public func onCancel(_ body: @escaping () -> Void) {
        sink.onCancel(ticket, body)
    }

    private func answer(_ reply: Reply) {
        guard !isAnswered.exchange(true, ordering: .relaxed) else { return }
        Self.pass(reply, of: ticket, to: sink)
    }

    private static func pass(_ reply: Reply, of ticket: AnswerTicket, to sink: any AnswerSink) {
        if sink.loop.isCurrent {
            sink.answer(ticket, with: reply)
        } else {
            sink.loop.enqueue { sink.answer(ticket, with: reply) }
        }
    }

    deinit {
        guard !isAnswered.load(ordering: .relaxed) else { return }
        let (sink, ticket) = (sink, ticket)
        sink.loop.enqueue { sink.answer(ticket, with: .failure(.abandoned)) }
    }
}
