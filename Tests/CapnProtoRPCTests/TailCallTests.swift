import CapnProto
import Testing

@testable import CapnProtoRPC

@Suite("Tail calls and pipelines that servers set")
struct TailCallTests {
    /// Method 6 answers with what method `number` of the capability that came answers to 5; method 7 keeps calls.
    private func server(_ kept: Box<CellCall> = Box()) -> CellServer {
        CellServer([
            6: { call in
                call.tailCall(call.given, method(UInt16(call.params.number))) { params, _ in params.number = 5 }
            },
            7: { kept.values.append($0) },
        ])
    }

    @Test("a tail call on an object of the caller: its results never come here")
    func results() {
        let pair = Pair(serving: server())
        let own = CellServer(CellServer.adding), results = Box<CellResult>()
        var object: Capability? = Capability(hosting: own, on: pair.loop)
        var bootstrap: Capability? = pair.client.bootstrap
        pair.settle()
        bootstrap?.cell(6, 0, object, into: results)
        pair.settle()
        #expect(results.number == 6 && own.numbers == [5])
        let tail = pair.transcript.drop { !$0.hasPrefix("client: call q1") }
        #expect(tail.dropFirst().prefix(4) == [
            "server: call q0 on cap 0 ce11.0 to yourself", "client: return q0 elsewhere",
            "server: return q1 take from q0", "client: finish q1",
        ])
        (object, bootstrap) = (nil, nil)
        results.values = []
        pair.expectNoLeaks()
    }

    @Test("calls pipelined on a tail call's results keep their order")
    func pipelined() {
        let pair = Pair(serving: server())
        let made = CellServer(CellServer.adding)
        let loop = pair.loop
        let own = CellServer([1: { call in call.reply { $0.setCapability(Capability(hosting: made, on: loop), in: &$1) } }])
        var bootstrap: Capability? = pair.client.bootstrap
        pair.settle()
        var place = bootstrap?.cell(6, 1, Capability(hosting: own, on: loop)).capability(at: [0])
        place?.cell(0, 1)
        place?.cell(0, 2)
        pair.moveToServer()
        place?.cell(0, 3)
        pair.moveToClient()
        place?.cell(0, 4)
        pair.settle()
        place?.cell(0, 5)
        pair.settle()
        #expect(made.numbers == [1, 2, 3, 4, 5])
        (place, bootstrap) = (nil, nil)
        pair.expectNoLeaks()
    }

    @Test("whoever gives up a call that was passed on gives up the call that answers it")
    func cancelled() {
        var cancellations = 0
        let pair = Pair(serving: server()), kept = Box<CellCall>(), results = Box<CellResult>()
        let own = CellServer([7: { call in
            kept.values.append(call)
            call.call.onCancel { cancellations += 1 }
        }])
        var bootstrap: Capability? = pair.client.bootstrap
        pair.settle()
        var call = bootstrap?.cell(6, 7, Capability(hosting: own, on: pair.loop), into: results)
        while pair.moveToServer() {}
        pair.moveToClient()
        call?.cancel()
        pair.settle()
        #expect(results.failure == .cancelled && cancellations == 1)
        (kept.values, call, bootstrap) = ([], nil, nil)
        pair.expectNoLeaks()
    }

    @Test("a tail call that fails is a call that fails")
    func failure() {
        let pair = Pair(serving: server()), results = Box<CellResult>()
        let own = CellServer([1: { _ in throw RPCException.overloaded("not now") }])
        var bootstrap: Capability? = pair.client.bootstrap
        bootstrap?.cell(6, 1, Capability(hosting: own, on: pair.loop), into: results)
        pair.settle()
        #expect(results.failure == .overloaded("not now"))
        bootstrap = nil
        pair.expectNoLeaks()
    }

    @Test("a tail call on an object that is not the caller's brings its results here, and on")
    func elsewhere() {
        let pair = Pair(serving: CapabilityTests.server()), results = Box<CellResult>()
        let local = CapabilityTests.server()
        let server = server()
        pair.server.serve(Capability(hosting: server, on: pair.loop))
        server.methods[8] = { call in
            call.tailCall(Capability(hosting: local, on: call.loop), method(1)) { _, _ in }
        }
        var bootstrap: Capability? = pair.client.bootstrap
        bootstrap?.cell(8).capability(at: [0]).cell(0, 7, into: results)
        pair.settle()
        #expect(results.number == 8)
        bootstrap = nil
        results.values = []
        pair.expectNoLeaks()
    }

    @Test("when the connection ends between a tail call and its results, both callers hear of it")
    func disconnected() {
        let pair = Pair(serving: server()), kept = Box<CellCall>(), results = Box<CellResult>()
        let own = CellServer([7: { kept.values.append($0) }])
        pair.client.bootstrap.cell(6, 7, Capability(hosting: own, on: pair.loop), into: results)
        pair.settle()
        pair.client.close(.disconnected("cable cut"))
        pair.server.close(.disconnected("cable cut"))
        #expect(results.failure == .disconnected("cable cut"))
        kept.values = []
        pair.expectNoLeaks()
    }

    @Test("setPipeline: calls on places of results go on before there are results")
    func setPipeline() {
        let kept = Box<CellCall>(), early = Box<CellResult>(), late = Box<CellResult>(), answer = Box<CellResult>()
        let pair = Pair(serving: server(kept))
        let made = CellServer(CellServer.adding)
        var bootstrap: Capability? = pair.client.bootstrap
        var call = bootstrap?.cell(7, into: answer)
        call?.capability(at: [0]).cell(0, 1, into: early)
        pair.settle()
        #expect(kept.values.count == 1 && made.numbers.isEmpty)
        var object: Capability? = Capability(hosting: made, on: pair.loop)
        kept.values[0].setPipeline { $0.setCapability(object, in: &$1) }
        call?.capability(at: [0]).cell(0, 2, into: late)
        pair.settle()
        #expect(early.number == 2 && late.number == 3 && answer.values.isEmpty)
        kept.values[0].reply { $0.setCapability(object, in: &$1) }
        call?.capability(at: [0]).cell(0, 3)
        pair.settle()
        #expect(made.numbers == [1, 2, 3])
        (call, object, bootstrap, kept.values, answer.values) = (nil, nil, nil, [], [])
        pair.expectNoLeaks()
    }

    @Test("a call that passes through a vat is pipelined through it")
    func throughAVat() {
        // The server answers with an object that lives at a third vat; calls on its results need no answer to go on.
        let far = Pair(serving: CapabilityTests.server())
        var distant: Capability? = far.client.bootstrap
        let near = Pair(serving: CellServer()), results = Box<CellResult>()
        near.server.serve(distant)
        let bootstrap = near.client.bootstrap
        bootstrap.cell(1).capability(at: [0]).cell(0, 20, into: results)
        near.settle()
        #expect(far.toServer.transcript.count == 3)  // bootstrap, the call, and the call on its results
        for _ in 0..<20 {
            far.settle()
            near.settle()
        }
        #expect(results.number == 21)
        distant = nil
    }
}
