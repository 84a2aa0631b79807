import CapnProto
import Testing

@testable import CapnProtoRPC

/// What a client says to a `Mesh`, whoever made that: Swift, pycapnp or C++.
struct Conversation {
    let mesh: Mesh.Client
    let loop: any Loop
    /// Whether the server's implementation passes on the kinds of exceptions.
    var sendsKinds = true

    func run() async throws {
        try await echo()
        try await counter()
        try await pipelining()
        try await order()
        try await streaming()
        try await slowStream()
        try await longStream()
        try await failures()
        try await callback()
        try await cancellation()
        try await bounce()
        try await bounces()
        try await unknownMethod()
    }

    private func echo() async throws {
        let payloads: [AgentMessage.Payload.Which] = [
            .none, .text("gnirts"), .tags(["a", "b", "c"]), .vote(.init(round: 1 << 60, yes: false)),
        ]
        for payload in payloads {
            let message = AgentMessage.Value(
                id: "0123456789abcdef", from: [1, 2, 3], to: Array(repeating: 9, count: 16), timestamp: -5,
                payload: .init(which: payload), hops: 3)
            let response = try await mesh.echo(.init(message: message))
            #expect(try response.value().message == echoed(message))
        }
        let large = AgentMessage.Value(payload: .init(which: .text(String(repeating: "x", count: 300_000))))
        let response = try await mesh.echo(.init(message: large))
        #expect(try response.value().message == echoed(large))
    }

    private func counter() async throws {
        let response = try await mesh.getCounter { $0.start = 40 }
        let counter = try response.results.counter(in: response.capabilities)
        let first = try await counter.increment { $0.by = 2 }
        let second = try await counter.increment()
        #expect(first.results.value == 42 && second.results.value == 43)
    }

    private func pipelining() async throws {
        let counter = mesh.sendGetCounter { $0.start = 10 }.counter
        let forked = counter.sendFork().counter
        let other = counter.sendIncrement { $0.by = 100 }
        let response = try await forked.increment { $0.by = 5 }
        #expect(response.results.value == 15)
        let otherResponse = try await other.response()
        #expect(otherResponse.results.value == 110)
    }

    /// Calls on one reference are done in the order in which they were made, also while it is not known yet.
    private func order() async throws {
        let forked = mesh.sendGetCounter { $0.start = 1_000 }.counter.sendFork().counter.sendFork().counter
        var calls = (1...60).map { by in forked.sendIncrement { $0.by = UInt32(by) } }
        _ = try await calls[30].response()
        calls += (61...120).map { by in forked.sendIncrement { $0.by = UInt32(by) } }
        var sum: UInt64 = 1_000
        for (index, call) in calls.enumerated() {
            sum += UInt64(index + 1)
            let response = try await call.response()
            #expect(response.results.value == sum)
        }
    }

    private func streaming() async throws {
        let sink = mesh.sendOpenSink { $0.delayMicros = 0 }.sink
        let chunk = Array(repeating: 7 as UInt8, count: 9_000)
        for _ in 0..<60 { try await sink.write(.init(chunk: chunk)) }
        let response = try await sink.finish()
        #expect(response.results.bytes == 540_000 && response.results.chunks == 60)
    }

    /// A server that takes its time with each chunk has had all of them when it answers the end.
    private func slowStream() async throws {
        let sink = mesh.sendOpenSink { $0.delayMicros = 500 }.sink
        for _ in 0..<40 { try await sink.write(.init(chunk: [1, 2, 3])) }
        let response = try await sink.finish()
        #expect(response.results.bytes == 120 && response.results.chunks == 40)
    }

    /// What is on its way stays within the window, however long the stream.
    private func longStream() async throws {
        let sink = mesh.sendOpenSink { $0.delayMicros = 0 }.sink
        let chunk = [UInt8](repeating: 3, count: 1_000)
        var most = 0
        for _ in 0..<10_000 {
            try await sink.write { $0.setChunk(chunk) }
            most = max(most, sink.capability.streamByteCount)
        }
        let response = try await sink.finish()
        #expect(response.results.bytes == 10_000_000 && response.results.chunks == 10_000)
        #expect(most <= ConnectionConfiguration().maxStreamWindowByteCount && sink.capability.streamByteCount == 0)
    }

    private func failures() async throws {
        for kind in RPCException.Kind.allCases {
            do {
                _ = try await mesh.fail(.init(reason: "because \(kind)", kind: kind.rawValue))
                Issue.record("a call that fails has results")
            } catch {
                #expect(error.kind == (sendsKinds ? kind : .failed))
                #expect(error.reason.contains("because \(kind)"))
            }
        }
    }

    private func callback() async throws {
        let server = ObserverServer()
        let observer = Observer.Client(serving: server, on: loop)
        let response = try await mesh.subscribe { (params, list) throws(RPCException) in
            params.setObserver(observer, in: &list)
            params.count = 5
        }
        #expect(response.results.sent == 5)
        #expect(server.ids == (0..<5).map { "n\($0)" })
    }

    private func cancellation() async throws {
        let before = try await mesh.cancelled()
        let pending = mesh.sendNever()
        // Calls on one capability arrive in order: when this one was answered, the other has come.
        _ = try await mesh.cancelled()
        pending.cancel()
        await #expect(throws: RPCException.cancelled) { try await pending.response() }
        // The server's task has to wake first.
        var count = before.results.count
        try await eventually {
            let after = try await mesh.cancelled()
            count = after.results.count
            return count > before.results.count
        }
        #expect(count == before.results.count + 1)
    }

    private func bounce() async throws {
        let own = Counter.Client(serving: CounterServer(1_000), on: loop)
        let pending = mesh.sendBounce { params, list in params.setCounter(own, in: &list) }
        // Goes round through the peer, then directly: in order all the same.
        let early = pending.counter.sendIncrement { $0.by = 1 }
        let response = try await pending.response()
        let late = pending.counter.sendIncrement { $0.by = 10 }
        let earlyResponse = try await early.response(), lateResponse = try await late.response()
        #expect(earlyResponse.results.value == 1_001 && lateResponse.results.value == 1_011)
        let returned = try response.results.counter(in: response.capabilities)
        let last = try await returned.increment { $0.by = 100 }
        #expect(last.results.value == 1_111)
    }

    /// A capability that goes round three times, as promises of promises, is the object itself, and its calls keep
    /// their order, whichever way they take.
    private func bounces() async throws {
        let own = Counter.Client(serving: CounterServer(0), on: loop)
        var place = own
        for _ in 0..<3 {
            let given = place
            place = mesh.sendBounce { params, list in params.setCounter(given, in: &list) }.counter
        }
        let bounced = place
        var calls = (0..<10).map { _ in bounced.sendIncrement() }
        _ = try await calls[4].response()
        calls += (0..<10).map { _ in bounced.sendIncrement() }
        for (index, call) in calls.enumerated() {
            let response = try await call.response()
            #expect(response.results.value == UInt64(index + 1))
        }
    }

    private func unknownMethod() async throws {
        let unknown = Method<AnyStruct, AnyStruct>(interfaceID: 0xbad, methodID: 7, name: "none")
        do {
            _ = try await mesh.capability.call(unknown) { (_, _) throws(RPCException) in }
            Issue.record("an unknown method has results")
        } catch {
            #expect(error.kind == .unimplemented)
        }
    }
}
