import CapnProto
import Primitives
import Testing

@testable import CapnProtoRPC

/// Two vats that do anything that the protocol allows, in any order, and are then held to its two promises: calls on
/// one reference arrive in the order in which they were made, and nothing is left when everything was dropped.
final class RandomWalk {
    /// A reference of one side, and how often it was called.
    struct Handle {
        let id: UInt64
        var capability: Capability
        var count: UInt64 = 0
    }

    final class Side {
        let session: Session
        var handles: [Handle] = []
        var promises: [Promise] = []
        var calls: [PendingCall] = []
        var kept: [CellCall] = []
        /// Calls whose results are known, to be answered later.
        var settled: [(call: CellCall, object: Capability)] = []

        init(_ session: Session) { self.session = session }
    }

    private var random: PRNG
    private var nextHandle: UInt64 = 1
    private var lastNumber: [UInt64: UInt64] = [:]
    private(set) var deliveredCount = 0
    private(set) var sentCount = 0
    private(set) var endedCount = 0
    private(set) var disorder: [String] = []
    let pair: Pair
    private var sides: [Side] = []

    init(seed: UInt64) {
        random = PRNG(seed: seed)
        let first = CellServer(), second = CellServer()
        pair = Pair(serving: first, hosting: second)
        sides = [Side(pair.client), Side(pair.server)]
        setUp(first, of: sides[1])
        setUp(second, of: sides[0])
        for side in sides { add(side.session.bootstrap, to: side) }
    }

    /// Method 0 notes the order, 1 makes an object, 2 gives back what came, 4 gives a promise, 5 answers later, 6 passes
    /// the call on to what came, 7 answers later with what its places are known to hold at once.
    private func setUp(_ server: CellServer, of side: Side) {
        let loop = pair.loop
        server.methods[0] = { [unowned self] call in
            note(call.params.number)
            call.reply()
        }
        server.methods[1] = { [unowned self] call in
            let made = CellServer()
            setUp(made, of: side)
            call.reply { $0.setCapability(Capability(hosting: made, on: loop), in: &$1) }
        }
        server.methods[2] = { call in
            let given = call.given
            call.reply { $0.setCapability(given, in: &$1) }
        }
        server.methods[4] = { call in
            let promise = Promise(on: loop)
            side.promises.append(promise)
            call.reply { $0.setCapability(Capability(promise), in: &$1) }
        }
        server.methods[5] = { call in side.kept.append(call) }
        server.methods[6] = { call in call.tailCall(call.given, method(1)) { _, _ in } }
        server.methods[7] = { [unowned self] call in
            let made = CellServer()
            setUp(made, of: side)
            let object = Capability(hosting: made, on: loop)
            call.setPipeline { $0.setCapability(object, in: &$1) }
            side.settled.append((call, object))
        }
    }

    private func note(_ number: UInt64) {
        deliveredCount += 1
        let handle = number >> 32
        if let last = lastNumber[handle], last >= number {
            disorder.append("handle \(handle): \(number) after \(last)")
        }
        lastNumber[handle] = number
    }

    private func add(_ capability: Capability, to side: Side) {
        side.handles.append(Handle(id: nextHandle, capability: capability))
        nextHandle += 1
    }

    private func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    func step() {
        let side = sides[pick(2)]
        switch pick(35) {
        case 0..<6: pair.moveToServer()
        case 6..<12: pair.moveToClient()
        case 12: pair.loop.run()
        case 13..<23: call(side)
        case 23: ask(side, 1)
        case 24: ask(side, 2)
        case 25: ask(side, 4)
        case 26: ask(side, 5)
        case 27..<30: resolve(side)
        case 30: side.handles.isEmpty ? () : drop(side)
        case 31: ask(side, 6)
        case 32: ask(side, 7)
        case 33: answerSettled(side)
        default: cancel(side)
        }
    }

    private func call(_ side: Side) {
        guard !side.handles.isEmpty else { return }
        let index = pick(side.handles.count)
        side.handles[index].count += 1
        let handle = side.handles[index]
        send(0, handle.id << 32 | handle.count, nil, to: handle.capability)
    }

