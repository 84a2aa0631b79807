import CapnProto
import CapnProtoRPC
import Synchronization

// The servers of peer.capnp with methods that suspend.

actor CounterServer: Counter.Server {
    private var value: UInt64

    init(_ value: UInt64) { self.value = value }

    func increment(_ call: ServerCall<Counter.Increment.Params, Counter.Increment.Results>) async {
        value += UInt64(call.params.by)
        call.reply { $0.value = value }
    }

    func fork(_ call: ServerCall<Counter.Fork.Params, Counter.Fork.Results>) async {
        let counter = Counter.Client(serving: CounterServer(value), on: call.loop)
        call.reply { $0.setCounter(counter, in: &$1) }
    }
}

actor SinkServer: Sink.Server {
    private var bytes: UInt64 = 0
    private var chunks: UInt64 = 0
    private let delay: Duration

    init(delay: Duration) { self.delay = delay }

    func write(_ call: ServerCall<Sink.Write.Params, AnyStruct>) async throws {
        if delay > .zero { try await Task.sleep(for: delay) }
        bytes += UInt64(try call.params.chunk.count)
        chunks += 1
    }

    func finish(_ call: ServerCall<Sink.Finish.Params, Sink.Finish.Results>) async {
        call.reply(.init(bytes: bytes, chunks: chunks))
    }
}

final class MeshServer: Mesh.Server {
    private let cancelledCount = Mutex<UInt32>(0)

    func echo(_ call: ServerCall<Mesh.Echo.Params, Mesh.Echo.Results>) async throws {
        call.reply(.init(message: echoed(try AgentMessage.Value(call.params.message))))
    }

    func getCounter(_ call: ServerCall<Mesh.GetCounter.Params, Mesh.GetCounter.Results>) async {
        let counter = Counter.Client(serving: CounterServer(call.params.start), on: call.loop)
        call.reply { $0.setCounter(counter, in: &$1) }
    }

    func openSink(_ call: ServerCall<Mesh.OpenSink.Params, Mesh.OpenSink.Results>) async {
        let delay = Duration.microseconds(Int(call.params.delayMicros))
        let sink = Sink.Client(serving: SinkServer(delay: delay), on: call.loop)
        call.reply { $0.setSink(sink, in: &$1) }
    }

    func fail(_ call: ServerCall<Mesh.Fail.Params, Mesh.Fail.Results>) async throws {
        throw RPCException(.init(rawValue: call.params.kind) ?? .failed, try call.params.reason.string)
    }

    func subscribe(_ call: ServerCall<Mesh.Subscribe.Params, Mesh.Subscribe.Results>) async throws {
        let observer = try call.params.observer(in: call.capabilities)
        for index in 0..<call.params.count {
            _ = try await observer.notify(.init(message: .init(id: "n\(index)", timestamp: Int64(index))))
        }
        call.reply { $0.sent = call.params.count }
    }

    func never(_ call: ServerCall<Mesh.Never.Params, Mesh.Never.Results>) async throws {
        do {
            try await Task.sleep(for: .seconds(3_600))
        } catch {
            cancelledCount.withLock { $0 += 1 }
            throw error
        }
    }

    func cancelled(_ call: ServerCall<Mesh.Cancelled.Params, Mesh.Cancelled.Results>) async {
        call.reply { $0.count = cancelledCount.withLock { $0 } }
    }

    func bounce(_ call: ServerCall<Mesh.Bounce.Params, Mesh.Bounce.Results>) async throws {
        let counter = try call.params.counter(in: call.capabilities)
        call.reply { $0.setCounter(counter, in: &$1) }
    }
}

/// Counts what it is told.
final class ObserverServer: Observer.Server {
    private let heard = Mutex<[String]>([])

    var ids: [String] { heard.withLock { $0 } }

    func notify(_ call: ServerCall<Observer.Notify.Params, Observer.Notify.Results>) async throws {
        let id = try call.params.message.id.string
        heard.withLock { $0.append(id) }
    }
}
