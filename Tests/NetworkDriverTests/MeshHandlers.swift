import CapnProto
import CapnProtoRPC
import Primitives

// The servers of peer.capnp, on the loop: methods are functions.

/// What the echo does to a message, in every language of the peers.
func echoed(_ message: AgentMessage.Value) -> AgentMessage.Value {
    var message = message
    message.timestamp += 1
    message.hops -= 1
    switch message.payload.which {
    case .text(let text): message.payload.which = .text(String(text.reversed()))
    case .tags(let tags): message.payload.which = .tags(tags.reversed())
    case .vote(var vote):
        vote.yes.toggle()
        message.payload.which = .vote(vote)
    case .none, .unknown: break
    }
    return message
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
    private var cancelledCount: UInt32 = 0
    private var kept: [UInt64: IncomingCall] = [:]
    private var nextKept: UInt64 = 0

    func echo(_ call: ServerCall<Mesh.Echo.Params, Mesh.Echo.Results>) throws {
        call.reply(.init(message: echoed(try AgentMessage.Value(call.params.message))))
    }

    func getCounter(_ call: ServerCall<Mesh.GetCounter.Params, Mesh.GetCounter.Results>) {
        let counter = Counter.Client(hosting: CounterHandler(call.params.start), on: call.loop)
        call.reply { $0.setCounter(counter, in: &$1) }
    }

    func openSink(_ call: ServerCall<Mesh.OpenSink.Params, Mesh.OpenSink.Results>) {
        let sink = Sink.Client(hosting: SinkHandler(delay: .microseconds(Int64(call.params.delayMicros))), on: call.loop)
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
            AgentMessage.Value(id: "n\(index)", timestamp: Int64(index)).write(to: &params)
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
            self.cancelledCount += 1
            self.kept[number] = nil
        }
    }

    func cancelled(_ call: ServerCall<Mesh.Cancelled.Params, Mesh.Cancelled.Results>) {
        call.reply { $0.count = cancelledCount }
    }

    func bounce(_ call: ServerCall<Mesh.Bounce.Params, Mesh.Bounce.Results>) throws {
        let counter = try call.params.counter(in: call.capabilities)
        call.reply { $0.setCounter(counter, in: &$1) }
    }
}

extension AgentMessage.Value {
    func write(to params: inout Observer.Notify.Params.Builder) {
        Observer.Notify.Params.Value(message: self).write(to: &params)
    }
}
