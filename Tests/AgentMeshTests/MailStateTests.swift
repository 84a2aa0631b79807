import Primitives
import Testing

@testable import AgentMesh

@Suite struct MailCursorTests {
    private func number(_ epoch: UInt64, _ counter: UInt64) -> MailNumber {
        .init(epoch: HomeEpoch(epoch), counter: counter)
    }

    @Test func `handled numbers merge into ranges and are never fresh again`() {
        var numbers = HandledNumbers()
        for number in [1, 2, 5, 4, 9, 3] as [UInt64] { numbers.insert(number) }
        #expect(numbers.ranges == [1...5, 9...9])
        #expect(numbers.verdict(3) == .handled && numbers.verdict(6) == .fresh && numbers.verdict(9) == .handled)
        numbers.insert(.max)
        numbers.insert(.max - 1)
        #expect(numbers.ranges.last == (UInt64.max - 1)...UInt64.max)
    }

    @Test func `agrees with a set over a seeded walk, and never grows past its bound`() {
        var prng = PRNG(seed: 7)
        var numbers = HandledNumbers()
        var model = Set<UInt64>()
        for _ in 0..<4_000 {
            let number = prng.next() % 900 + 1
            numbers.insert(number)
            model.insert(number)
            #expect(numbers.ranges.count <= HandledNumbers.maxRangeCount)
        }
        for number in 1...1_000 as ClosedRange<UInt64> where number > numbers.forgottenThrough {
            #expect((numbers.verdict(number) == .handled) == model.contains(number))
        }
        #expect(numbers.verdict(numbers.forgottenThrough) == .forgotten || numbers.forgottenThrough == 0)
    }

    @Test func `a refused number stays fresh so that a retry is handled`() {
        var cursor = MailCursor()
        cursor.insert(number(2, 1))
        cursor.insert(number(2, 3))
        #expect(cursor.verdict(number(2, 2)) == .fresh)
        #expect(cursor.verdict(number(2, 1)) == .handled)
        #expect(cursor.verdict(number(1, 9)) == .fresh)
    }

    @Test func `old epochs are forgotten, not taken for fresh`() throws {
        var cursor = MailCursor()
        for epoch in 1...UInt64(MailCursor.maxEpochCount) + 2 { cursor.insert(number(epoch, 1)) }
        #expect(cursor.verdict(number(2, 1)) == .forgotten)
        #expect(cursor.verdict(number(2, 7)) == .forgotten)
        #expect(cursor.verdict(number(3, 1)) == .handled)
        #expect(try MailCursor(bytes: cursor.bytes) == cursor)
    }

    @Test func `damaged cursors are refused, whatever byte is damaged`() throws {
        var cursor = MailCursor()
        for counter in [1, 2, 3, 8, 9] as [UInt64] { cursor.insert(number(4, counter)) }
        let bytes = cursor.bytes
        for length in 0..<bytes.count {
            #expect(throws: DecodingFailure.self) { try MailCursor(bytes: Array(bytes[..<length])) }
        }
        var crossed = bytes
        crossed[crossed.count - 16] = 2  // a range that begins inside the one before it
        #expect(throws: DecodingFailure.self) { try MailCursor(bytes: crossed) }
    }
}

@Suite struct OutboxTests {
    private let bob = AgentID(Digest([UInt8](repeating: 1, count: 32)) ?? .zero)
    private let eve = AgentID(Digest([UInt8](repeating: 2, count: 32)) ?? .zero)

    private func post(_ outbox: inout Outbox, to recipient: AgentID, _ mark: UInt8) -> OutboxEntry {
        let (number, order) = outbox.number(for: recipient)
        let digest = Digest([UInt8](repeating: mark, count: 32)) ?? .zero
        let entry = OutboxEntry(
            order: order, id: "m\(mark)", recipient: recipient, number: number, digest: digest, body: [mark],
            needsPostQuantum: false, isNamed: true)
        outbox.add(entry)
        return entry
    }
    private func drain(_ outbox: inout Outbox) -> [String] {
        var ids: [String] = []
        while let entry = outbox.poll() { ids.append(entry.id) }
        return ids
    }

    @Test func `the first message opens the lane, the others follow together`() {
        var outbox = Outbox(epoch: HomeEpoch(1))
        let first = post(&outbox, to: bob, 1)
        _ = post(&outbox, to: bob, 2)
        _ = post(&outbox, to: bob, 3)
        #expect(drain(&outbox) == ["m1"])
        let unsettled = outbox.accepted(first.digest, tier: .accepted)
        #expect(unsettled == nil)
        #expect(drain(&outbox) == ["m2", "m3"])
        #expect(outbox.count == 3)
        let settled = outbox.accepted(first.digest, tier: .stored)
        #expect(settled?.id == "m1")
        #expect(outbox.count == 2)
    }

