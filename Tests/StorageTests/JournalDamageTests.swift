import Primitives
import Storage
import Testing

private let kind = RecordKind(7)

@Test func aJournalCutAtAnyByteLosesOnlyWhatLiesBehindTheCut() throws {
    var rig = Rig()
    try rig.write((1...6).map { payload($0, $0 * 5) })
    let whole = rig.disk.bytes(of: .first)
    let intact = try rig.records().1
    var seen: Set<Int> = []
    for length in 0...whole.count {
        var cut = rig
        cut.disk.cut(.first, to: length)
        let (recovery, records) = try cut.records()
        #expect(records == Array(intact.prefix(records.count)))
        #expect(recovery.last == LSN(UInt64(records.count)))
        #expect(recovery.tailByteCount <= length || length < 32)
        #expect(recovery.abandoned == (length < 32 ? [LSN.first] : []))
        seen.insert(records.count)
        #expect(throws: StorageFailure.self) {
            try records.count < 6 ? cut.records(synced: LSN(6)) : { throw StorageFailure.closed }()
        }
    }
    #expect(seen == Set(0...6))
}

@Test func aFlippedByteIsNamedUnlessItIsInWhatNoLaterWriteVouchesFor() throws {
    var rig = Rig()
    try rig.write((1...5).map { payload($0, 9) })
    let intact = try rig.records().1
    let length = rig.disk.bytes(of: .first).count
    let lastMark = length - 29
    for offset in 0..<length {
        for mask in [UInt8(1), 0x80, 0xFF] {
            var damaged = rig
            damaged.disk.flip(.first, at: offset, mask: mask)
            if offset >= lastMark {
                #expect(try damaged.records().1 == intact, "only the mark at the end is damaged")
                continue
            }
            do {
                let (_, records) = try damaged.records()
                Issue.record("byte \(offset) ^ \(mask) went unnoticed, \(records.count) records")
            } catch StorageFailure.corrupted(.header(let segment)) {
                #expect(offset < 32 && segment == .first)
            } catch StorageFailure.corrupted(.record(let segment, let place, let lsn)) {
                let isMark = offset - place < 29
                #expect(segment == .first && place <= offset && offset - place < 38 || isMark)
                #expect((1...5).contains(lsn.value))
            }
        }
    }
}

@Test func damageInTheLastGroupWithoutAMarkIsTornUnlessTheCallerKnowsBetter() throws {
    var rig = Rig()
    try rig.write([payload(1)])
    for index in 2...4 { _ = try rig.journal.append(kind, payload(index)) }
    let step = try rig.nextStep()
    let start = rig.disk.bytes(of: .first).count
    try rig.disk.perform(step)
    rig.disk.flip(.first, at: start + 30, mask: 4)
    let (recovery, records) = try rig.records()
    #expect(records.count == 1)
    let torn = try #require(recovery.torn)
    #expect(torn.segment == .first && torn.offset == start && torn.lsn == LSN(2) && torn.discardedRecordCount == 2)
    #expect(throws: StorageFailure.corrupted(.record(segment: .first, offset: start, lsn: LSN(2)))) {
        try rig.records(synced: LSN(2))
    }
}

@Test func aLostSegmentIsNamed() throws {
    var rig = Rig(Rig.small)
    try rig.write((1...40).map { payload($0, 400) })
    let segments = rig.disk.segments
    for (index, segment) in segments.enumerated() where index + 1 < segments.count {
        var damaged = rig
        damaged.disk.lose(segment)
        #expect(throws: StorageFailure.corrupted(.missing(expected: segment, found: segments[index + 1]))) {
            try damaged.records()
        }
    }
    var damaged = rig
    damaged.disk.lose(segments[segments.count - 1])
    #expect(throws: StorageFailure.self) { try damaged.records(synced: LSN(40)) }
    #expect(throws: StorageFailure.corrupted(.missing(expected: LSN(9), found: nil))) {
        try Rig().records(checkpoint: LSN(9))
    }
}

@Test func damageInASegmentThatAnotherFollowsIsCorruption() throws {
    var rig = Rig(Rig.small)
    try rig.write((1...20).map { payload($0, 400) })
    let segment = rig.disk.segments[0]
    let end = rig.disk.bytes(of: segment).count
    for offset in [33, 500, end - 30 - 29] {
        var damaged = rig
        damaged.disk.flip(segment, at: offset, mask: 8)
        #expect(throws: StorageFailure.self) { try damaged.records() }
        var cut = rig
        cut.disk.cut(segment, to: offset)
        #expect(throws: StorageFailure.self) { try cut.records() }
    }
}

@Test func aDamagedMarkAtTheEndOfASegmentThatAnotherFollowsLosesNothing() throws {
    var rig = Rig(Rig.small)
    try rig.write((1...20).map { payload($0, 400) })
    let segment = rig.disk.segments[0]
    let end = rig.disk.bytes(of: segment).count
    for offset in end - 29..<end {
        var damaged = rig
        damaged.disk.flip(segment, at: offset, mask: 8)
        var cut = rig
        cut.disk.cut(segment, to: offset)
        for (recovery, records) in [try damaged.records(), try cut.records()] {
            #expect(records.count == 20 && recovery.torn == nil)
        }
    }
}

@Test func noPayloadPassesForARecord() throws {
    var foreign = Rig()
    try foreign.write((1...9).map { payload($0) })
    let bait = foreign.disk.bytes(of: .first)
    var rig = Rig()
    rig.journal = Journal(JournalRecovery(newJournal: JournalID(77)))
    try rig.write([payload(1)])
    _ = try rig.journal.append(kind, bait)
    let start = rig.disk.bytes(of: .first).count
    try rig.disk.perform(try rig.nextStep(), syncing: false)
    rig.disk.flip(.first, at: start, mask: 1)
    let (recovery, records) = try rig.records()
    #expect(records.count == 1 && recovery.torn?.discardedRecordCount == 0)
}

@Test(arguments: 0..<100) func aPowerCutLosesNothingThatWasAcknowledged(seed: Int) throws {
    var random = PRNG(seed: UInt64(seed))
    var rig = Rig(Rig.small)
    var acknowledged = 0
    var written: [[UInt8]] = []
    for _ in 0..<6 {
        for _ in 0..<Int(random.next() % 40) {
            let bytes = random.bytes(Int(random.next() % 1500))
            if (try? rig.journal.append(kind, bytes)) != nil { written.append(bytes) }
            for _ in 0..<Int(random.next() % 4) {
                guard let step = rig.journal.poll() else { break }
                try rig.disk.perform(step)
                acknowledged = Int(rig.journal.finish().lsn.value)
            }
        }
        if let step = rig.journal.poll() { try rig.disk.perform(step, syncing: false) }
        rig.disk.crash(&random)
        var found: [JournalRecord] = []
        let recovery = try rig.disk.recover(freshID: JournalID(0xA5A5)) { found.append($0) }
        #expect(found.count >= acknowledged)
        #expect(found.map(\.payload) == Array(written.prefix(found.count)))
        written = found.map(\.payload)
        acknowledged = written.count
        rig.journal = Journal(recovery, configuration: Rig.small)
    }
}
