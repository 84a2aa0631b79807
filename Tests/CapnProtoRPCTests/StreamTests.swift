import CapnProto
import Primitives
import Testing

@testable import CapnProtoRPC

@Suite("Streams")
struct StreamTests {
    private func stream(_ capability: Capability, _ number: UInt64) {
        capability.sendStreaming(method(0)) { (params: inout Cell.Builder, _: inout CapabilityList) in
            params.number = number
        }
    }

    @Test("a sender sees when the window is full, and hears when there is room again")
    func window() {
        var configuration = ConnectionConfiguration()
        configuration.streamWindowByteCount = 300
        var kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]), client: configuration)
        let sink = pair.client.bootstrap
        var sent: UInt64 = 0
        while !sink.isStreamFull {
            stream(sink, sent)
            sent += 1
        }
        #expect(sent == 3)
        let ready = Signal()
        sink.whenStreamReady { ready.raise($0) }
        pair.settle()
        #expect(!ready.isRaised)
        kept[0].reply()
        pair.settle()
        #expect(ready.isRaised && !sink.isStreamFull)
        for call in kept.dropFirst() { call.reply() }
        pair.settle()
        #expect(sink.streamByteCount == 0)
    }

    @Test("the first failure sticks to the stream and wakes who waits")
    func failure() {
        var configuration = ConnectionConfiguration()
        configuration.streamWindowByteCount = 1
        let pair = Pair(
            serving: CellServer([0: { call in throw RPCException.failed("no \(call.params.number)") }]),
            client: configuration)
        let sink = pair.client.bootstrap
        stream(sink, 1)
        stream(sink, 2)
        let ready = Signal()
        sink.whenStreamReady { ready.raise($0) }
        pair.settle()
        #expect(ready.failure == .failed("no 1"))
        #expect(sink.streamFailure == .failed("no 1"))
    }

    @Test("when the connection ends, who waits for room hears that it is disconnected")
    func disconnected() {
        var configuration = ConnectionConfiguration()
        configuration.streamWindowByteCount = 1
        var kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]), client: configuration)
        let sink = pair.client.bootstrap
        stream(sink, 1)
        let ready = Signal()
        sink.whenStreamReady { ready.raise($0) }
        pair.client.close(.disconnected("cable cut"))
        #expect(ready.failure == .disconnected("cable cut"))
    }

    @Test("a server's call of a stream holds back the calls behind it, on its object only")
    func heldBack() {
        let kept = Box<CellCall>(), results = Box<CellResult>()
        let object = CellServer([0: { call in
            call.call.beginStreaming()
            kept.values.append(call)
        }, 1: { call in call.reply() }])
        let pair = Pair(serving: object)
        var sink: Capability? = pair.client.bootstrap
        for number in 1...3 as ClosedRange<UInt64> { stream(sink!, number) }
        sink?.cell(1, 4, into: results)
        pair.settle()
        #expect(object.numbers == [1] && results.values.isEmpty)
        for count in 1...3 {
            kept.values[count - 1].reply()
            pair.settle()
        }
        #expect(object.numbers == [1, 2, 3, 4] && results.values.count == 1 && sink?.streamFailure == nil)
        (sink, kept.values, results.values) = (nil, [], [])
        pair.expectNoLeaks()
    }

    @Test("a call of a stream that fails on its server fails the calls behind it")
    func sticks() {
        let kept = Box<CellCall>(), results = Box<CellResult>()
        let object = CellServer([0: { call in
            call.call.beginStreaming()
            kept.values.append(call)
        }, 1: { call in call.reply() }])
        let pair = Pair(serving: object)
        var sink: Capability? = pair.client.bootstrap
        stream(sink!, 1)
        stream(sink!, 2)
        sink?.cell(1, 3, into: results)
        pair.settle()
        kept.values[0].fail(RPCException.overloaded("full"))
        pair.settle()
        #expect(object.numbers == [1])
        #expect(results.failure == .overloaded("full") && sink?.streamFailure == .overloaded("full"))
        (sink, kept.values, results.values) = (nil, [], [])
        pair.expectNoLeaks()
    }

    @Test("a call of a stream that its server drops holds nothing back")
    func dropped() {
        let results = Box<CellResult>()
        var kept: CellCall?
        let pair = Pair(serving: CellServer([0: { call in
            call.call.beginStreaming()
            kept = call
        }, 1: { call in call.reply() }]))
        var sink: Capability? = pair.client.bootstrap
        stream(sink!, 1)
        sink?.cell(1, 3, into: results)
        pair.settle()
        withExtendedLifetime(kept) {}
        kept = nil
        pair.settle()
        #expect(results.failure == .abandoned)
        (sink, results.values) = (nil, [])
        pair.expectNoLeaks()
    }

    @Test("the window grows to what the way and the server hold, and no further")
    func adaptive() {
        let bounds = StreamWindow.Bounds(start: 262_144, most: 4 << 20)
        // A way of 10 ms that takes 100 MB a second holds 1 MB; a way of 1 ms holds 100 KB.
        for (delay, rate, held) in [(10_000_000, 100e6, 1_000_000.0), (1_000_000, 100e6, 100_000.0)] {
            let window = StreamWindow()
            var clock = 1, served = 0
            var open: [(ticket: StreamWindow.Ticket, answer: Int)] = []
            for _ in 0..<4_000 {
                if window.isFull(bounds) {
                    let (ticket, answer) = open.removeFirst()
                    clock = max(clock, answer)
                    window.close(ticket, failure: nil, at: Instant(nanoseconds: UInt64(clock)), bounds)
                } else {
                    let ticket = window.open(16_384, at: Instant(nanoseconds: UInt64(clock)), bounds)
                    served = max(served, clock) + Int(16_384 / rate * 1e9)
                    open.append((ticket, served + delay))
                }
            }
            let limit = Double(window.limit(bounds))
            #expect(limit > 1.2 * held && limit < 4 * held, "\(limit) for \(held)")
        }
    }

    @Test("a window without a clock stays as it is")
    func withoutClock() {
        let bounds = StreamWindow.Bounds(start: 262_144, most: 4 << 20), now = Instant(nanoseconds: 0)
        let window = StreamWindow()
        for _ in 0..<100 { window.close(window.open(100_000, at: now, bounds), failure: nil, at: now, bounds) }
        #expect(window.limit(bounds) == 262_144 && window.byteCount == 0)
    }
}
