import Storage

/// What a `FileJournal` and its thread share.
struct JournalState: Sendable {
    var journal: Journal
    var waiters: [(lsn: LSN, completion: FileJournal.Completion)] = []
    var statistics = FileJournal.Statistics()
    var isClosing = false
    /// The thread has ended, its file is closed.
    var isStopped = false

    /// Takes out the completions of records that are synced.
    mutating func takeWaiters(through lsn: LSN) -> [FileJournal.Completion] {
        let count = waiters.firstIndex { $0.lsn > lsn } ?? waiters.count
        let taken = waiters[..<count].map(\.completion)
        waiters.removeFirst(count)
        return taken
    }
}

/// The journal thread: performs one step after the other until the journal is closed or fails.
// SAFETY: handed to one thread when it is made; nobody else keeps it. `monitor` is shared and has a lock.
final class JournalWorker: @unchecked Sendable {
    private let monitor: Monitor<JournalState>
    private let folder: SegmentFolder
    private let notify: @Sendable (FileJournal.Event) -> Void

    init(
        monitor: Monitor<JournalState>, folder: SegmentFolder, notify: @escaping @Sendable (FileJournal.Event) -> Void
    ) {
        self.monitor = monitor
        self.folder = folder
        self.notify = notify
    }

    func run() {
        do throws(StorageFailure) {
            while let step = nextStep() {
                try folder.perform(step)
                finish(step)
            }
            try folder.close()
        } catch {
            fail(error)
        }
        monitor.withLock(wake: true) { $0.isStopped = true }
    }

    /// Waits for work; nil when the journal is closing and nothing is left.
    private func nextStep() -> JournalStep? {
        monitor.wait { state -> JournalStep?? in
            if let step = state.journal.poll() { return .some(step) }
            return state.isClosing ? .some(nil) : nil
        }
    }

    private func finish(_ step: JournalStep) {
        let syncCount = folder.syncCount
        let (synced, completions) = monitor.withLock(wake: true) { state in
            let synced = state.journal.finish()
            state.statistics.syncCount = syncCount
            if case .commit(let group) = step {
                state.statistics.recordCount += group.records.count
                state.statistics.byteCount += group.byteCount
            }
            return (synced, state.takeWaiters(through: synced.lsn))
        }
        guard case .commit = step else { return }
        notify(.synced(synced))
        for completion in completions { completion(.success(synced)) }
    }

    private func fail(_ failure: StorageFailure) {
        let completions = monitor.withLock(wake: true) { state in
            state.journal.fail(failure)
            return state.takeWaiters(through: LSN(.max))
        }
        notify(.failed(failure))
        for completion in completions { completion(.failure(failure)) }
    }
}
