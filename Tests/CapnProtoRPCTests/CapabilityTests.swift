import CapnProto
import Testing

@testable import CapnProtoRPC

@Suite("Capabilities")
struct CapabilityTests {
    /// Method 0 adds one, method 1 returns a new object that adds one, method 2 gives back the capability that came,
    /// method 3 calls method 0 of the capability that came and answers with its number.
    static func server(_ onDeinit: @escaping () -> Void = {}) -> CellServer {
        var methods = CellServer.adding
        methods[1] = { call in
            let made = Capability(hosting: server(onDeinit), on: call.loop)
            call.reply { $0.setCapability(made, in: &$1) }
        }
        methods[2] = { call in
            let given = call.params.capability(in: call.capabilities)
            call.reply { $0.setCapability(given, in: &$1) }
        }
        methods[3] = { call in
            let number = call.params.number
            call.params.capability(in: call.capabilities).send(method(0)) { params, _ in
                params.number = number
            } completion: { (result: CellResult) in
                call.answer {
                    let response = try result.get()
                    let answered = response.results.number
                    call.reply { $0.number = answered }
                }
            }
        }
        return CellServer(methods, onDeinit: onDeinit)
    }

    @Test("an object that a call returned lives until the client drops it, and no longer")
    func lifetime() {
        var gone = 0
        let pair = Pair(serving: Self.server { gone += 1 })
        let made = Box<CellResult>(), results = Box<CellResult>()
        pair.client.bootstrap.cell(1, into: made)
        pair.settle()
        var capability = made.capability
        made.values = []
        capability?.cell(0, 6, into: results)
        pair.settle()
        #expect(results.number == 7)
        #expect(gone == 0 && pair.server.tableCounts.exports == 1)
        capability = nil
        pair.settle()
        #expect(gone == 1)
        results.values = []
        pair.expectNoLeaks()
    }

    @Test("the same object exported twice is one export with two references")
    func exportedTwice() {
        let shared = CellServer(CellServer.adding)
        let loop = ManualLoop()
        let capability = Capability(hosting: shared, on: loop)
        let pair = Pair(serving: CellServer([0: { call in call.reply { $0.setCapability(capability, in: &$1) } }]))
        let first = Box<CellResult>(), second = Box<CellResult>()
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(0, into: first)
        bootstrap.cell(0, into: second)
        pair.settle()
        #expect(pair.server.tableCounts.exports == 2)
        first.values = []
        pair.settle()
        #expect(pair.client.tableCounts.imports == 2)
        second.values = []
        pair.settle()
        #expect(pair.client.tableCounts.imports == 1)
        #expect(pair.transcript.last == "client: release 1 x2")
    }

    @Test("a server calls back an object of its caller, which is gone after the call")
    func callback() {
        var gone = 0
        let pair = Pair(serving: Self.server())
        let results = Box<CellResult>()
        var observer: Capability? = Capability(
            hosting: CellServer([0: { call in call.reply { $0.number = 99 } }], onDeinit: { gone += 1 }), on: pair.loop)
        pair.client.bootstrap.cell(3, 5, observer, into: results)
        observer = nil
        pair.settle()
        #expect(results.number == 99)
        #expect(gone == 1)
        results.values = []
        pair.expectNoLeaks()
    }

    @Test("an object that goes to the peer and comes back is the object itself")
    func bounce() {
        let pair = Pair(serving: Self.server())
        let handler = CellServer(CellServer.adding)
        let results = Box<CellResult>(), direct = Box<CellResult>()
        pair.client.bootstrap.cell(2, 0, Capability(hosting: handler, on: pair.loop), into: results)
        pair.settle()
        #expect(results.capability?.server === handler)
        let sent = pair.toServer.sent.count
        results.capability?.cell(0, 1, into: direct)
        pair.loop.run()
        #expect(direct.number == 2)
        #expect(pair.toServer.sent.count == sent)
        results.values = []
        direct.values = []
        pair.expectNoLeaks()
    }

    @Test("calls on a result go out before the result has come, through any number of objects")
    func pipelining() {
        let pair = Pair(serving: Self.server())
        let results = Box<CellResult>()
        let first = pair.client.bootstrap.cell(1)
        let second = first.capability(at: [0]).cell(1)
        second.capability(at: [0]).cell(0, 10, into: results)
        #expect(pair.toServer.sent.count == 4 && results.values.isEmpty)
        pair.settle()
        #expect(results.number == 11)
        #expect(pair.transcript[..<4] == [
            "client: bootstrap q0", "server: return q0 results [senderHosted 0]", "client: call q1 on q0 ce11.1",
            "server: return q1 results [senderHosted 1]",
        ])
        results.values = []
        pair.settle()
    }

    @Test("calls on the results of a call that fails, fail in the same way")
    func pipelineOnFailure() {
        let pair = Pair(serving: CellServer([1: { _ in throw RPCException.overloaded("later") }]))
        let before = Box<CellResult>(), after = Box<CellResult>()
        let failing = pair.client.bootstrap.cell(1)
        failing.capability(at: [0]).cell(0, into: before)
        pair.settle()
        failing.capability(at: [0]).cell(0, into: after)
        pair.settle()
        #expect(before.failure == .overloaded("later"))
        #expect(after.failure == .overloaded("later"))
    }

    @Test("a place without a capability, and a place that is not there, fail the calls on them")
    func pipelineOnNothing() {
        let pair = Pair(serving: Self.server())
        let nothing = Box<CellResult>(), deep = Box<CellResult>()
        var call: PendingCall? = pair.client.bootstrap.cell(0, 1)
        call?.capability(at: [0]).cell(0, into: nothing)
        call?.capability(at: [1, 1, 7]).cell(0, into: deep)
        pair.settle()
        call = nil
        #expect(nothing.failure?.kind == .failed && deep.failure?.kind == .failed)
        pair.expectNoLeaks()
    }

    @Test("a pipelined capability may be passed on before it is known")
    func receiverAnswer() {
        let pair = Pair(serving: Self.server())
        let results = Box<CellResult>()
        let bootstrap = pair.client.bootstrap
        let made = bootstrap.cell(1).capability(at: [0])
        bootstrap.cell(3, 30, made, into: results)
        pair.settle()
        #expect(results.number == 31)
        #expect(pair.transcript.contains("client: call q2 on q0 ce11.3 [receiverAnswer q1.0]"))
    }

    @Test("local objects answer calls, and calls on what they will return, without any connection")
    func local() {
        let loop = ManualLoop()
        let results = Box<CellResult>()
        let object = Capability(hosting: Self.server(), on: loop)
        object.cell(1).capability(at: [0]).cell(0, 1, into: results)
        #expect(results.values.isEmpty)
        while loop.run() {}
        #expect(results.number == 2)
    }

    @Test("a capability of one connection can be passed over another: its calls are forwarded, and so are answers")
    func forwarding() {
        let near = Pair(serving: Self.server()), far = Pair(serving: Self.server())
        let answered = Box<CellResult>(), failed = Box<CellResult>()
        // `far`'s object goes to `near`'s server, which calls it.
        near.client.bootstrap.cell(3, 70, far.client.bootstrap, into: answered)
        near.client.bootstrap.cell(3, 70, far.client.bootstrap.cell(1).capability(at: [1]), into: failed)
        for _ in 0..<20 {
            near.settle()
            far.settle()
        }
        #expect(answered.number == 71)
        #expect(failed.failure?.kind == .failed)
        near.expectNoLeaks()
        far.settle()
    }
}
