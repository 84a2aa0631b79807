import CapnProto
import Testing

@testable import CapnProtoRPC

@Suite("Calls")
struct CallTests {
    @Test("a call on the bootstrap object goes out at once and comes back")
    func bootstrapAndCall() {
        let pair = Pair(serving: CellServer(CellServer.adding))
        let results = Box<CellResult>()
        var bootstrap: Capability? = pair.client.bootstrap
        bootstrap?.cell(0, 41, into: results)
        pair.settle()
        #expect(results.number == 42)
        pair.expectTranscript(
            """
            client: bootstrap q0
            server: return q0 results [senderHosted 0]
            client: call q1 on q0 ce11.0
            server: return q1 results no finish
            client: finish q0
            """)
        bootstrap = nil
        results.values = []
        pair.settle()
        pair.expectTranscript("client: release 0 x1")
        pair.expectNoLeaks()
    }

    @Test(
        "the four kinds of failure arrive as they were thrown; other errors say nothing",
        arguments: RPCException.Kind.allCases)
    func failures(_ kind: RPCException.Kind) {
        struct Secret: Error {}
        let handler = CellServer([
            0: { _ in throw RPCException(kind, "because", trace: "here") },
            1: { _ in throw Secret() },
        ])
        let pair = Pair(serving: handler)
        let thrown = Box<CellResult>(), secret = Box<CellResult>(), unknown = Box<CellResult>()
        pair.client.bootstrap.cell(0, into: thrown)
        pair.client.bootstrap.cell(1, into: secret)
        pair.client.bootstrap.cell(2, into: unknown)
        pair.settle()
        #expect(thrown.failure == RPCException(kind, "because", trace: "here"))
        #expect(secret.failure == .failed("the server failed"))
        #expect(unknown.failure?.kind == .unimplemented)
        pair.expectNoLeaks()
    }

    @Test("a server may answer later; a call that it drops fails")
    func laterAndNever() {
        var kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]))
        let first = Box<CellResult>(), second = Box<CellResult>()
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(0, 1, into: first)
        bootstrap.cell(0, 2, into: second)
        pair.settle()
        #expect(kept.count == 2 && first.values.isEmpty)
        kept[1].reply { $0.number = 20 }
        kept.removeFirst()
        pair.settle()
        #expect(second.number == 20)
        #expect(first.failure == .abandoned)
    }

    @Test("only the first answer of a call counts")
    func answeredTwice() {
        let pair = Pair(serving: CellServer([0: { call in
            call.reply { $0.number = 1 }
            call.reply { $0.number = 2 }
            call.fail(RPCException.failed("late"))
        }]))
        let results = Box<CellResult>()
        pair.client.bootstrap.cell(0, into: results)
        pair.settle()
        #expect(results.number == 1)
        pair.expectNoLeaks()
    }

    @Test("a vat without a bootstrap object says so")
    func noBootstrap() {
        let pair = Pair()
        let results = Box<CellResult>()
        pair.server.bootstrap.cell(0, into: results)
        pair.settle()
        #expect(results.failure?.reason == "this vat has no bootstrap object")
        pair.expectNoLeaks()
    }

    @Test("when the transport ends, every open call fails as disconnected and every table is empty")
    func disconnected() {
        var kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]))
        let results = Box<CellResult>(), late = Box<CellResult>()
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(0, into: results)
        pair.settle()
        pair.client.close(.disconnected("cable cut"))
        pair.server.close(.disconnected("cable cut"))
        bootstrap.cell(0, into: late)
        #expect(results.failure == .disconnected("cable cut"))
        #expect(late.failure == .disconnected("cable cut"))
        kept[0].reply()
        pair.expectNoLeaks()
        #expect(pair.toServer.closeReason == .disconnected("cable cut"))
    }
}
