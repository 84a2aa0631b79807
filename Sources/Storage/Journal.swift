import Primitives

/// The writing half of a write-ahead journal: assigns sequence numbers, cuts groups, turns segments over. It performs
/// nothing: `poll()` says what is to be done, `finish()` that it was.
///
///                    append                                    fail
///     ┌──────┐  poll: begin/commit/mark/remove  ┌──────────┐ ───────► ┌────────┐
///     │ idle │ ───────────────────────────────► │ in flight│          │ failed │   every later append throws `closed`
///     └──────┘ ◄─────────────────────────────── └──────────┘          └────────┘
///                        finish
///
/// Everything that was appended while a group was in flight becomes the next group: one sync for all of it. Groups never
/// overlap in time, so a record's `synced` field proves that what it names was on disk before the record was written.
public struct Journal: Sendable {
    public struct Configuration: Hashable, Sendable {
        /// A segment is turned over before it exceeds this; also what is reserved on disk for it.
        public var segmentByteCount = 1 << 24
        /// Appends beyond this many waiting bytes are refused with `overloaded`.
        public var maxPendingByteCount = 1 << 26
        /// At most this much is written before one sync, unless one record alone is larger.
        public var maxGroupByteCount = 1 << 22
        public var maxPayloadByteCount = 1 << 24

        public init() {}

        public func problems() -> [String] {
            var problems: [String] = []
            if segmentByteCount < 4096 { problems.append("segmentByteCount is below 4096") }
            if maxGroupByteCount < 1 { problems.append("maxGroupByteCount is not positive") }
            if !(1...JournalFormat.maxPayloadByteCount).contains(maxPayloadByteCount) {
                problems.append("maxPayloadByteCount is not in 1...\(JournalFormat.maxPayloadByteCount)")
            }
            if maxPendingByteCount < JournalFormat.byteCount(ofPayload: maxPayloadByteCount) {
                problems.append("maxPendingByteCount does not hold one record")
            }
            return problems
        }
    }

    private enum Flight {
        case idle
        case begin(LSN)
        case commit(through: LSN, end: Int)
        case mark(end: Int)
        case remove(Int)
    }

    public let configuration: Configuration
    public let id: JournalID
    /// First LSNs of the segments that exist, oldest first.
    public private(set) var segments: [LSN]
    /// Everything up to here is on disk.
    public private(set) var synced: Synced
    /// Why the journal takes nothing any more.
    public private(set) var failure: StorageFailure?

    private var offset: Int
    private var lastLSN: LSN
    private var pending: [JournalRecord] = []
    private var pendingByteCount = 0
    private var pendingStart = 0
    private var owesMark = false
    private var checkpoint = LSN.zero
    private var flight = Flight.idle

    /// Continues where a scan ended.
    /// - Precondition: the configuration has no problems, and the torn tail has been cut off on disk.
    public init(_ recovery: JournalRecovery, configuration: Configuration = Configuration()) {
        precondition(configuration.problems().isEmpty, "the journal's configuration is valid")
        self.configuration = configuration
        id = recovery.id
        segments = recovery.segments
        synced = Synced(recovery.last)
        lastLSN = recovery.last
        offset = recovery.tailByteCount
    }

    /// The LSN of the newest record, synced or not.
    public var last: LSN { lastLSN }
    /// Bytes that wait to be written or synced.
    public var backlogByteCount: Int { pendingByteCount }
    /// Whether all that was appended is synced and nothing is in flight.
    public var isQuiet: Bool {
        guard case .idle = flight else { return false }
        return synced.lsn == lastLSN
    }

    /// Takes a record into the next group.
    /// - Returns: its LSN. It is durable once `synced` has reached it.
    public mutating func append(_ kind: RecordKind, _ payload: [UInt8]) throws(StorageFailure) -> LSN {
        precondition(kind != .mark, "kind 0 is the journal's own")
        guard failure == nil else { throw .closed }
        guard payload.count <= configuration.maxPayloadByteCount else {
            throw .tooLarge(byteCount: payload.count, limit: configuration.maxPayloadByteCount)
        }
        let byteCount = JournalFormat.byteCount(ofPayload: payload.count)
        guard pendingByteCount + byteCount <= configuration.maxPendingByteCount else { throw .overloaded }
        lastLSN = lastLSN.next
        pending.append(JournalRecord(lsn: lastLSN, kind: kind, payload: payload))
        pendingByteCount += byteCount
        return lastLSN
    }

