import Primitives
import Testing

@testable import PQTunnel

/// Records, epochs, and what a carrier can do to them.
@Suite("Tunnel records")
struct RecordTests {
    @Test("a record is read once, in any order, inside the window") func replay() throws {
        var ends = try Pair().run()
        var records: [[UInt8]] = []
        for number in 0..<1_100 { records.append(try ends.initiator.say("\(number)")) }
        for number in [0, 2, 1, 500, 499, 1_099] { #expect(try ends.responder.hear(records[number]) == "\(number)") }
        for number in [0, 2, 1, 500, 499, 1_099] {
            #expect(throws: TunnelFailure.replayed) { try ends.responder.hear(records[number]) }
        }
        // 1 024 behind the newest counter, 1 099: 76 is the oldest that is still read.
        #expect(try ends.responder.hear(records[76]) == "76")
        #expect(throws: TunnelFailure.replayed) { try ends.responder.hear(records[75]) }
        for number in 77..<499 { #expect(try ends.responder.hear(records[number]) == "\(number)") }
        for number in 77..<499 { #expect(throws: TunnelFailure.replayed) { try ends.responder.hear(records[number]) } }
    }

    @Test("the window agrees with a set, whatever the order") func window() {
        var random = PRNG(seed: 5)
        for _ in 0..<50 {
            var window = ReplayWindow()
            var seen: Set<UInt64> = []
            var newest: UInt64 = 0
            for _ in 0..<600 {
                let jump: UInt64 = [3, 70, 1_100, 5_000][Int(random.next() % 4)]
                let base = newest > 1_200 ? newest - 1_200 : 0
                let counter = base + random.next() % (1_200 + jump)
                let isInside = seen.isEmpty || counter > newest || newest - counter < ReplayWindow.count
                let expected = isInside && !seen.contains(counter)
                #expect(window.accepts(counter) == expected, "\(counter) after \(newest)")
                if window.accepts(counter) {
                    window.insert(counter)
                    seen.insert(counter)
                    newest = max(newest, counter)
                }
            }
        }
    }

    @Test("a changed, cut or foreign record changes nothing") func damage() throws {
        var ends = try Pair().run()
        let record = try ends.initiator.say("something")
        for position in record.indices {
            var changed = record
            changed[position] ^= 0x10
            #expect(throws: TunnelFailure.self) { try ends.responder.hear(changed) }
        }
        for count in record.indices { #expect(throws: TunnelFailure.self) { try ends.responder.hear(Array(record.prefix(count))) } }
        #expect(throws: TunnelFailure.self) { try ends.responder.hear([UInt8](repeating: 0x81, count: 70_000)) }
        // Not this side's own either.
        #expect(throws: TunnelFailure.notAuthentic) { try ends.initiator.hear(record) }
        #expect(try ends.responder.hear(record) == "something")
    }

    @Test("the largest record goes through, a larger one is refused here") func sizes() throws {
        var ends = try Pair().run()
        var record: [UInt8] = []
        let data = [UInt8](repeating: 3, count: TunnelLimits.maxContentByteCount)
        try ends.initiator.seal(data, into: &record)
        #expect(try ends.responder.open(record[...], at: Pair.now) == .data(data))
        var none: [UInt8] = []
        #expect(throws: TunnelFailure.self) { try ends.initiator.seal(data + [1], into: &none) }
        #expect(none.isEmpty)
    }

    @Test("a rekey changes both keys while records are under way") func rekey() throws {
        var ends = try Pair().run()
        let old = (try ends.initiator.say("old there"), try ends.responder.say("old back"))
        #expect(ends.initiator.needsRekey(at: Pair.now) == false)
        let later = Pair.now + .seconds(3600)
        #expect(ends.initiator.nextDeadline == later && ends.initiator.needsRekey(at: later) && !ends.responder.needsRekey(at: later))
        let question = try ends.initiator.rekey(seed: Pair.seed(11), at: later)
        let answer = try #require(try ends.responder.answer(question, at: later))
        // The responder can't know yet that its answer arrived.
        let between = try ends.responder.say("between")
        #expect(ends.responder.status(at: later).epoch == 0)
        let confirmation = try #require(try ends.initiator.answer(answer, at: later))
        #expect(ends.initiator.status(at: later).epoch == 1 && !ends.initiator.needsRekey(at: later))
        #expect(try ends.responder.answer(confirmation, at: later) == [])
        #expect(ends.responder.status(at: later).epoch == 1)
        #expect(try ends.responder.hear(old.0, at: later) == "old there")
        #expect(try ends.initiator.hear(old.1, at: later) == "old back")
        #expect(try ends.initiator.hear(between, at: later) == "between")
        let new = (try ends.initiator.say("new there"), try ends.responder.say("new back"))
        #expect(new.0[1] == 1 && new.1[1] == 1)
        #expect(try ends.responder.hear(new.0, at: later) == "new there")
        #expect(try ends.initiator.hear(new.1, at: later) == "new back")
    }

    @Test("keys of the epoch before are gone after their time") func expiry() throws {
        var ends = try Pair().run()
        let (late, later) = (try ends.initiator.say("late"), try ends.initiator.say("later"))
        try Self.rekey(&ends, seed: 11, at: Pair.now)
        let end = Pair.now + TunnelLimits().oldEpochLifetime
        #expect(ends.responder.nextDeadline == end)
        #expect(try ends.responder.hear(late, at: Instant(nanoseconds: end.nanoseconds - 1)) == "late")
        #expect(throws: TunnelFailure.unknownEpoch) { try ends.responder.hear(later, at: end) }
        ends.responder.expire(at: end)
        let isGone = ends.responder.previous == nil
        #expect(isGone)
    }

    @Test("a carrier may lose or repeat any message of a rekey") func lossyRekey() throws {
        var ends = try Pair().run()
        _ = try ends.initiator.rekey(seed: Pair.seed(11), at: Pair.now)  // lost
        let again = ends.initiator.nextDeadline
        #expect(again == Pair.now + TunnelLimits().rekeyPatience && ends.initiator.needsRekey(at: again))
        let question = try ends.initiator.rekey(seed: Pair.seed(12), at: again)
        _ = try ends.responder.answer(question)  // lost
        let third = try ends.initiator.rekey(seed: Pair.seed(13), at: again + .seconds(5))
        let answer = try #require(try ends.responder.answer(third))
        _ = try ends.initiator.answer(answer)  // its confirmation is lost
        #expect(throws: TunnelFailure.replayed) { try ends.initiator.answer(answer) }
        // Whatever the initiator says next confirms as well.
        let word = try ends.initiator.say("word")
        #expect(try ends.responder.hear(word) == "word")
        let back = try ends.responder.say("back")
        #expect(back[1] == 1)
        #expect(try ends.initiator.hear(back) == "back")
        for seed in UInt8(20)..<30 { try Self.rekey(&ends, seed: seed, at: Pair.now) }
        #expect(ends.initiator.status(at: Pair.now).epoch == 11 && ends.responder.status(at: Pair.now).epoch == 11)
    }

    @Test("a used-up key is replaced, and seals nothing once its grace is over") func exhaustion() throws {
        var pair = Pair()
        pair.limits.recordsPerEpoch = 10
        pair.limits.grace = 5
        var ends = try pair.run()
        for _ in 0..<10 { _ = try ends.responder.say("x") }
        // The responder can't rekey: it asks the initiator, and goes on for a while.
        var asked: [UInt8] = []
        try ends.responder.seal([1], into: &asked)
        let size = RecordFormat.overhead
        #expect(asked.count == 2 * size + 1)
        #expect(try ends.initiator.answer(Array(asked.prefix(size))) == [])
        #expect(ends.initiator.needsRekey(at: Pair.now) == true)
        for _ in 0..<3 { _ = try ends.responder.say("x") }
        #expect(throws: TunnelFailure.exhausted) { try ends.responder.say("x") }
        try Self.rekey(&ends, seed: 3, at: Pair.now)
        let record = try ends.responder.say("again")
        #expect(try ends.initiator.hear(record) == "again")
        for _ in 0..<10 { _ = try ends.initiator.say("x") }
        #expect(ends.initiator.needsRekey(at: Pair.now) == true)
    }

    @Test("bytes count as records do") func bytes() throws {
        var pair = Pair()
        pair.limits.bytesPerEpoch = 1_000
        var ends = try pair.run()
        var record: [UInt8] = []
        try ends.initiator.seal([UInt8](repeating: 1, count: 1_000), into: &record)
        #expect(ends.initiator.needsRekey(at: Pair.now) == true)
    }

    @Test("a closed tunnel says and hears nothing more, and a cut one is told from it") func closing() throws {
        var ends = try Pair().run()
        let late = try ends.responder.say("late")
        let last = try ends.initiator.close()
        #expect(throws: TunnelFailure.closed) { try ends.initiator.say("x") }
        #expect(throws: TunnelFailure.closed) { try ends.initiator.hear(late) }
        #expect(try ends.responder.open(last[...], at: Pair.now) == .closed)
        #expect(throws: TunnelFailure.closed) { try ends.responder.say("x") }
    }

    static func rekey(_ ends: inout Pair.Ends, seed: UInt8, at now: Instant) throws {
        let question = try ends.initiator.rekey(seed: Pair.seed(seed), at: now)
        let answer = try #require(try ends.responder.answer(question, at: now))
        let confirmation = try #require(try ends.initiator.answer(answer, at: now))
        #expect(try ends.responder.answer(confirmation, at: now) == [])
    }
}
