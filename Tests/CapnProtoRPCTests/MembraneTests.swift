import CapnProto
import Synchronization
import Testing

@testable import CapnProtoRPC

/// Notes what passes, and judges by method: 8 is refused, 9 is redirected.
private final class NotingPolicy: MembranePolicy {
    let inbound = Mutex<[UInt16]>([]), outbound = Mutex<[UInt16]>([])
    let other: Capability?

    init(redirectingTo other: Capability? = nil) { self.other = other }

    func judge(inbound call: MembraneCall) -> MembraneVerdict {
        inbound.withLock { $0.append(call.methodID) }
        return judge(call)
    }

    func judge(outbound call: MembraneCall) -> MembraneVerdict {
        outbound.withLock { $0.append(call.methodID) }
        return judge(call)
    }

    private func judge(_ call: MembraneCall) -> MembraneVerdict {
        if call.methodID == 8 { return .refused(.failed("not for you")) }
        if call.methodID == 9, let other { return .redirected(to: other) }
        return .passes
    }

    var judged: [[UInt16]] { [inbound.withLock { $0 }, outbound.withLock { $0 }] }
}

@Suite("Membranes and revocable capabilities")
struct MembraneTests {
    private let loop = ManualLoop()
    private let policy = NotingPolicy()
    private var membrane: Membrane { Membrane(policy: policy, on: loop) }

    private func settle() { while loop.run() {} }

    @Test("results are wrapped: what they hold is judged as well")
    func results() {
        let results = Box<CellResult>(), made = Box<CellResult>()
        let wrapper = membrane.letOut(Capability(hosting: CapabilityTests.server(), on: loop))
        wrapper.cell(1, into: made)
        settle()
        made.capability?.cell(0, 4, into: results)
        settle()
        #expect(results.number == 5 && policy.judged == [[1, 0], []])
    }

    @Test("parameters are wrapped: the inside's calls on what came are judged")
    func callback() {
        let results = Box<CellResult>()
        let observer = Capability(hosting: CellServer(CellServer.adding), on: loop)
        membrane.letOut(Capability(hosting: CapabilityTests.server(), on: loop)).cell(3, 6, observer, into: results)
        settle()
        #expect(results.number == 7 && policy.judged == [[3], [0]])
    }

    @Test("what went in and comes out again is the object itself, and so is what went out and comes in again")
    func unwrapped() {
        let membrane = membrane, results = Box<CellResult>(), back = Box<CellResult>()
        let observer = CellServer(CellServer.adding), inside = CapabilityTests.server()
        let object = Capability(hosting: inside, on: loop)
        let wrapper = membrane.letOut(object)
        wrapper.cell(2, 0, Capability(hosting: observer, on: loop), into: results)
        settle()
        #expect(results.capability?.server === observer)
        inside.methods[10] = { call in
            #expect(call.given.server === inside)
            call.reply()
        }
        wrapper.cell(10, 0, wrapper, into: back)
        settle()
        #expect(back.values.count == 1)
        #expect(membrane.letOut(object) === wrapper)
        #expect(membrane.letIn(wrapper) === object)
    }

    @Test("a policy refuses calls and redirects them")
    func verdicts() {
        let refused = Box<CellResult>(), redirected = Box<CellResult>()
        let other = CellServer([9: { call in call.reply { $0.number = 99 } }])
        let policy = NotingPolicy(redirectingTo: Capability(hosting: other, on: loop))
        let membrane = Membrane(policy: policy, on: loop)
        let inside = CellServer()
        let wrapper = membrane.letOut(Capability(hosting: inside, on: loop))
        wrapper.cell(8, into: refused)
        wrapper.cell(9, into: redirected)
        settle()
        #expect(refused.failure == .failed("not for you") && redirected.number == 99 && inside.numbers.isEmpty)
    }

