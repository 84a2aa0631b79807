import CapnProto
import Testing

@testable import CapnProtoRPC

@Suite("Promises and the order of calls")
struct EmbargoTests {
    /// Method 0 keeps calls, method 2 gives back the capability that came, method 4 gives what `promise` becomes.
    private func keeping(_ kept: Box<CellCall>, promise: Promise? = nil) -> CellServer {
        CellServer([
            0: { kept.values.append($0) },
            2: { call in
                let given = call.given
                call.reply { $0.setCapability(given, in: &$1) }
            },
            4: { call in
                guard let promise else { return call.reply() }
                call.reply { $0.setCapability(Capability(promise), in: &$1) }
            },
        ])
    }

    @Test("calls on a result that turns out to live here arrive in order: those that went round come first")
    func pipelinedLoop() {
        let kept = Box<CellCall>()
        let pair = Pair(serving: keeping(kept))
        let own = CellServer(CellServer.adding)
        let bootstrap = pair.client.bootstrap
        pair.settle()
        let bounced = bootstrap.cell(2, 0, Capability(hosting: own, on: pair.loop)).capability(at: [0])
        bounced.cell(0, 1)
        bounced.cell(0, 2)
        pair.moveToServer()
        pair.moveToClient()  // the results: the object is the client's own
        bounced.cell(0, 3)
        bounced.cell(0, 4)
        pair.loop.run()
        #expect(own.numbers.isEmpty)  // 1 and 2 are still on their way round
        pair.settle()
        #expect(own.numbers == [1, 2, 3, 4])
        #expect(pair.transcript.contains("client: disembargo q1.0 sender 0"))
        #expect(pair.transcript.contains("server: disembargo cap 0 receiver 0"))
        #expect(pair.client.tableCounts.embargoes == 0)
        bounced.cell(0, 5)
        pair.loop.run()
        #expect(own.numbers == [1, 2, 3, 4, 5])
    }

    @Test("a promise that becomes an object of the other side is embargoed there until older calls have come back")
    func resolvedLoop() {
        let kept = Box<CellCall>(), given = Box<CellResult>()
        let loop = ManualLoop()
        let promise = Promise(on: loop)
        let pair = Pair(serving: keeping(kept, promise: promise))
        let own = CellServer(CellServer.adding)
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(4, into: given)
        bootstrap.cell(0, 0, Capability(hosting: own, on: pair.loop))
        pair.settle()
        let promised = given.capability!
        promised.cell(0, 1)
        promised.cell(0, 2)
        pair.settle()
        #expect(own.numbers.isEmpty)
        promised.cell(0, 3)  // still on the wire when the promise is resolved
        let target = kept.values[0].given
        promise.resolve(to: target)
        pair.moveToClient()  // the calls 1 and 2, forwarded back
        pair.moveToClient()
        pair.moveToClient()  // the resolution
        promised.cell(0, 4)
        pair.settle()
        #expect(own.numbers == [1, 2, 3, 4])
        #expect(pair.transcript.contains("client: disembargo cap 1 sender 0"))
        kept.values = []
        given.values = []
    }

    @Test("a promise without older calls is resolved without an embargo")
    func noEmbargo() {
        let given = Box<CellResult>(), kept = Box<CellCall>()
        let loop = ManualLoop()
        let promise = Promise(on: loop)
        let pair = Pair(serving: keeping(kept, promise: promise))
        let own = CellServer(CellServer.adding)
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(4, into: given)
        bootstrap.cell(0, 0, Capability(hosting: own, on: pair.loop))
        pair.settle()
        promise.resolve(to: kept.values[0].given)
        pair.settle()
        given.capability!.cell(0, 1)
        pair.loop.run()
        #expect(own.numbers == [1])
        #expect(!pair.transcript.contains { $0.contains("disembargo") })
        #expect(pair.transcript.contains("server: resolve 1 -> receiverHosted 0"))
    }

