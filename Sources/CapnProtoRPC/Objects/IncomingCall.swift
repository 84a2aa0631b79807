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
    private let isOfStream = Atomic(false)
    private let line = Mutex(Line())

    /// What a call of a stream means to those behind it.
    private struct Line {
        /// Whose later calls wait for this one.
        var object: HostedObject?
        var failure: RPCException?
    }

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

    /// Says, before there is an answer, what the places of its results will hold: calls that the caller has sent on
    /// them, or will send, need not wait for the answer. Only the first time counts, and the answer is to hold the same.
    /// - Precondition: the caller is on `loop`.
    public func setPipeline(_ places: @escaping (_ place: [UInt16]) -> Capability) {
        sink.setPipeline(ticket, places)
    }

    /// Answers with the results of another call. Where its target is an object of the caller's vat, they never come
    /// here.
    public func answer(with call: OutgoingCall, on target: Capability) {
        guard loop.isCurrent else {
            loop.enqueue { self.answer(with: call, on: target) }
            return
        }
        guard !isAnswered.load(ordering: .relaxed) else { return }
        if sink.passOn(ticket, call, to: target) {
            isAnswered.store(true, ordering: .releasing)
            return leaveLine(nil)
        }
        let pending = target.send(call) { outcome in self.reply(copying: outcome) }
        onCancel { pending.cancel() }
        setPipeline { place in pending.capability(at: place) }
    }

    /// Whether it was answered.
    var hasAnswer: Bool { isAnswered.load(ordering: .acquiring) }

    private func answer(_ reply: Reply) {
        guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Self.pass(reply, of: ticket, to: sink)
        leaveLine(reply)
    }

    private func leaveLine(_ reply: Reply?) {
        guard isStreaming else { return }
        let (object, failure) = line.withLock { line in
            if case .failure(let exception) = reply { line.failure = exception }
            return (line.object.take(), line.failure)
        }
        object?.goOn(failure)
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
        leaveLine(.failure(.abandoned))
        let (sink, ticket) = (sink, ticket)
        sink.loop.enqueue { sink.answer(ticket, with: .failure(.abandoned)) }
    }
}

// Calls of a stream. An object's later calls wait until they are answered, and fail where one of them has failed: so a
// sender need not wait for each answer, and still knows at the end that all went well.
extension IncomingCall {
    /// Whether the method is one of those that return `stream`.
    var isStreaming: Bool { isOfStream.load(ordering: .relaxed) }

    /// Says that the method is one of those that return `stream`. What `ServerCall` does.
    func beginStreaming() { isOfStream.store(true, ordering: .relaxed) }

    /// How a call of a stream failed; nil where it did not, or not yet.
    var streamFailure: RPCException? { isStreaming ? line.withLock { $0.failure } : nil }

    /// Remembers the object whose later calls wait.
    /// - Returns: false where none need wait: this call was answered by now.
    func holdBack(_ object: HostedObject) -> Bool {
        line.withLock { line in
            guard !hasAnswer else { return false }
            line.object = object
            return true
        }
    }
}
