import FileStore
import Glibc
import Primitives
import Storage
import Synchronization
import Testing

private let kind = RecordKind(3)

private func payload(_ index: Int, _ count: Int = 30) -> [UInt8] { Array(repeating: UInt8(index & 0xFF), count: count) }

private func reopen(_ path: String, synced: LSN = .zero) throws -> [JournalRecord] {
    var found: [JournalRecord] = []
    let (journal, _) = try FileJournal.open(path: path, synced: synced) { found.append($0) }
    try journal.close()
    return found
}

@Test func recordsComeBackAfterAReopening() throws {
    let folder = Folder()
    let path = folder.path + "/a/journal"
    for round in 0..<3 {
        var count = 0
        let (journal, recovery) = try FileJournal.open(path: path) { _ in count += 1 }
        #expect(count == round * 20 && recovery.torn == nil)
        for index in 0..<20 { #expect(try journal.append(kind, payload(index)) == LSN(UInt64(round * 20 + index + 1))) }
        try journal.sync()
        #expect(journal.synced.lsn == LSN(UInt64(round * 20 + 20)))
        try journal.close()
        #expect(throws: StorageFailure.closed) { try journal.append(kind, []) }
    }
    #expect(try reopen(path).map(\.lsn.value) == Array(1...60))
    #expect(Folder.mode(path) == 0o700)
    #expect(Folder.names(path) == ["segment-0000000000000001"])
    #expect(Folder.mode(path + "/segment-0000000000000001") == 0o600)
}

@Test func completionsComeInOrderAndShareSyncs() throws {
    let folder = Folder()
    let seen = Mutex<[UInt64]>([])
    let events = Mutex(0)
    let (journal, _) = try FileJournal.open(path: folder.path, notify: { _ in events.withLock { $0 += 1 } }) { _ in }
    for index in 1...2000 {
        _ = try journal.append(kind, payload(index)) { result in
            guard case .success(let synced) = result, synced.lsn >= LSN(UInt64(index)) else { return }
            seen.withLock { $0.append(UInt64(index)) }
        }
    }
    try journal.close()
    #expect(seen.withLock { $0 } == Array(1...2000))
    let statistics = journal.statistics
    #expect(statistics.recordCount == 2000)
    #expect(statistics.syncCount < 1000, "group commit shares syncs")
    #expect(events.withLock { $0 } == statistics.syncCount)
}

@Test func severalThreadsAppendAndEachIsAcknowledgedOnce() async throws {
    let folder = Folder()
    let (journal, _) = try FileJournal.open(path: folder.path) { _ in }
    let lsns = try await withThrowingTaskGroup(of: [UInt64].self) { group in
        for task in 0..<4 {
            group.addTask {
                var mine: [UInt64] = []
                for index in 0..<100 {
                    let lsn: LSN = try await withCheckedThrowingContinuation { continuation in
                        do {
                            _ = try journal.append(kind, payload(task * 100 + index)) { result in
                                continuation.resume(with: result.map(\.lsn).mapError { $0 as any Error })
                            }
                        } catch {
                            continuation.resume(throwing: error)
                        }
                    }
                    mine.append(lsn.value)
                }
                return mine
            }
        }
        return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(lsns.count == 400)
    try journal.close()
    #expect(try reopen(folder.path).count == 400)
}

@Test func segmentsTurnOverOnDisk() throws {
    let folder = Folder()
    var configuration = Journal.Configuration()
    configuration.segmentByteCount = 8192
    let (journal, _) = try FileJournal.open(path: folder.path, configuration: configuration) { _ in }
    for index in 0..<40 {
        _ = try journal.append(kind, payload(index, 1000))
        try journal.sync()
    }
    let names = Folder.names(folder.path)
    #expect(names.count >= 5)
    #expect(names.allSatisfy { Folder.size(folder.path + "/" + $0) == 8192 })
    journal.truncate(through: LSN(33))
    try journal.close()
    let rest = Folder.names(folder.path)
    #expect(rest.count <= 2 && names.suffix(rest.count) == rest[...])
    #expect(throws: StorageFailure.self) { try reopen(folder.path) }
    var found: [JournalRecord] = []
    let second = try FileJournal.open(path: folder.path, checkpoint: LSN(33)) { found.append($0) }
    #expect(found.last?.lsn == LSN(40) && (found.first?.lsn).map { $0 <= LSN(34) } == true)
    try second.journal.close()
}

@Test func aTornTailIsCutOnDiskAndWrittenOver() throws {
    let folder = Folder()
    let file = folder.path + "/segment-0000000000000001"
    for index in 1...3 {
        let (journal, _) = try FileJournal.open(path: folder.path) { _ in }
        _ = try journal.append(kind, payload(index))
        try journal.close()
    }
    truncate(file, 32 + 59 + 29 + 59 + 29 + 40)
    var count = 0
    let (second, recovery) = try FileJournal.open(path: folder.path) { _ in count += 1 }
    #expect(count == 2 && recovery.torn?.lsn == LSN(3))
    #expect(try second.append(kind, payload(9)) == LSN(3))
    try second.close()
    #expect(try reopen(folder.path).map(\.payload.first) == [1, 2, 9])
    truncate(file, 32 + 59 + 29 + 10)
    #expect(throws: StorageFailure.corrupted(.record(segment: .first, offset: 32 + 59 + 29, lsn: LSN(2)))) {
        try reopen(folder.path, synced: LSN(3))
    }
}

@Test func aDamagedRecordStopsTheOpening() throws {
    let folder = Folder()
    for index in 1...3 {
        let (journal, _) = try FileJournal.open(path: folder.path) { _ in }
        _ = try journal.append(kind, payload(index))
        try journal.close()
    }
    Folder.flip(folder.path + "/segment-0000000000000001", at: 32 + 40)
    #expect(throws: StorageFailure.corrupted(.record(segment: .first, offset: 32, lsn: .first))) {
        try reopen(folder.path)
    }
}

