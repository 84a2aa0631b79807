import Primitives
import Testing

@testable import TunnelStreams

@Suite("Streams of a tunnel")
struct StreamTests {
    @Test("a stream carries bytes both ways and ends on both sides") func conversation() throws {
        var wire = Wire()
        let id = try wire.initiator.open(.interactive, label: "mail")
        #expect(try wire.initiator.write(text("question"), to: id) == 8)
        try wire.initiator.finish(id)
        try wire.settle()
        let heard = wire.take(.responder)
        #expect(heard == [.opened(id, .interactive, label: "mail"), .readable(id)])
        #expect(try wire.read(id, at: .responder) == StreamRead(bytes: text("question"), isEnd: true))
        #expect(try wire.responder.write(text("answer"), to: id) == 6)
        try wire.responder.finish(id)
        try wire.settle()
        #expect(try wire.read(id, at: .initiator) == StreamRead(bytes: text("answer"), isEnd: true))
        try wire.settle()
        #expect(wire.closed.count == 2 && wire.initiator.streamCount == 0 && wire.responder.streamCount == 0)
        #expect(throws: StreamRefusal.unknownStream) { try wire.initiator.write([1], to: id) }
    }

    @Test("votes overtake a bulk transfer, whose frames are small meanwhile") func priorities() throws {
        var wire = Wire()
        let bulk = try wire.initiator.open(.bulk, label: "snapshot")
        let votes = try wire.initiator.open(.consensus, label: "votes")
        try wire.settle()
        _ = try wire.initiator.write([UInt8](repeating: 1, count: 200_000), to: bulk)
        let whole = wire.initiator.nextFrame()
        #expect(whole?.count == Int(StreamLimits().initialWindow) + 14)
        _ = try wire.responder.receive(try #require(whole)[...])
        _ = try wire.initiator.write(text("vote"), to: votes)
        let next = wire.initiator.nextFrame()
        let frame = try #require(next)
        #expect(try Frame(frame[...]) == .data(votes, offset: 0, isEnd: false, text("vote")[...]))
        _ = try wire.responder.receive(frame[...])
        // The peer reads, so that bulk goes on: in small frames now.
        try wire.settle()
        var (sizes, rounds) = ([Int](), 0)
        while rounds < 200 {
            rounds += 1
            _ = try wire.responder.read(from: bulk)
            while wire.send(.responder) { try wire.deliver(to: .initiator) }
            if let frame = wire.initiator.nextFrame() {
                sizes.append(frame.count)
                _ = try wire.responder.receive(frame[...])
            }
        }
        #expect(sizes.max() == StreamLimits().bulkFrameByteCount + 14)
    }

    @Test("interactive traffic doesn't starve bulk, nor does one stream another") func fairness() throws {
        var limits = StreamLimits()
        limits.initialWindow = 1 << 20
        limits.sendBufferByteCount = 1 << 20
        var wire = Wire(limits: limits)
        let (one, two) = (try wire.initiator.open(.interactive, label: "1"), try wire.initiator.open(.interactive, label: "2"))
        let bulk = try wire.initiator.open(.bulk, label: "3")
        try wire.settle()
        for id in [one, two, bulk] { _ = try wire.initiator.write([UInt8](repeating: 7, count: 400_000), to: id) }
        var counts: [StreamID: Int] = [:]
        for _ in 0..<90 {
            let next = wire.initiator.nextFrame(maxByteCount: 1_000)
            guard case .data(let id, _, _, _) = try Frame(try #require(next)[...]) else { continue }
            counts[id, default: 0] += 1
        }
        #expect(counts == [one: 40, two: 40, bulk: 10])
    }

    @Test("a writer waits for a reader, whose window grows while it keeps up") func flowControl() throws {
        var wire = Wire()
        let id = try wire.initiator.open(.bulk, label: "")
        let all = [UInt8](repeating: 5, count: 1_000_000)
        #expect(try wire.initiator.write(all, to: id) == StreamLimits().sendBufferByteCount)
        try wire.settle()
        // No more than a window lies at the reader that does not read.
        #expect(try wire.read(id, at: .responder).bytes.count == Int(StreamLimits().initialWindow))
        var (sent, received, largest) = (StreamLimits().sendBufferByteCount, Int(StreamLimits().initialWindow), 0)
        while received < all.count {
            try wire.settle()
            if wire.take(.initiator).contains(.writable(id)) { sent += try wire.initiator.write(Array(all[sent...]), to: id) }
            let read = try wire.read(id, at: .responder)
            largest = max(largest, read.bytes.count)
            received += read.bytes.count
        }
        #expect(largest > 4 * Int(StreamLimits().initialWindow))
    }

    @Test("a stream that is given up ends on both sides, and what is under way for it is dropped") func reset() throws {
        var wire = Wire()
        let id = try wire.initiator.open(.bulk, label: "")
        _ = try wire.initiator.write(text("some"), to: id)
        try wire.settle()
        _ = try wire.initiator.write(text("more"), to: id)
        wire.send(.initiator)
        try wire.responder.reset(id, code: 42)
        try wire.settle()
        let told = wire.take(.initiator)
        #expect(told == [.reset(id, code: 42)])
        #expect(wire.initiator.streamCount == 0 && wire.responder.streamCount == 0)
        // One that the peer has not heard of yet.
        let early = try wire.initiator.open(.bulk, label: "early")
        try wire.initiator.reset(early, code: 1)
        let next = try wire.initiator.open(.bulk, label: "next")
        try wire.settle()
        let later = wire.take(.responder)
        #expect(later.contains(.opened(next, .bulk, label: "next")))
        #expect(wire.responder.streamCount == 1)
    }

    @Test("nobody opens more streams than there may be, and none after a goodbye") func bounds() throws {
        var limits = StreamLimits()
        limits.maxStreamCount = 4
        var wire = Wire(limits: limits)
        for number in 0..<4 { _ = try wire.initiator.open(.bulk, label: "\(number)") }
        #expect(throws: StreamRefusal.tooManyStreams) { try wire.initiator.open(.bulk, label: "5") }
        #expect(throws: StreamRefusal.labelTooLong) { try wire.responder.open(.bulk, label: String(repeating: "x", count: 65)) }
        // Both at once: the later are refused.
        _ = try wire.responder.open(.bulk, label: "crossing")
        try wire.settle()
        #expect(wire.responder.streamCount <= 4 && wire.initiator.streamCount <= 4)
        wire.initiator.goAway()
        try wire.settle()
        let farewell = wire.take(.responder)
        #expect(farewell.contains(.goingAway))
        #expect(throws: StreamRefusal.goingAway) { try wire.responder.open(.bulk, label: "") }
        #expect(throws: StreamRefusal.goingAway) { try wire.initiator.open(.bulk, label: "") }
    }

    @Test("no hostile frame traps, and what no correct peer sends is refused") func hostile() throws {
        func fresh() throws -> (Wire, StreamID) {
            var wire = Wire()
            let id = try wire.initiator.open(.bulk, label: "")
            _ = try wire.initiator.write(text("abc"), to: id)
            try wire.settle()
            return (wire, id)
        }
        let (wire, id) = try fresh()  // each case has a copy
        let none = StreamID(77)
        let refused: [(Frame, StreamFailure)] = [
            (.data(none, offset: 0, isEnd: false, [1]), .unknownStream(none)),
            (.data(StreamID(2), offset: 0, isEnd: false, [1]), .unknownStream(StreamID(2))),
            (.credit(none, Credit(received: 0, limit: 9)), .unknownStream(none)),
            (.reset(none, code: 1), .unknownStream(none)),
            (.open(StreamID(0), .bulk, label: ""), .badOpen(StreamID(0))),
            (.open(StreamID(4), .bulk, label: ""), .badOpen(StreamID(4))),
            (.open(StreamID(1), .bulk, label: ""), .badOpen(StreamID(1))),
            (.data(id, offset: 4, isEnd: false, [1]), .badOffset(id)),
            (.data(id, offset: .max, isEnd: true, [1]), .badOffset(id)),
            (.data(id, offset: 3, isEnd: false, [UInt8](repeating: 0, count: 40_000)[...]), .badOffset(id)),
            (.data(id, offset: 0, isEnd: true, [1]), .badOffset(id)),
            (.resume(Resume(newest: nil, open: [], resets: [])), .badResume),
        ]
        for (frame, failure) in refused {
            var responder = wire.responder
            #expect(throws: failure, "\(frame)") { try responder.receive(frame.bytes[...]) }
        }
        for credit in [Credit(received: 4, limit: 100_000), Credit(received: 3, limit: 0), Credit(received: .max, limit: .max)] {
            var initiator = wire.initiator
            #expect(throws: StreamFailure.badCredit(id)) { try initiator.receive(Frame.credit(id, credit).bytes[...]) }
        }
        var random = PRNG(seed: 3)
        for _ in 0..<4_000 {
            var responder = wire.responder
            var bytes = (0..<Int(random.next() % 30)).map { _ in UInt8(truncatingIfNeeded: random.next() % 7) }
            if random.next() % 2 == 0 { bytes = refused[Int(random.next() % 12)].0.bytes.map { random.next() % 9 == 0 ? $0 ^ 1 : $0 } }
            do { _ = try responder.receive(bytes[...]) } catch {}
            #expect(responder.streamCount <= 2)
        }
        // A peer that opens and never reads what it is refused.
        var limits = StreamLimits()
        (limits.maxStreamCount, limits.maxResetCount) = (2, 10)
        var victim = StreamMux(isInitiator: false, limits: limits)
        let failure = #expect(throws: StreamFailure.self) {
            for number in 0..<100 as Range<UInt32> { _ = try victim.receive(Frame.open(StreamID(number * 2), .bulk, label: "").bytes[...]) }
        }
        #expect(failure == .tooManyResets)
    }
}
