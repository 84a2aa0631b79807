import Primitives
import Testing

@testable import TunnelStreams

/// Carriers that die at any moment: nothing is lost, nothing doubled, nothing out of order, nothing left behind.
@Suite("Streams over changing carriers")
struct ResumeTests {
    @Test("what the old carrier lost comes over the new one, once") func once() throws {
        var wire = Wire()
        let id = try wire.initiator.open(.interactive, label: "mail")
        try wire.settle()
        _ = try wire.initiator.write(text("one "), to: id)
        wire.send(.initiator)
        try wire.deliver(to: .responder)
        _ = try wire.initiator.write(text("two "), to: id)
        wire.send(.initiator)  // lost
        wire.cut()
        _ = try wire.initiator.write(text("three"), to: id)
        try wire.initiator.finish(id)
        try wire.settle()
        #expect(try wire.read(id, at: .responder) == StreamRead(bytes: text("one two three"), isEnd: true))
    }

    @Test("a stream whose opening, end, reset or last acknowledgement was lost") func edges() throws {
        var wire = Wire()
        let opened = try wire.initiator.open(.control, label: "lost opening")
        _ = try wire.initiator.write(text("x"), to: opened)
        while wire.send(.initiator) {}
        wire.cut()
        try wire.settle()
        let heard = wire.take(.responder)
        #expect(heard == [.opened(opened, .control, label: "lost opening"), .readable(opened)])
        _ = try wire.read(opened, at: .responder)
        // The end.
        try wire.initiator.finish(opened)
        while wire.send(.initiator) {}
        wire.cut()
        try wire.settle()
        #expect(try wire.read(opened, at: .responder).isEnd)
        // The last acknowledgement: the responder's own end was acknowledged by a frame that never came.
        try wire.responder.finish(opened)
        while wire.send(.responder) { try wire.deliver(to: .initiator) }
        #expect(try wire.read(opened, at: .initiator).isEnd)
        while wire.send(.initiator) {}
        wire.cut()
        #expect(wire.initiator.streamCount == 0 && wire.responder.streamCount == 1)
        try wire.settle()
        #expect(wire.responder.streamCount == 0 && wire.closed.map { $0.1 } == [opened, opened])
        // A reset.
        let given = try wire.responder.open(.bulk, label: "")
        try wire.settle()
        try wire.responder.reset(given, code: 9)
        while wire.send(.responder) {}
        wire.cut()
        try wire.settle()
        let told = wire.take(.initiator)
        #expect(told.last == .reset(given, code: 9))
        #expect(wire.initiator.streamCount == 0 && wire.responder.streamCount == 0)
    }

    /// What one side should read of a stream, and has read.
    private struct Record {
        var written: [UInt8] = []
        var read: [UInt8] = []
        var (isFinished, isEnd) = (false, false)
    }

    @Test("any history: every stream reads as it was written", arguments: 0..<30 as Range<UInt64>) func history(seed: UInt64) throws {
        var random = PRNG(seed: seed)
        func chance(_ one: UInt64) -> Bool { random.next() % one == 0 }
        var wire = Wire()
        var records: [StreamID: [Wire.End: Record]] = [:]  // by who writes
        var gone: Set<StreamID> = []
        func other(_ end: Wire.End) -> Wire.End { end == .initiator ? .responder : .initiator }
        func read(_ id: StreamID, at end: Wire.End) throws {
            guard wire[end].description(of: id) != nil else { return }
            let found = try wire.read(id, at: end)
            records[id]?[other(end)]?.read += found.bytes
            records[id]?[other(end)]?.isEnd = found.isEnd
        }
        for _ in 0..<1_000 {
            let end: Wire.End = chance(2) ? .initiator : .responder
            let known = wire[end].description(of:)
            let ids = records.keys.sorted().filter { known($0) != nil }
            switch random.next() % 12 {
            case 0 where ids.count < 8:
                let id = try wire[end].open(TrafficClass.allCases[Int(random.next() % 4)], label: "x")
                records[id] = [.initiator: Record(), .responder: Record()]
            case 1, 2, 3:
                guard let id = ids.randomElement(using: &random), records[id]?[end]?.isFinished == false else { continue }
                let bytes = (0..<Int(random.next() % 9_000)).map { UInt8(truncatingIfNeeded: $0 ^ Int(seed)) }
                let count = try wire[end].write(bytes, to: id)
                records[id]?[end]?.written += bytes.prefix(count)
            case 4 where chance(3):
                guard let id = ids.randomElement(using: &random), records[id]?[end]?.isFinished == false else { continue }
                try wire[end].finish(id)
                records[id]?[end]?.isFinished = true
            case 5 where chance(12):
                guard let id = ids.randomElement(using: &random) else { continue }
                try wire[end].reset(id, code: 5)
                gone.insert(id)
            case 6, 7: if let id = ids.randomElement(using: &random) { try read(id, at: end) }
            case 8 where chance(10): wire.cut()
            case 9, 10: for _ in 0...random.next() % 5 { wire.send(end, maxByteCount: 20 + Int(random.next() % 9_000)) }
            default: for _ in 0...random.next() % 5 { try wire.deliver(to: end) }
            }
        }
        wire.cut()
        for id in records.keys.sorted() where !gone.contains(id) {
            for end in Wire.End.allCases where wire[end].description(of: id) != nil && records[id]?[end]?.isFinished == false {
                try wire[end].finish(id)
                records[id]?[end]?.isFinished = true
            }
        }
        for _ in 0..<60 {
            try wire.settle()
            for id in records.keys.sorted() {
                for end in Wire.End.allCases {
                    try read(id, at: end)
                    // One that was opened by the other side a moment ago.
                    if wire[end].description(of: id) != nil, records[id]?[end]?.isFinished == false {
                        try wire[end].finish(id)
                        records[id]?[end]?.isFinished = true
                    }
                }
            }
        }
        for (id, sides) in records where !gone.contains(id) {
            for (end, record) in sides {
                // Not the bytes themselves: a failure would print all of them.
                let (isSame, isEnd) = (record.read == record.written, record.isEnd)
                #expect(isSame, "stream \(id) from \(end): \(record.read.count) of \(record.written.count) bytes")
                #expect(isEnd, "stream \(id) from \(end)")
            }
        }
        for (id, sides) in records where gone.contains(id) {
            for record in sides.values {
                let isBeginning = record.written.starts(with: record.read)
                #expect(isBeginning, "stream \(id)")
            }
        }
        #expect(wire.initiator.streamCount == 0 && wire.responder.streamCount == 0)
    }
}