@Test func aFullDiskAcknowledgesNothing() async throws {
    let folder = Folder()
    setenv("FULL_DISK_PATH", folder.path, 1)
    await #expect(processExitsWith: .exitCode(7)) {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 3000, rlim_max: 3000)
        setrlimit(__rlimit_resource_t(1), &limit)
        let outcomes = Mutex<[Bool]>([])
        var configuration = Journal.Configuration()
        configuration.segmentByteCount = 8192
        let (journal, _) = try FileJournal.open(
            path: String(cString: getenv("FULL_DISK_PATH")), configuration: configuration
        ) { _ in }
        for index in 0..<5 {
            let isTaken = try? journal.append(kind, payload(index)) { result in
                if case .success = result { outcomes.withLock { $0.append(true) } }
            }
            if isTaken == nil { outcomes.withLock { $0.append(false) } }
        }
        #expect(throws: StorageFailure.self) { try journal.sync() }
        #expect(throws: StorageFailure.closed) { try journal.append(kind, []) }
        #expect(throws: StorageFailure.self) { try journal.close() }
        exit(outcomes.withLock { $0.contains(true) } ? 1 : 7)
    }
}

@Test func aKilledProcessKeepsWhatWasAcknowledged() async throws {
    let folder = Folder()
    setenv("KILLED_JOURNAL_PATH", folder.path, 1)
    await #expect(processExitsWith: .signal(SIGKILL)) {
        let (journal, _) = try FileJournal.open(path: String(cString: getenv("KILLED_JOURNAL_PATH"))) { _ in }
        for index in 0..<100 { _ = try journal.append(kind, payload(index)) }
        try journal.sync()
        for index in 0..<50 { _ = try journal.append(kind, payload(index)) }
        kill(getpid(), SIGKILL)
    }
    #expect(try reopen(folder.path, synced: LSN(100)).count >= 100)
}