    @discardableResult
    private func send(_ id: UInt16, _ number: UInt64, _ given: Capability?, to target: Capability) -> PendingCall {
        sentCount += 1
        return target.send(method(id)) { (params: inout Cell.Builder, list: inout CapabilityList) in
            params.number = number
            params.setCapability(given, in: &list)
        } completion: { [unowned self] (_: CellResult) in endedCount += 1 }
    }

    private func ask(_ side: Side, _ method: UInt16) {
        guard !side.handles.isEmpty, side.handles.count < 40 else { return }
        let target = side.handles[pick(side.handles.count)].capability
        let given = method == 5 ? fresh(side) : side.handles[pick(side.handles.count)].capability
        let pending = send(method, 0, given, to: target)
        add(pending.capability(at: [0]), to: side)
        if pick(3) == 0 { side.calls.append(pending) }
    }

    private func fresh(_ side: Side) -> Capability {
        let made = CellServer()
        setUp(made, of: side)
        return Capability(hosting: made, on: pair.loop)
    }

    /// Promises become objects, of either side: a promise that waits for itself would wait for ever, in any
    /// implementation.
    private func resolve(_ side: Side) {
        if !side.kept.isEmpty {
            let call = side.kept.remove(at: pick(side.kept.count))
            let given = call.given
            if pick(3) > 0 { call.reply { $0.setCapability(given, in: &$1) } }
            if !side.promises.isEmpty { side.promises.remove(at: pick(side.promises.count)).resolve(to: given) }
        } else if !side.promises.isEmpty, pick(4) == 0 {
            side.promises.remove(at: pick(side.promises.count)).resolve(to: fresh(side))
        }
    }

    private func answerSettled(_ side: Side) {
        guard !side.settled.isEmpty else { return }
        let (call, object) = side.settled.remove(at: pick(side.settled.count))
        call.reply { $0.setCapability(object, in: &$1) }
    }

    private func drop(_ side: Side) {
        side.handles.remove(at: pick(side.handles.count))
    }

    private func cancel(_ side: Side) {
        guard !side.calls.isEmpty else { return }
        side.calls.remove(at: pick(side.calls.count)).cancel()
    }

    /// Answers, resolves and drops all there is.
    func finish() {
        pair.settle()
        while sides.contains(where: {
            !$0.handles.isEmpty || !$0.promises.isEmpty || !$0.kept.isEmpty || !$0.settled.isEmpty
        }) {
            for side in sides {
                side.handles = []
                side.calls = []
                side.kept = []
                side.settled = []
                for promise in side.promises { promise.fail(.failed("the end")) }
                side.promises = []
            }
            pair.settle()
        }
    }
}

@Suite("Any order of anything")
struct RandomWalkTests {
    @Test(
        "calls on one reference keep their order, each ends once, and nothing is left",
        arguments: 0..<40 as Range<UInt64>)
    func walk(_ seed: UInt64) {
        let walk = RandomWalk(seed: seed)
        for _ in 0..<1_500 { walk.step() }
        walk.finish()
        #expect(walk.disorder.isEmpty)
        #expect(walk.pair.client.closeReason == nil)
        #expect(walk.pair.server.closeReason == nil)
        #expect(walk.sentCount == walk.endedCount)
        walk.pair.expectNoLeaks()
    }

    @Test(
        "the connection may end at any moment: each call ends once, and nothing is left",
        arguments: 0..<40 as Range<UInt64>)
    func cut(_ seed: UInt64) {
        let walk = RandomWalk(seed: seed)
        for _ in 0..<Int(seed) * 20 { walk.step() }
        walk.pair.client.close(.disconnected("cut"))
        for _ in 0..<50 { walk.step() }
        walk.pair.server.close(.disconnected("cut"))
        walk.finish()
        #expect(walk.disorder.isEmpty)
        #expect(walk.sentCount == walk.endedCount)
        walk.pair.expectNoLeaks()
    }

    @Test("walks do get somewhere")
    func progress() {
        let delivered = (0..<10 as Range<UInt64>).map { seed in
            let walk = RandomWalk(seed: seed)
            for _ in 0..<1_500 { walk.step() }
            walk.finish()
            return walk.deliveredCount
        }
        #expect(delivered.reduce(0, +) > 500)
    }
}
