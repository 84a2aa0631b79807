import CapnProto
import Primitives
import Testing

@testable import CapnProtoRPC

@Suite("Deadlines")
struct DeadlineTests {
    @Test("a call that is not answered in time is given up: its caller hears it, and its server too")
    func late() {
        var cancellations = 0
        let kept = Box<CellCall>(), results = Box<CellResult>(), expired = Signal()
        let pair = Pair(serving: CellServer([0: { call in
            kept.values.append(call)
            call.call.onCancel { cancellations += 1 }
        }]))
        var bootstrap: Capability? = pair.client.bootstrap
        let call = bootstrap?.cell(0, into: results)
        call?.cancel(after: .milliseconds(50)) { expired.raise(nil) }
        pair.settle()
        pair.loop.advance(by: .milliseconds(49))
        pair.settle()
        #expect(results.values.isEmpty && !expired.isRaised)
        pair.loop.advance(by: .milliseconds(1))
        pair.settle()
        #expect(results.failure == .cancelled && cancellations == 1 && expired.isRaised)
        (bootstrap, kept.values) = (nil, [])
        withExtendedLifetime(call) {}
    }

    @Test("a deadline that is forgotten, or comes after the answer, changes nothing")
    func inTime() {
        let results = Box<CellResult>(), pair = Pair(serving: CellServer(CellServer.adding))
        let bootstrap = pair.client.bootstrap
        let forgotten = bootstrap.cell(0, 1).cancel(after: .milliseconds(1))
        let answered = bootstrap.cell(0, 2, into: results)
        answered.cancel(after: .milliseconds(5))
        pair.settle()
        forgotten()
        pair.loop.advance(by: .seconds(1))
        pair.settle()
        #expect(results.number == 3)
    }
}
