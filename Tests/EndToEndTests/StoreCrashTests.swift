import FileStore
import Foundation
import Primitives
import RocksStore
import Storage
import Testing

/// The stores lose nothing that they acknowledged when the power goes, and would if syncs did nothing.
@Suite(.serialized) struct StoreCrashTests {
    /// What a victim does, in a process of its own, until the power goes.
    enum Victim: String, CaseIterable, Sendable {
        case journal, agentStore, rocksStore

        func run(_ root: String, _ acknowledge: @escaping @Sendable (UInt64) -> Void) async throws {
            switch self {
            case .journal: try appendForever(root, acknowledge)
            case .agentStore: try await commitForever(root, acknowledge)
            case .rocksStore: try writeForever(root, acknowledge)
            }
        }

        /// Reads back how much is there, having checked that it is whole.
        func recovered(_ root: String, acknowledged: UInt64) throws -> UInt64 {
            switch self {
            case .journal: try readJournal(root, acknowledged)
            case .agentStore:
                try { store in
                    defer { try? store.close() }
                    return try readCounter(store)
                }(AgentStore(path: root + "/agent"))
            case .rocksStore: try readCounter(RocksStore(path: root + "/rocks"))
            }
        }
    }

    @Test(arguments: Victim.allCases, 0..<6) func whatWasAcknowledgedStays(victim: Victim, seed: Int) throws {
        let folder = CrashFolder()
        for round in 0..<3 {
            cutPower(victim, folder, seed: seed * 10 + round, ignoresSync: false)
            let acknowledged = folder.acknowledgedCount
            let recovered = try victim.recovered(folder.root, acknowledged: acknowledged)
            #expect(recovered >= acknowledged, "\(folder.log)")
        }
        #expect(folder.log.split(separator: "\n").count == 3)
    }

    @Test(arguments: Victim.allCases) func withoutSyncsItGoes(victim: Victim) throws {
        let folder = CrashFolder()
        cutPower(victim, folder, seed: 1, ignoresSync: true)
        let acknowledged = folder.acknowledgedCount
        #expect(acknowledged > 0)
        do {
            let recovered = try victim.recovered(folder.root, acknowledged: 0)
            #expect(recovered < acknowledged)
        } catch {
            #expect(error is StorageFailure, "or the store is refused")
        }
    }

    private func cutPower(_ victim: Victim, _ folder: CrashFolder, seed: Int, ignoresSync: Bool) {
        var shim = CrashShim(root: folder.root)
        shim.seed = seed
        shim.log = folder.path + "/log"
        shim.ignoresSync = ignoresSync
        if ignoresSync {
            shim.mode = .discard
            shim.tracksNames = false
            shim.at = 300
        } else {
            shim.oneIn = 150
        }
        var environment = shim.environment
        environment["CRASH_VICTIM"] = victim.rawValue
        environment["CRASH_ACKNOWLEDGED"] = folder.acknowledged
        let arguments = ["--testing-library", "swift-testing", "--filter", "StoreCrashTests.victim"]
        #expect(CrashShim.run("/proc/self/exe", arguments, environment: environment) == -SIGKILL)
    }

    /// The victim's side: this very program, started again below the shim. Nothing where nobody is to be hurt.
    @Test func victim() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let victim = Victim(rawValue: environment["CRASH_VICTIM"] ?? "") else { return }
        let descriptor = open(environment["CRASH_ACKNOWLEDGED"] ?? "", O_RDWR | O_CREAT, 0o600)
        try await victim.run(environment["CRASH_SHIM_ROOT"] ?? "") { count in
            var bytes = count.littleEndian
            pwrite(descriptor, &bytes, 8, 0)
        }
    }
}

/// The payload of a record, which its LSN decides.
private func payload(_ lsn: UInt64) -> [UInt8] {
    var random = PRNG(seed: lsn)
    return random.bytes(Int(random.next() % 900))
}

private func appendForever(_ root: String, _ acknowledge: @escaping @Sendable (UInt64) -> Void) throws {
    var configuration = Journal.Configuration()
    configuration.segmentByteCount = 16384
    let (journal, _) = try FileJournal.open(path: root + "/journal", configuration: configuration) { _ in }
    var next = journal.last.next.value
    while true {
        for _ in 0..<next % 5 + 1 {
            _ = try journal.append(RecordKind(1), payload(next)) { result in
                if case .success(let synced) = result { acknowledge(synced.lsn.value) }
            }
            next += 1
        }
        if next % 3 == 0 { try journal.sync() }
    }
}

private func readJournal(_ root: String, _ acknowledged: UInt64) throws -> UInt64 {
    var next: UInt64 = 1
    let (journal, recovery) = try FileJournal.open(path: root + "/journal", synced: LSN(acknowledged)) { record in
        #expect(record.lsn.value == next && record.payload == payload(next))
        next += 1
    }
    try journal.close()
    return recovery.last.value
}

/// Two families must always agree on the number.
private func batch(_ number: UInt64) -> Batch {
    var batch = Batch()
    let key = withUnsafeBytes(of: number.bigEndian) { Array($0) }
    batch.put(key, payload(number), in: .effects)
    batch.put([0], key, in: .cursors)
    return batch
}

private func readCounter(_ reader: some KeyValueReader) throws -> UInt64 {
    var count: UInt64 = 0
    try reader.scan(.effects, from: [], upTo: nil) { _, value in
        count += 1
        #expect(value == payload(count))
        return true
    }
    let cursor = try reader.get([0], in: .cursors)?.reduce(0) { $0 << 8 | UInt64($1) } ?? 0
    #expect(cursor == count, "a batch is whole")
    return count
}

private func commitForever(_ root: String, _ acknowledge: @Sendable (UInt64) -> Void) async throws {
    let store = try AgentStore(path: root + "/agent")
    var number = try readCounter(store)
    while true {
        number += 1
        try await store.commit(batch(number))
        acknowledge(number)
    }
}

private func writeForever(_ root: String, _ acknowledge: @Sendable (UInt64) -> Void) throws {
    let store = try RocksStore(path: root + "/rocks")
    var number = try readCounter(store)
    while true {
        number += 1
        try store.write(batch(number), sync: number % 3 == 0)
        if number % 10 == 4 { try store.flushWAL() }
        if number % 3 == 0 || number % 10 == 4 { acknowledge(number) }
        if number % 40 == 39 { try store.flushTables() }
    }
}