    @Test func `a refused message gives its number to the next one`() {
        var outbox = Outbox(epoch: HomeEpoch(1))
        let first = post(&outbox, to: bob, 1)
        #expect(drain(&outbox) == ["m1"])
        let refused = outbox.refused(first.digest, usesNumber: false)
        #expect(refused?.id == "m1")
        #expect(post(&outbox, to: bob, 2).number.counter == 1)
        #expect(drain(&outbox) == ["m2"])
        _ = outbox.refused(Digest([UInt8](repeating: 2, count: 32)) ?? .zero, usesNumber: true)
        #expect(post(&outbox, to: bob, 3).number.counter == 2)
    }

    @Test func `a gap in the middle is filled before the end grows`() {
        var outbox = Outbox(epoch: HomeEpoch(1))
        let entries = (1...4).map { post(&outbox, to: bob, $0) }
        _ = drain(&outbox)
        _ = outbox.accepted(entries[0].digest, tier: .accepted)
        _ = drain(&outbox)
        _ = outbox.refused(entries[1].digest, usesNumber: false)
        #expect(post(&outbox, to: bob, 5).number.counter == 2)
        #expect(post(&outbox, to: bob, 6).number.counter == 5)
    }

    @Test func `what is not safe is sent again in order, before the messages of the new epoch`() {
        var outbox = Outbox(epoch: HomeEpoch(1))
        let entries = (1...4).map { post(&outbox, to: bob, $0) }
        _ = drain(&outbox)
        _ = outbox.accepted(entries[0].digest, tier: .delivered)
        _ = drain(&outbox)
        _ = outbox.accepted(entries[2].digest, tier: .stored)
        outbox.connectionLost()
        outbox.joined(HomeEpoch(2))
        let later = post(&outbox, to: bob, 5)
        #expect(later.number == MailNumber(epoch: HomeEpoch(2), counter: 1))
        #expect(drain(&outbox) == ["m1"])
        _ = outbox.accepted(entries[0].digest, tier: .accepted)
        #expect(drain(&outbox) == ["m2", "m4", "m5"])
    }

    @Test func `recipients don't wait for one another`() {
        var outbox = Outbox(epoch: HomeEpoch(1))
        _ = post(&outbox, to: bob, 1)
        _ = post(&outbox, to: bob, 2)
        _ = post(&outbox, to: eve, 3)
        #expect(Set(drain(&outbox)) == ["m1", "m3"])
    }

    @Test func `a postponed message keeps its number and its place`() {
        var outbox = Outbox(epoch: HomeEpoch(1))
        let first = post(&outbox, to: bob, 1)
        _ = post(&outbox, to: bob, 2)
        _ = drain(&outbox)
        outbox.postponed(first.digest, needsPostQuantum: true)
        let again = outbox.poll()
        #expect(again?.id == "m1" && again?.number == first.number && again?.needsPostQuantum == true)
        let none = outbox.poll()
        #expect(none == nil)
    }

    @Test func `a message that newer ones overtook is numbered anew only where the node can't have it`() {
        var outbox = Outbox(epoch: HomeEpoch(1))
        let first = post(&outbox, to: bob, 1)
        _ = drain(&outbox)
        let taken = outbox.takePassed(first.digest)
        #expect(taken == first && outbox.count == 0)
        let second = post(&outbox, to: bob, 2)
        _ = drain(&outbox)
        outbox.connectionLost()
        outbox.joined(HomeEpoch(2))
        _ = drain(&outbox)
        let kept = outbox.takePassed(second.digest)
        #expect(kept == nil && outbox.count == 1)
    }

    @Test func `entries and receipts survive their bytes, and refuse cut ones`() throws {
        var outbox = Outbox(epoch: HomeEpoch(9))
        let entry = post(&outbox, to: eve, 3)
        #expect(try OutboxEntry(order: entry.order, bytes: entry.bytes) == entry)
        let receipt = MailReceipt(
            id: "x", digest: entry.digest, to: eve, number: entry.number, tier: .deadLetter,
            time: WallTime(milliseconds: 5), reason: "rejected: no")
        #expect(try MailReceipt(bytes: receipt.bytes) == receipt)
        for length in 0..<entry.bytes.count {
            #expect(throws: DecodingFailure.self) { try OutboxEntry(order: 1, bytes: Array(entry.bytes[..<length])) }
        }
        for length in 0..<receipt.bytes.count {
            #expect(throws: DecodingFailure.self) { try MailReceipt(bytes: Array(receipt.bytes[..<length])) }
        }
    }

    @Test func `waiting doubles up to the ceiling and is spread over the upper half`() {
        var backoff = Backoff(floor: .milliseconds(100), ceiling: .seconds(2))
        #expect(backoff.failed(chance: 0) == .milliseconds(50))
        #expect(backoff.failed(chance: 99_999_999) == Interval(nanoseconds: 199_999_999))
        for _ in 0..<100 { _ = backoff.failed(chance: 3) }
        let last = backoff.failed(chance: .max)
        #expect(last >= .seconds(1) && last < .seconds(2))
        backoff.succeeded()
        #expect(backoff.failed(chance: 0) == .milliseconds(50))
    }
}