    /// Lets go of segments that hold only records up to `checkpoint`, when nothing waits to be written, or at the latest when
    /// the next segment begins. The caller has made durable elsewhere what they say.
    public mutating func truncate(through checkpoint: LSN) { self.checkpoint = max(self.checkpoint, checkpoint) }

    /// The next step, or nil where there is nothing to do, a step is in flight, or the journal has failed.
    public mutating func poll() -> JournalStep? {
        guard failure == nil, case .idle = flight else { return nil }
        if pendingStart < pending.count { return pollGroup() }
        if owesMark { return pollMark() }
        return pollRemoval()
    }

    /// The step in flight was performed, its sync included.
    /// - Returns: how far the journal is durable now.
    public mutating func finish() -> Synced {
        switch flight {
        case .idle: preconditionFailure("only a step in flight can finish")
        case .begin(let segment):
            segments.append(segment)
            offset = JournalFormat.headerByteCount
        case .commit(let through, let end):
            offset = end
            synced = Synced(through)
            owesMark = true
        case .mark(let end):
            offset = end
            owesMark = false
        case .remove(let count): segments.removeFirst(count)
        }
        flight = .idle
        return synced
    }

    /// The step in flight failed, or the disk did. Nothing past `synced` will ever be durable through this value.
    public mutating func fail(_ failure: StorageFailure) {
        if self.failure == nil { self.failure = failure }
        pending = []
        pendingStart = 0
        pendingByteCount = 0
    }

    private mutating func pollGroup() -> JournalStep {
        var end = pendingStart
        var byteCount = 0
        while end < pending.count {
            let size = JournalFormat.byteCount(ofPayload: pending[end].payload.count)
            guard byteCount == 0 || byteCount + size <= configuration.maxGroupByteCount else { break }
            byteCount += size
            end += 1
        }
        let isFull = offset > JournalFormat.headerByteCount && offset + byteCount > configuration.segmentByteCount
        // Under a load that never pauses, what may go goes here: a turn costs a sync of the folder anyway.
        guard !segments.isEmpty, !isFull else { return pollRemoval() ?? begin() }
        let records = Array(pending[pendingStart..<end])
        consume(through: end, byteCount: byteCount)
        flight = .commit(through: records[records.count - 1].lsn, end: offset + byteCount)
        return .commit(
            JournalGroup(
                segment: segments[segments.count - 1], offset: offset, records: records, byteCount: byteCount,
                synced: synced.lsn, id: id))
    }

    private mutating func begin() -> JournalStep {
        let segment = pending[pendingStart].lsn
        flight = .begin(segment)
        owesMark = false
        let header = JournalFormat.encodeHeader(id, first: segment)
        return .begin(segment: segment, header: header, byteCount: configuration.segmentByteCount)
    }

    private mutating func pollMark() -> JournalStep? {
        guard offset + JournalFormat.recordHeaderByteCount <= configuration.segmentByteCount else {
            owesMark = false
            return pollRemoval()
        }
        var bytes: [UInt8] = []
        let mark = JournalRecord(lsn: lastLSN.next, kind: .mark, payload: [])
        JournalFormat.encode(mark, synced: synced.lsn, id: id, into: &bytes)
        flight = .mark(end: offset + bytes.count)
        return .mark(segment: segments[segments.count - 1], offset: offset, bytes: bytes)
    }

    private mutating func pollRemoval() -> JournalStep? {
        var count = 0
        while count + 1 < segments.count, segments[count + 1] <= checkpoint.next { count += 1 }
        guard count > 0 else { return nil }
        flight = .remove(count)
        return .remove(Array(segments[..<count]))
    }

    private mutating func consume(through end: Int, byteCount: Int) {
        pendingStart = end
        pendingByteCount -= byteCount
        if pendingStart == pending.count {
            pending = []
            pendingStart = 0
        } else if pendingStart > 1024 {
            pending.removeFirst(pendingStart)
            pendingStart = 0
        }
    }
}