    @Test("calls are pipelined through a membrane, in order, and judged")
    func pipelined() {
        let kept = Box<CellCall>(), made = CellServer(CellServer.adding)
        let wrapper = membrane.letOut(Capability(hosting: CellServer([7: { kept.values.append($0) }]), on: loop))
        let place = wrapper.cell(7).capability(at: [0])
        place.cell(0, 1)
        settle()
        let loop = loop
        kept.values[0].setPipeline { $0.setCapability(Capability(hosting: made, on: loop), in: &$1) }
        place.cell(0, 2)
        settle()
        #expect(made.numbers == [1, 2] && policy.judged == [[7, 0, 0], []])
    }

    @Test("a promise passes a membrane, and its calls wait in order until it is known")
    func promise() {
        let promise = Promise(on: loop), object = CellServer(CellServer.adding)
        let wrapper = membrane.letOut(Capability(promise))
        for number in 1...3 as ClosedRange<UInt64> { wrapper.cell(0, number) }
        settle()
        #expect(object.numbers.isEmpty)
        promise.resolve(to: Capability(hosting: object, on: loop))
        wrapper.cell(0, 4)
        settle()
        #expect(object.numbers == [1, 2, 3, 4] && policy.judged == [[0, 0, 0, 0], []])
    }

    @Test("revoked: calls under way in both directions fail, their servers hear of it, and the objects are let go")
    func revoked() {
        var gone = 0, cancellations = 0
        let results = Box<CellResult>(), outward = Box<CellResult>(), later = Box<CellResult>()
        let kept = Box<CellCall>(), membrane = membrane
        func keeper() -> CellServer {
            CellServer([0: { call in
                kept.values.append(call)
                call.call.onCancel { cancellations += 1 }
            }], onDeinit: { gone += 1 })
        }
        let out = membrane.letOut(Capability(hosting: keeper(), on: loop))
        let within = membrane.letIn(Capability(hosting: keeper(), on: loop))
        out.cell(0, into: results)
        within.cell(0, into: outward)
        settle()
        #expect(kept.values.count == 2 && membrane.openCallCount == 2)
        membrane.revoke(.disconnected("dismissed"))
        settle()
        #expect(results.failure == .disconnected("dismissed") && outward.failure == .disconnected("dismissed"))
        #expect(cancellations == 2 && membrane.openCallCount == 0)
        kept.values = []
        settle()
        #expect(gone == 2)
        out.cell(0, into: later)
        settle()
        #expect(later.failure == .disconnected("dismissed"))
        #expect(membrane.letOut(within).failure == .disconnected("dismissed"))
    }

    @Test("a membrane around a vat's bootstrap object: over the wire, with promises, until it is revoked")
    func overTheWire() {
        let pair = Pair(serving: CellServer())
        let membrane = Membrane(policy: policy, on: pair.loop)
        let results = Box<CellResult>(), chained = Box<CellResult>(), bounced = Box<CellResult>(), later = Box<CellResult>()
        pair.server.serve(membrane.letOut(Capability(hosting: CapabilityTests.server(), on: pair.loop)))
        let own = CellServer(CellServer.adding)
        var object: Capability? = Capability(hosting: own, on: pair.loop), bootstrap: Capability? = pair.client.bootstrap
        bootstrap?.cell(3, 10, object, into: results)
        bootstrap?.cell(1).capability(at: [0]).cell(1).capability(at: [0]).cell(0, 30, into: chained)
        bootstrap?.cell(2, 0, object, into: bounced)
        pair.settle()
        #expect(results.number == 11 && chained.number == 31)
        #expect(bounced.capability?.server === own)
        #expect(policy.judged == [[3, 1, 1, 2, 0], [0]] || policy.judged[1] == [0])
        membrane.revoke(.failed("no more"))
        bootstrap?.cell(0, into: later)
        pair.settle()
        #expect(later.failure == .failed("no more"))
        (object, bootstrap) = (nil, nil)
        for box in [results, chained, bounced, later] { box.values = [] }
        pair.server.serve(nil)
        pair.expectNoLeaks()
    }

    @Test("wrappers that nobody has are forgotten")
    func pruned() {
        let membrane = membrane
        for _ in 0..<1_000 { _ = membrane.letOut(Capability(hosting: CellServer(), on: loop)) }
        #expect(membrane.wrapperCount <= 65)
    }
}
