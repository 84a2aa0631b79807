import CapnProto
import Testing

@testable import CapnProtoRPC

@Suite("Cancellation")
struct CancellationTests {
    @Test("a caller that gives up is told at once, the server too, and what the server says later is dropped")
    func cancelled() {
        var kept: [CellCall] = [], cancellations = 0
        let pair = Pair(serving: CellServer([0: { call in
            call.call.onCancel { cancellations += 1 }
            kept.append(call)
        }]))
        let results = Box<CellResult>()
        let bootstrap = pair.client.bootstrap
        let call = bootstrap.cell(0, into: results)
        pair.settle()
        call.cancel()
        #expect(results.failure == .cancelled)
        pair.settle()
        #expect(cancellations == 1)
        kept[0].reply { $0.number = 1 }
        pair.settle()
        #expect(results.values.count == 1)
        #expect(pair.transcript.suffix(2) == ["client: finish q1 releasing", "server: return q1 canceled"])
        #expect(pair.server.tableCounts.answers == 0)
    }

    @Test("a cancellation that crosses the answer frees what came with it")
    func crossing() {
        var gone = 0
        let pair = Pair(serving: CapabilityTests.server { gone += 1 })
        let results = Box<CellResult>()
        let bootstrap = pair.client.bootstrap
        pair.settle()
        let call = bootstrap.cell(1, into: results)
        pair.moveToServer()
        call.cancel()
        pair.settle()
        #expect(results.failure == .cancelled)
        #expect(gone == 1)
        #expect(pair.server.tableCounts.exports == 1)
    }

    @Test("the identifier of a cancelled question is not used again before its return has come")
    func identifierReuse() {
        var kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]))
        let bootstrap = pair.client.bootstrap
        pair.settle()
        let first = bootstrap.cell(0)
        first.cancel()
        bootstrap.cell(0)
        #expect(pair.toServer.transcript.suffix(3) == [
            "client: call q1 on cap 0 ce11.0", "client: finish q1 releasing", "client: call q2 on cap 0 ce11.0",
        ])
    }

    @Test("a call on whose results other calls wait runs on after its finish")
    func pipelined() {
        var kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]))
        let results = Box<CellResult>()
        let bootstrap = pair.client.bootstrap
        pair.settle()
        let first = bootstrap.cell(0)
        first.capability(at: [0]).cell(0, 9, into: results)
        first.cancel()
        pair.settle()
        #expect(kept.count == 1 && results.values.isEmpty)
        let made = Capability(hosting: CellServer(CellServer.adding), on: pair.loop)
        kept[0].reply { $0.setCapability(made, in: &$1) }
        pair.settle()
        #expect(results.number == 10)
        kept = []
        results.values = []
        pair.settle()
        #expect(pair.server.tableCounts.answers == 0 && pair.server.tableCounts.exports == 1)
    }

    @Test("when the connection ends, servers hear that nobody waits")
    func disconnected() {
        var cancellations = 0, kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { call in
            call.call.onCancel { cancellations += 1 }
            kept.append(call)
        }]))
        pair.client.bootstrap.cell(0)
        pair.settle()
        pair.server.close(.disconnected("gone"))
        #expect(cancellations == 1)
    }

    @Test("a call that is given up before it was sent is never sent")
    func beforeItWasSent() {
        let pair = Pair(serving: CellServer(CellServer.adding)), outcome = Signal()
        let lease = QuestionLease(pair.client)
        let bootstrap = pair.client.bootstrap
        pair.client.cancel(lease)  // as a timer does that comes before what another thread has enqueued
        let call = OutgoingCall(interfaceID: 0xce11, methodID: 0, params: .params(Cell.self) { _, _ in })
        pair.client.ask(call, of: bootstrap, lease) { result in
            if case .failure(let exception) = result { outcome.raise(exception) }
        }
        pair.settle()
        #expect(outcome.failure == .cancelled && !pair.transcript.contains { $0.contains("call") })
    }

    @Test("a forwarded call is cancelled where it went")
    func forwarded() {
        var cancellations = 0, kept: [CellCall] = []
        let pair = Pair(serving: CapabilityTests.server())
        let observer = Capability(hosting: CellServer([0: { call in
            call.call.onCancel { cancellations += 1 }
            kept.append(call)
        }]), on: pair.loop)
        let results = Box<CellResult>()
        // The client's own object comes back to it as a promise's target: the call is answered in this process.
        let bounced = pair.client.bootstrap.cell(2, 0, observer)
        pair.settle()
        let call = bounced.capability(at: [0]).cell(0, into: results)
        pair.settle()
        #expect(kept.count == 1)
        call.cancel()
        pair.settle()
        #expect(cancellations == 1 && results.failure == .cancelled)
    }
}
