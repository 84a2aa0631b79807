// FileStore: bytes at rest in plain files.
//
// `FileJournal` drives a `Journal` from a thread of its own; `AtomicFile` replaces small files whole; `DataDirectory` is the
// lock that keeps a second process out; `IdentityFile` keeps a program's keys; `AgentStore` is an agent's small store.
// What they share is the order: write, sync the file, then (where a name is new) sync the folder, then say so.

public import Storage

/// A write-ahead journal in a folder, with group commit: everything that is appended while a sync runs shares the next one.
///
///     any thread:      append ──► queue (bounded) ─┐
///     journal thread:                             └► poll ► write ► fdatasync ► finish ► notify, callbacks
///
/// A failed write or sync is final: nothing after it is acknowledged, every waiter hears the failure, later appends throw
/// `closed`. A failed fdatasync is never repeated. The recovery is a new `FileJournal` over what the disk holds.
public final class FileJournal: Sendable {
    /// What the journal thread tells its owner, once per sync. Called on the journal thread: be brief, don't block.
    public enum Event: Sendable {
        case synced(Synced)
        case failed(StorageFailure)
    }

    /// Counts since the journal was opened.
    public struct Statistics: Hashable, Sendable {
        /// fdatasync calls on segments.
        public var syncCount = 0
        public var recordCount = 0
        /// Bytes of groups that were synced.
        public var byteCount = 0
    }

    public typealias Completion = @Sendable (Result<Synced, StorageFailure>) -> Void

    private let monitor: Monitor<JournalState>

    private init(_ journal: Journal) { monitor = Monitor(JournalState(journal: journal)) }

    /// Opens the journal in a folder, which is created where it is missing, reads it back and starts its thread.
    ///
    /// - Parameters:
    ///   - checkpoint: records up to here are durable elsewhere. They may be missing here; those that are there are visited.
    ///   - synced: records up to here are known to have been synced: any of them missing is corruption.
    ///   - visit: gets every record, in order, before this returns.
    ///   - notify: see `Event`.
    public static func open(
        path: String, checkpoint: LSN = .zero, synced: LSN = .zero, configuration: Journal.Configuration = .init(),
        notify: @escaping @Sendable (Event) -> Void = { _ in }, _ visit: (JournalRecord) -> Void
    ) throws(StorageFailure) -> (journal: FileJournal, recovery: JournalRecovery) {
        let folder = try SegmentFolder(path: path)
        let scanner = JournalScanner(checkpoint: checkpoint, synced: synced)
        let recovery = try folder.recover(scanner, freshID: JournalID(.random(in: 1 ... .max)), visit)
        let journal = FileJournal(Journal(recovery, configuration: configuration))
        let worker = JournalWorker(monitor: journal.monitor, folder: folder, notify: notify)
        OwnedThread.start { worker.run() }
        return (journal, recovery)
    }

    /// Everything up to here is on disk.
    public var synced: Synced { monitor.withLock { $0.journal.synced } }
    /// The newest record, synced or not.
    public var last: LSN { monitor.withLock { $0.journal.last } }
    public var statistics: Statistics { monitor.withLock { $0.statistics } }
    /// Why the journal takes nothing any more.
    public var failure: StorageFailure? { monitor.withLock { $0.journal.failure } }

    /// Queues a record. `completion` is called on the journal thread, in the order of the LSNs.
    ///
    /// - Parameter wakes: false leaves the journal thread asleep until `wake`, so that a caller with more to append, or with
    ///   something more urgent to do, isn't interrupted by the disk.
    public func append(
        _ kind: RecordKind, _ payload: [UInt8], wakes: Bool = true, completion: Completion? = nil
    ) throws(StorageFailure) -> LSN {
        try monitor.withLock(wake: wakes) { state throws(StorageFailure) in
            guard !state.isClosing else { throw .closed }
            let lsn = try state.journal.append(kind, payload)
            if let completion { state.waiters.append((lsn, completion)) }
            return lsn
        }
    }

    /// Starts the writing of what was appended without a wake.
    public func wake() { monitor.withLock(wake: true) { _ in } }

    /// Deletes segments that hold nothing above `checkpoint`. The caller has made durable elsewhere what they say.
    public func truncate(through checkpoint: LSN) {
        monitor.withLock(wake: true) { $0.journal.truncate(through: checkpoint) }
    }

    /// Blocks until what was appended before is synced.
    @discardableResult
    public func sync() throws(StorageFailure) -> Synced {
        let target = last
        let outcome: Result<Synced, StorageFailure> = monitor.wait { state in
            if state.journal.synced.lsn >= target { return .success(state.journal.synced) }
            if let failure = state.journal.failure { return .failure(failure) }
            return state.isStopped ? .failure(.closed) : nil
        }
        return try outcome.get()
    }

    /// Blocks until everything is synced and the thread has ended. Later appends throw `closed`.
    public func close() throws(StorageFailure) {
        monitor.withLock(wake: true) { $0.isClosing = true }
        let failure: StorageFailure?? = monitor.wait { $0.isStopped ? .some($0.journal.failure) : nil }
        if let failure = failure ?? nil { throw failure }
    }

    /// The thread keeps only the monitor: a journal that nobody holds any more syncs what it has, and ends.
    deinit { monitor.withLock(wake: true) { $0.isClosing = true } }
}
