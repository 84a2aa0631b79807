import CapnProto
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
}
