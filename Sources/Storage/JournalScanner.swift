import Primitives

/// What a scan found, and where the journal goes on.
public struct JournalRecovery: Hashable, Sendable {
    public var id: JournalID
    /// The newest valid record; zero where there is none and none was ever truncated.
    public var last: LSN
    /// First LSNs of the segments to keep, oldest first. The next record goes into the last one, or a new one.
    public var segments: [LSN]
    /// The valid bytes of the last segment: the driver cuts its file here before anything is written.
    public var tailByteCount: Int
    /// Bytes behind the last valid record that belong to no record that was ever synced.
    public var torn: TornTail?
    /// Segments whose creation a crash interrupted: the driver deletes them.
    public var abandoned: [LSN]

    public struct TornTail: Hashable, Sendable {
        public var segment: LSN
        public var offset: Int
        /// The first LSN that is gone.
        public var lsn: LSN
        /// Whole records behind the damage, cut off with it: their group was never synced.
        public var discardedRecordCount: Int
    }

    /// A new journal, after `last` (what a checkpoint already covers).
    public init(newJournal id: JournalID, after last: LSN = .zero) {
        self.id = id
        self.last = last
        segments = []
        tailByteCount = 0
        abandoned = []
    }
}

/// The reading half of a journal. Feed it the segments in order, then `finish()`.
///
/// Damage is *torn* where no promise can have rested on it: behind it stands nothing that was written after it had been
/// synced. It is cut off and reported. Damage is *corruption* where something does: a record or mark whose `synced` field
/// names the damaged LSN, a later segment, or what the caller knows (`synced`). That is thrown with its place; nothing is
/// skipped.
///
/// One case cannot be told apart: the very last group, damaged after it was synced and before a mark followed. It reads as
/// torn, unless the caller's `synced` covers it.
public struct JournalScanner: Sendable {
    /// Records up to here aren't needed any more; segments that held only such records may be missing.
    public let checkpoint: LSN
    /// Records up to here are known to have been synced.
    public let synced: LSN

    private struct Damage {
        let segment: LSN
        let offset: Int
        let lsn: LSN
        var discardedRecordCount = 0

        var corruption: Corruption { .record(segment: segment, offset: offset, lsn: lsn) }
    }

    private var id: JournalID?
    private var segments: [LSN] = []
    private var abandoned: [LSN] = []
    private var expected: LSN
    private var tailByteCount = 0
    private var damage: Damage?

    /// - Parameter synced: at least `checkpoint` is assumed.
    public init(checkpoint: LSN = .zero, synced: LSN = .zero) {
        self.checkpoint = checkpoint
        self.synced = max(checkpoint, synced)
        expected = checkpoint.next
    }

    /// Reads one segment; `name` is the LSN in its file's name. Visits its valid records, marks excepted.
    public mutating func read(
        segment name: LSN, _ bytes: [UInt8], _ visit: (JournalRecord) -> Void
    ) throws(StorageFailure) {
        if let interrupted = abandoned.first { throw .corrupted(.header(segment: interrupted)) }
        guard let header = JournalFormat.decodeHeader(bytes) else { return try readHeaderless(name, bytes) }
        guard header.first == name, header.id == id ?? header.id else { throw .corrupted(.header(segment: name)) }
        try passDamage(before: name)
        try follow(name)
        id = header.id
        segments.append(name)
        let offset = readRecords(bytes, header.id, visit)
        tailByteCount = offset
        guard !JournalFormat.isZero(bytes, from: offset) else { return }
        try examine(bytes, header.id, Damage(segment: name, offset: offset, lsn: expected))
    }

    /// - Parameter freshID: the identity of a new journal, where none was found.
    public consuming func finish(freshID: JournalID) throws(StorageFailure) -> JournalRecovery {
        let isGone = segments.isEmpty && synced > .zero
        if isGone || expected <= synced {
            throw .corrupted(damage?.corruption ?? .missing(expected: min(expected, synced), found: nil))
        }
        var recovery = JournalRecovery(newJournal: id ?? freshID, after: expected.previous)
        recovery.segments = segments
        recovery.tailByteCount = tailByteCount
        recovery.abandoned = abandoned
        recovery.torn = damage.map {
            .init(segment: $0.segment, offset: $0.offset, lsn: $0.lsn, discardedRecordCount: $0.discardedRecordCount)
        }
        return recovery
    }

    /// A segment gets its header before its first record, each synced: without one it is new and empty, or damaged. It is
    /// created only when everything before it has been synced.
    private mutating func readHeaderless(_ name: LSN, _ bytes: [UInt8]) throws(StorageFailure) {
        guard JournalFormat.isZero(bytes, from: JournalFormat.headerByteCount) else {
            throw .corrupted(.header(segment: name))
        }
        try passDamage(before: name)
        guard name == expected else { throw .corrupted(.missing(expected: expected, found: name)) }
        abandoned.append(name)
    }

    /// A segment begins only when everything before it has been synced. Where it begins with the very LSN that is missing,
    /// the damage is in a mark, which is never synced by itself, and nothing is lost.
    private mutating func passDamage(before next: LSN) throws(StorageFailure) {
        guard let damage else { return }
        guard next == damage.lsn else { throw .corrupted(damage.corruption) }
        self.damage = nil
    }

    private mutating func follow(_ first: LSN) throws(StorageFailure) {
        let isBelowCheckpoint = first <= checkpoint.next
        guard first == expected || isBelowCheckpoint && (segments.isEmpty || first > expected) else {
            throw .corrupted(.missing(expected: expected, found: first))
        }
        expected = first
    }

    /// - Returns: where the valid records end.
    private mutating func readRecords(_ bytes: [UInt8], _ id: JournalID, _ visit: (JournalRecord) -> Void) -> Int {
        var offset = JournalFormat.headerByteCount
        while let record = JournalFormat.decode(bytes, at: offset, id: id), record.lsn == expected {
            offset += JournalFormat.byteCount(ofPayload: record.payload.count)
            guard record.kind != .mark else { continue }
            visit(record)
            expected = expected.next
        }
        return offset
    }

    /// Looks behind the damage for anything that was written after it had been synced.
    private mutating func examine(_ bytes: [UInt8], _ id: JournalID, _ damage: Damage) throws(StorageFailure) {
        var damage = damage
        var offset = damage.offset + 1
        while offset + JournalFormat.recordHeaderByteCount <= bytes.count {
            guard let header = JournalFormat.decodeRecordHeader(bytes, at: offset, id: id) else {
                offset += 1
                continue
            }
            guard header.synced < damage.lsn else { throw .corrupted(damage.corruption) }
            if header.kind != .mark { damage.discardedRecordCount += 1 }
            offset += JournalFormat.byteCount(ofPayload: header.payloadByteCount)
        }
        self.damage = damage
    }
}
