import Primitives
import Storage
import Testing

private let kind = RecordKind(7)

/// A journal on a disk in memory, with the loop that a driver runs.
struct Rig {
    var disk = FaultyDisk()
    var journal: Journal

    init(_ configuration: Journal.Configuration = .init()) {
        journal = Journal(JournalRecovery(newJournal: JournalID(0xA5A5)), configuration: configuration)
    }

    static var small: Journal.Configuration {
        var configuration = Journal.Configuration()
        configuration.segmentByteCount = 4096
        configuration.maxGroupByteCount = 2048
        configuration.maxPayloadByteCount = 8192
        configuration.maxPendingByteCount = 16384
        return configuration
    }

    mutating func nextStep() throws -> JournalStep {
        let step = journal.poll()
        return try #require(step)
    }

    mutating func settle() throws {
        while let step = journal.poll() {
            try disk.perform(step)
            _ = journal.finish()
        }
    }

    /// One group per payload.
    mutating func write(_ payloads: [[UInt8]]) throws {
        for payload in payloads {
            _ = try journal.append(kind, payload)
            try settle()
        }
    }

    func records(checkpoint: LSN = .zero, synced: LSN = .zero) throws -> (JournalRecovery, [JournalRecord]) {
        var copy = disk
        var found: [JournalRecord] = []
        let recovery = try copy.recover(checkpoint: checkpoint, synced: synced, freshID: JournalID(1)) {
            found.append($0)
        }
        return (recovery, found)
    }
}

func payload(_ index: Int, _ count: Int = 20) -> [UInt8] { Array(repeating: UInt8(index & 0xFF), count: count) }

@Test func whatWasAppendedIsReadBackInOrder() throws {
    var rig = Rig()
    try rig.write((1...50).map { payload($0) })
    let (recovery, records) = try rig.records()
    #expect(records.map(\.lsn) == (1...50).map { LSN($0) })
    #expect(records.map(\.payload) == (1...50).map { payload($0) })
    #expect(records.allSatisfy { $0.kind == kind })
    #expect(recovery.last == LSN(50) && recovery.torn == nil && recovery.id == JournalID(0xA5A5))
}

@Test func everythingThatWaitsSharesOneSync() throws {
    var rig = Rig()
    _ = try rig.journal.append(kind, payload(1))
    let begin = try rig.nextStep()
    #expect(rig.journal.poll() == nil, "one step at a time")
    try rig.disk.perform(begin)
    #expect(rig.journal.finish().lsn == .zero)
    let first = try rig.nextStep()
    for index in 2...100 { _ = try rig.journal.append(kind, payload(index)) }
    #expect(rig.journal.synced.lsn == .zero, "nothing is durable before its sync")
    try rig.disk.perform(first)
    #expect(rig.journal.finish().lsn == LSN(1))
    let before = rig.disk.syncCount
    try rig.settle()
    #expect(rig.journal.synced.lsn == LSN(100))
    #expect(rig.disk.syncCount == before + 1)
    #expect(rig.journal.isQuiet)
}

private func sealed(_ journal: Journal, _ lsn: LSN) -> String? {
    guard let durable = journal.synced.seal("promise", at: lsn) else { return nil }
    return durable.message
}

@Test func aMessageIsSealedOnlyOnceItsRecordIsSynced() throws {
    var rig = Rig()
    let lsn = try rig.journal.append(kind, payload(1))
    #expect(sealed(rig.journal, lsn) == nil)
    try rig.settle()
    #expect(sealed(rig.journal, lsn) == "promise")
    #expect(sealed(rig.journal, lsn.next) == nil)
}

@Test func aFullQueueAndALargeRecordAreRefused() throws {
    var rig = Rig(Rig.small)
    #expect(throws: StorageFailure.tooLarge(byteCount: 8193, limit: 8192)) {
        try rig.journal.append(kind, payload(0, 8193))
    }
    _ = try rig.journal.append(kind, payload(1, 8192))
    #expect(throws: StorageFailure.overloaded) { try rig.journal.append(kind, payload(2, 8192)) }
    try rig.settle()
    #expect(try rig.journal.append(kind, payload(2, 8192)) == LSN(2))
}

@Test func aFailureIsFinalAndAcknowledgesNothing() throws {
    var rig = Rig()
    rig.disk = FaultyDisk(freeByteCount: 100)
    _ = try rig.journal.append(kind, payload(1))
    _ = try rig.journal.append(kind, payload(2, 60))
    while let step = rig.journal.poll() {
        do {
            try rig.disk.perform(step)
            _ = rig.journal.finish()
        } catch {
            rig.journal.fail(error)
        }
    }
    #expect(rig.journal.synced.lsn == .zero)
    #expect(rig.journal.failure == .full(operation: "write"))
    #expect(throws: StorageFailure.closed) { try rig.journal.append(kind, payload(3)) }
}

@Test func segmentsTurnOverAndAreLetGoBelowACheckpoint() throws {
    var rig = Rig(Rig.small)
    try rig.write((1...60).map { payload($0, 400) })
    let all = rig.journal.segments
    #expect(all.count > 5 && all == rig.disk.segments)
    let (_, records) = try rig.records()
    #expect(records.count == 60)
    rig.journal.truncate(through: LSN(all[3].value))
    try rig.settle()
    #expect(rig.journal.segments == Array(all[3...]) && rig.disk.segments == rig.journal.segments)
    #expect(throws: StorageFailure.corrupted(.missing(expected: LSN(1), found: all[3]))) { try rig.records() }
    let (recovery, rest) = try rig.records(checkpoint: all[3])
    #expect(rest.map(\.lsn).first == all[3] && recovery.last == LSN(60))
    rig.journal.truncate(through: LSN(60))
    try rig.settle()
    #expect(rig.journal.segments == [all[all.count - 1]], "the newest segment stays")
}

@Test func aJournalContinuesWhereItEnded() throws {
    var rig = Rig(Rig.small)
    for round in 0..<40 {
        try rig.write([payload(round, 100 + round * 11), payload(round, 3)])
        let recovery = try rig.disk.recover(freshID: JournalID(9)) { _ in }
        #expect(recovery.last == LSN(UInt64(round * 2 + 2)))
        rig.journal = Journal(recovery, configuration: Rig.small)
    }
    #expect(try rig.records().1.count == 80)
}

@Test func fileNamesNameLSNs() {
    #expect(LSN(0x1234).fileName == "segment-0000000000001234")
    #expect(LSN(fileName: "segment-0000000000001234") == LSN(0x1234))
    for bad in ["segment-1234", "segment-000000000000123G", "segmen-0000000000001234", "segment-00000000000000AB", ""] {
        #expect(LSN(fileName: bad) == nil)
    }
}

@Test func aLoadThatNeverPausesLeavesNoOldSegmentsBehind() throws {
    var rig = Rig(Rig.small)
    for index in 0..<400 {
        // Something always waits when a step ends.
        while rig.journal.backlogByteCount < 4096 { _ = try rig.journal.append(kind, payload(index, 500)) }
        let step = try rig.nextStep()
        try rig.disk.perform(step)
        rig.journal.truncate(through: rig.journal.finish().lsn)
        #expect(rig.journal.segments.count <= 3)
    }
    #expect(rig.disk.segments.count <= 3 && rig.journal.segments[0] > LSN(100))
}