    @Test("a promise resolves to an object of its own side, to a failure, and to another promise")
    func otherResolutions() {
        let makers: [(ManualLoop) -> Capability] = [
            { loop in Capability(hosting: CellServer(CellServer.adding), on: loop) },
            { _ in Capability(broken: .overloaded("never")) },
            { loop in
                let inner = Promise(on: loop)
                loop.enqueue { inner.resolve(to: Capability(hosting: CellServer(CellServer.adding), on: loop)) }
                return Capability(inner)
            },
        ]
        for (index, make) in makers.enumerated() {
            let given = Box<CellResult>(), before = Box<CellResult>(), after = Box<CellResult>()
            let loop = ManualLoop()
            let promise = Promise(on: loop)
            let pair = Pair(serving: keeping(Box(), promise: promise))
            pair.client.bootstrap.cell(4, into: given)
            pair.settle()
            given.capability!.cell(0, 1, into: before)
            pair.settle()
            promise.resolve(to: make(loop))
            loop.run()
            pair.settle()
            given.capability!.cell(0, 2, into: after)
            pair.settle()
            if index == 1 {
                #expect(before.failure == .overloaded("never") && after.failure == .overloaded("never"))
            } else {
                #expect(before.number == 2 && after.number == 3)
            }
            given.values = []
            before.values = []
            after.values = []
            pair.expectNoLeaks(after: promise)
        }
    }

    @Test("promises of both sides that resolve through each other keep the order of calls", arguments: 0..<6)
    func throughEachOther(_ pause: Int) {
        let kept = Box<CellCall>(), given = Box<CellResult>(), found = Box<CellResult>(), loop = ManualLoop()
        let servers = Promise(on: loop), made = CellServer(CellServer.adding)
        let server = keeping(kept, promise: servers)
        server.methods[5] = { call in call.reply { $0.setCapability(Capability(hosting: made, on: loop), in: &$1) } }
        let pair = Pair(serving: server), clients = Promise(on: pair.loop)
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(4, into: given)
        bootstrap.cell(5, into: found)
        bootstrap.cell(0, 0, Capability(clients))
        pair.settle()
        let promised = given.capability!
        func step(_ number: UInt64) {
            promised.cell(0, number)
            for _ in 0..<pause { _ = [pair.moveToServer(), pair.moveToClient(), pair.loop.run(), loop.run()] }
        }
        step(1)
        servers.resolve(to: kept.values[0].given)  // the server's promise is the client's …
        step(2)
        step(3)
        clients.resolve(to: found.capability!)  // … which is the server's object
        step(4)
        step(5)
        for _ in 0..<3 {
            pair.settle()
            while loop.run() {}
        }
        step(6)
        pair.settle()
        #expect(made.numbers == [1, 2, 3, 4, 5, 6])
        (kept.values, given.values, found.values) = ([], [], [])
    }

    @Test("promises that become each other break instead of calling each other for ever")
    func cycles() {
        let loop = ManualLoop()
        let first = Promise(on: loop), second = Promise(on: loop)
        let results = Box<CellResult>()
        Capability(first).cell(0, into: results)
        loop.run()
        first.resolve(to: Capability(second))
        second.resolve(to: Capability(first))
        loop.run()
        #expect(results.failure == .failed("a promise became itself"))
    }

    @Test("promises of both sides that become each other break on the wire too")
    func cyclesOnTheWire() {
        let loop = ManualLoop()
        let own = Promise(on: loop), kept = Box<CellCall>(), given = Box<CellResult>(), results = Box<CellResult>()
        let pair = Pair(serving: CellServer([0: { kept.values.append($0) }, 4: { call in
            call.reply { $0.setCapability(Capability(own), in: &$1) }
        }]))
        let clients = Promise(on: pair.loop)
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(4, into: given)
        bootstrap.cell(0, 0, Capability(clients))
        pair.settle()
        given.capability!.cell(0, into: results)
        pair.settle()
        own.resolve(to: kept.values[0].given)
        clients.resolve(to: given.capability!)
        pair.settle()
        #expect(results.failure != nil)
        Capability(clients).cell(0)
        pair.settle()
    }

    @Test("a reference that comes with a resolution is given back where the promise was dropped before")
    func droppedPromise() {
        let given = Box<CellResult>(), kept = Box<CellCall>()
        let loop = ManualLoop()
        let promise = Promise(on: loop)
        var gone = 0
        let pair = Pair(serving: keeping(kept, promise: promise))
        pair.client.bootstrap.cell(4, into: given)
        pair.settle()
        promise.resolve(to: Capability(hosting: CellServer(CellServer.adding, onDeinit: { gone += 1 }), on: loop))
        given.values = []
        pair.loop.run()  // the release is under way, and so is the resolution
        pair.settle()
        #expect(pair.client.tableCounts.imports == 0)
        #expect(pair.server.tableCounts.exports == 0)
        #expect(gone == 0)  // the promise itself still holds it
    }
}

extension Pair {
    /// As `expectNoLeaks`, for servers whose results hold a promise that the test keeps.
    func expectNoLeaks(after promise: Promise, _ location: SourceLocation = #_sourceLocation) {
        withExtendedLifetime(promise) { expectNoLeaks(location) }
    }
}
