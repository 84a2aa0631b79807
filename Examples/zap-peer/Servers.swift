import CapnProto
import CapnProtoRPC
import Primitives
import Synchronization

// The objects of peer.capnp. They live on the loop of their connection: their methods are functions, which answer at
// once or keep the call and answer later.

/// How many calls of `never` were cancelled, on all connections together.
final class Cancellations: Sendable {
    private let counter = Atomic<UInt32>(0)
    func note() { counter.add(1, ordering: .relaxed) }
    var count: UInt32 { counter.load(ordering: .relaxed) }
}

final class CounterHandler: Counter.Handler {
    private var value: UInt64

    init(_ value: UInt64) { self.value = value }

    func increment(_ call: ServerCall<Counter.Increment.Params, Counter.Increment.Results>) {
        value += UInt64(call.params.by)
        call.reply { $0.value = value }
    }

    func fork(_ call: ServerCall<Counter.Fork.Params, Counter.Fork.Results>) {
        let counter = Counter.Client(hosting: CounterHandler(value), on: call.loop)
        call.reply { $0.setCounter(counter, in: &$1) }
    }
}

final class SinkHandler: Sink.Handler {
    private var bytes: UInt64 = 0
    private var chunks: UInt64 = 0
    private let delay: Interval

    init(delay: Interval) { self.delay = delay }

    /// The calls after one that takes its time wait for it, as they do for every streaming call.
    func write(_ call: ServerCall<Sink.Write.Params, AnyStruct>) throws {
        bytes += UInt64(try call.params.chunk.count)
        chunks += 1
        guard delay > .zero else { return call.reply() }
        _ = call.loop.schedule(after: delay) { call.reply() }
    }

    func finish(_ call: ServerCall<Sink.Finish.Params, Sink.Finish.Results>) {
        call.reply(.init(bytes: bytes, chunks: chunks))
    }
}

final class MeshHandler: Mesh.Handler {
    private let cancellations: Cancellations
    /// Calls of `never`, until their callers give up.
    private var kept: [UInt64: IncomingCall] = [:]
    private var nextKept: UInt64 = 0

    init(_ cancellations: Cancellations) { self.cancellations = cancellations }

    func echo(_ call: ServerCall<Mesh.Echo.Params, Mesh.Echo.Results>) throws {
        let message = try call.params.message
        try call.reply { (results) throws(CapnProtoError) in
            var echo = results.initMessage()
            try Self.echo(message, into: &echo)
        }
    }

    func getCounter(_ call: ServerCall<Mesh.GetCounter.Params, Mesh.GetCounter.Results>) {
        let counter = Counter.Client(hosting: CounterHandler(call.params.start), on: call.loop)
        call.reply { $0.setCounter(counter, in: &$1) }
    }

    func openSink(_ call: ServerCall<Mesh.OpenSink.Params, Mesh.OpenSink.Results>) {
        let delay = Interval.microseconds(Int64(call.params.delayMicros))
        let sink = Sink.Client(hosting: SinkHandler(delay: delay), on: call.loop)
        call.reply { $0.setSink(sink, in: &$1) }
    }

    func fail(_ call: ServerCall<Mesh.Fail.Params, Mesh.Fail.Results>) throws {
        throw RPCException(.init(rawValue: call.params.kind) ?? .failed, try call.params.reason.string)
    }

    func subscribe(_ call: ServerCall<Mesh.Subscribe.Params, Mesh.Subscribe.Results>) throws {
        notify(try call.params.observer(in: call.capabilities), 0, of: call)
    }

    /// One notification after the other, each when the one before was answered.
    private func notify(
        _ observer: Observer.Client, _ index: UInt32, of call: ServerCall<Mesh.Subscribe.Params, Mesh.Subscribe.Results>
    ) {
        guard index < call.params.count else { return call.reply { $0.sent = index } }
        observer.capability.send(Observer.notify) { params, _ in
            params.setMessage(AgentMessage.Value(id: "n\(index)", timestamp: Int64(index)))
        } completion: { result in
            call.answer {
                _ = try result.get()
                self.notify(observer, index + 1, of: call)
            }
        }
    }

    func never(_ call: ServerCall<Mesh.Never.Params, Mesh.Never.Results>) {
        let number = nextKept
        nextKept += 1
        kept[number] = call.call
        call.call.onCancel {
            self.cancellations.note()
            self.kept[number] = nil
        }
    }

    func cancelled(_ call: ServerCall<Mesh.Cancelled.Params, Mesh.Cancelled.Results>) {
        call.reply { $0.count = cancellations.count }
    }

    func bounce(_ call: ServerCall<Mesh.Bounce.Params, Mesh.Bounce.Results>) throws {
        let counter = try call.params.counter(in: call.capabilities)
        call.reply { $0.setCounter(counter, in: &$1) }
    }

    /// The message one second later, one hop further, with its payload turned round.
    private static func echo(
        _ message: AgentMessage.Reader, into echo: inout AgentMessage.Builder
    ) throws(CapnProtoError) {
        echo.setId(try message.id.string)
        echo.setFrom(try message.from.bytes)
        echo.setTo(try message.to.bytes)
        echo.timestamp = message.timestamp &+ 1
        echo.hops = message.hops &- 1
        var payload = echo.payload
        switch try message.payload.which {
        case .none: payload.setNone()
        case .text(let text): payload.setText(String(String.UnicodeScalarView(try text.string.unicodeScalars.reversed())))
        case .tags(let tags):
            var values: [String] = []
            for index in (0..<tags.count).reversed() { values.append(try tags[index].string) }
            payload.setTags(values)
        case .vote(let vote):
            var turned = payload.initVote()
            turned.round = vote.round
            turned.yes = !vote.yes
        case .unknown: break
        }
    }
}
