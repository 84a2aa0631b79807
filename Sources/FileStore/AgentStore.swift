import Primitives
public import Storage
import Synchronization

/// An agent's own small store: all of it in memory, and every batch a record in a journal, so that what its handlers did
/// and how far it has read its mail become durable in one write. The journal is folded into an image when it grows.
///
///     write ──► journal record ──► memory ──► (sync) return         open: image, then the records after it
///
/// Files, in one folder: `image` (see `AgentImage`) and the journal's segments in `journal/`.
public final class AgentStore: KeyValueStore {
    /// A journal longer than this is folded, where it also is twice as long as the image.
    public static let foldByteCount = 4 << 20

    private struct State {
        var contents: StoreContents
        var last: LSN
        var journalByteCount = 0
        var imageByteCount = 0
        var isFolding = false

        var isFoldDue: Bool {
            !isFolding && journalByteCount > max(AgentStore.foldByteCount, 2 * imageByteCount)
        }
    }

    private let path: String
    private let journal: FileJournal
    private let state: Mutex<State>
    private static let batchKind = RecordKind(1)

    /// Opens the store in a folder, or creates both.
    public init(path: String) throws(StorageFailure) {
        self.path = path
        try Posix.makeFolder(path)
        let (image, imageByteCount) = try AgentImage.read(path + "/image")
        var contents = image.contents
        let checkpoint = image.lsn
        var damage: StorageFailure?
        var configuration = Journal.Configuration()
        configuration.segmentByteCount = 1 << 20
        let opened = try FileJournal.open(
            path: path + "/journal", checkpoint: checkpoint, configuration: configuration
        ) { record in
            guard record.lsn > checkpoint, damage == nil else { return }
            do throws(DecodingFailure) {
                contents.apply(try BatchCoding.decode(record.payload))
            } catch {
                damage = .corrupted(.engine("record \(record.lsn) in \(path)/journal is no batch: \(error)"))
            }
        }
        if let damage { throw damage }
        journal = opened.journal
        state = Mutex(State(contents: contents, last: opened.recovery.last, imageByteCount: imageByteCount))
    }

    /// fdatasync calls since the store was opened.
    public var syncCount: Int { journal.statistics.syncCount }

    public func get(_ key: [UInt8], in family: ColumnFamily) throws(StorageFailure) -> [UInt8]? {
        try state.withLock { $0.contents }.get(key, in: family)
    }

    public func scan(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure) {
        try state.withLock { $0.contents }.scan(family, from: lower, upTo: upper, reverse: reverse, visit)
    }

    public func snapshot() throws(StorageFailure) -> any KeyValueReader & Sendable { state.withLock { $0.contents } }

    /// Blocks for the sync where one is asked for; readers see the batch before it is durable.
    public func write(_ batch: consuming Batch, sync: Bool) throws(StorageFailure) {
        try enqueue(batch.operations, nil)
        if sync { try flushWAL() }
    }

    /// As `write(_:sync: true)`, without blocking a thread: batches that are committed at the same time share a sync.
    public func commit(_ batch: consuming Batch) async throws(StorageFailure) {
        let operations = batch.operations
        let outcome: Result<Synced, StorageFailure> = await withCheckedContinuation { continuation in
            do throws(StorageFailure) {
                try enqueue(operations) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        _ = try outcome.get()
        try foldIfDue()
    }

    /// The same for a caller that may not wait. Batches are durable in the order of these calls: what a crash leaves is a beginning
    /// of them. Whoever calls this calls `foldIfDue` now and then, where it may block.
    ///
    /// - Parameter completion: called on the journal's thread, when the batch is on disk or never will be.
    public func commit(
        _ batch: consuming Batch, completion: @escaping @Sendable (Result<Synced, StorageFailure>) -> Void
    ) throws(StorageFailure) {
        try enqueue(batch.operations, completion)
    }

    /// Whether the journal has grown so long that memory's contents should replace it.
    public var isFoldDue: Bool { state.withLock { $0.isFoldDue } }

    public func flushWAL() throws(StorageFailure) {
        try journal.sync()
        try foldIfDue()
    }

    /// Syncs everything and ends the journal's thread.
    public func close() throws(StorageFailure) { try journal.close() }

    /// The journal and memory take batches in the same order, because one lock covers both.
    private func enqueue(
        _ operations: [BatchOperation], _ completion: FileJournal.Completion?
    ) throws(StorageFailure) {
        let payload = BatchCoding.encode(operations)
        try state.withLock { state throws(StorageFailure) in
            state.last = try journal.append(Self.batchKind, payload, completion: completion)
            state.contents.apply(operations)
            state.journalByteCount += payload.count
        }
    }

    /// Replaces the image by what memory holds, then lets go of the records that it covers.
    public func foldIfDue() throws(StorageFailure) {
        let due: AgentImage? = state.withLock { state in
            guard state.isFoldDue else { return nil }
            state.isFolding = true
            state.journalByteCount = 0
            return AgentImage(contents: state.contents, lsn: state.last)
        }
        guard let due else { return }
        defer { state.withLock { $0.isFolding = false } }
        try journal.sync()
        let byteCount = try due.write(path + "/image")
        state.withLock { $0.imageByteCount = byteCount }
        journal.truncate(through: due.lsn)
    }
}
