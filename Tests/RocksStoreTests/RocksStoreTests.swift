import Glibc
import Primitives
import RocksStore
import Storage
import Testing

private func key(_ index: Int) -> [UInt8] { [UInt8(index >> 16 & 0xFF), UInt8(index >> 8 & 0xFF), UInt8(index & 0xFF)] }

private func keys(_ reader: any KeyValueReader, _ family: ColumnFamily) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    try reader.scan(family, from: [], upTo: nil) { key, _ in
        found.append(key)
        return true
    }
    return found
}

private func put(_ range: Range<Int>, _ store: RocksStore, sync: Bool = false) throws {
    var batch = Batch()
    for index in range { batch.put(key(index), [UInt8](repeating: UInt8(index & 0xFF), count: 50), in: .nodes) }
    batch.put([0], key(range.upperBound), in: .meta)
    try store.write(batch, sync: sync)
}

@Test func everyFamilyKeepsItsOwnAcrossAReopening() throws {
    let folder = Folder()
    do {
        let store = try RocksStore(path: folder.path + "/state")
        var batch = Batch()
        for family in ColumnFamily.all { batch.put([1, 2], [UInt8(family.index)], in: family) }
        batch.put([], [9], in: .meta)
        batch.put([5], [], in: .meta)
        try store.write(batch, sync: true)
    }
    for _ in 0..<2 {
        let store = try RocksStore(path: folder.path + "/state")
        for family in ColumnFamily.all { #expect(try store.get([1, 2], in: family) == [UInt8(family.index)]) }
        #expect(try store.get([], in: .meta) == [9])
        #expect(try store.get([5], in: .meta) == [])
        #expect(try store.get([6], in: .meta) == nil)
        #expect(try keys(store, .meta) == [[], [1, 2], [5]])
        try store.flushTables()
    }
    var status = stat()
    #expect(stat(folder.path + "/state", &status) == 0 && status.st_mode & 0o777 == 0o700)
}

@Test(arguments: 0..<6) func theStoreAgreesWithTheReference(seed: Int) throws {
    var random = PRNG(seed: UInt64(seed))
    let folder = Folder()
    let model = MemoryStore()
    var store: RocksStore? = try RocksStore(path: folder.path)
    for round in 0..<30 {
        if round % 10 == 9 {
            store = nil
            store = try RocksStore(path: folder.path)
        }
        let open = try #require(store)
        let seed = random.next()
        for target: any KeyValueStore in [model, open] { try target.write(randomBatch(seed), sync: false) }
        if round % 7 == 3 { try open.flushTables() }
        let snapshots = try (model.snapshot(), open.snapshot())
        let next = random.next()
        for target: any KeyValueStore in [model, open] { try target.write(randomBatch(next), sync: false) }
        try compare(snapshots.0, snapshots.1, &random)
        try compare(model, open, &random)
    }
}

private func randomBatch(_ seed: UInt64) -> Batch {
    var random = PRNG(seed: seed)
    var batch = Batch()
    for _ in 0..<40 {
        let family = ColumnFamily.all[Int(random.next() % UInt64(ColumnFamily.all.count))]
        let a = random.bytes(Int(random.next() % 3)).map { $0 & 7 }
        let b = random.bytes(Int(random.next() % 3)).map { $0 & 7 }
        switch random.next() % 8 {
        case 0: batch.deleteRange(from: a, upTo: b, in: family)
        case 1, 2: batch.delete(a, in: family)
        default: batch.put(a, random.bytes(Int(random.next() % 20)), in: family)
        }
    }
    return batch
}

private func compare(_ a: any KeyValueReader, _ b: any KeyValueReader, _ random: inout PRNG) throws {
    for family in ColumnFamily.all {
        let lower = random.bytes(Int(random.next() % 3)).map { $0 & 7 }
        let upper = random.next() % 3 == 0 ? nil : random.bytes(2).map { $0 & 7 }
        let limit = Int(random.next() % 20)
        for reverse in [false, true] {
            var found: [[[[UInt8]]]] = []
            for reader in [a, b] {
                var pairs: [[[UInt8]]] = []
                try reader.scan(family, from: lower, upTo: upper, reverse: reverse) { key, value in
                    pairs.append([key, value])
                    return pairs.count < limit
                }
                found.append(pairs)
            }
            #expect(found[0] == found[1])
        }
        #expect(try a.get(lower, in: family) == b.get(lower, in: family))
    }
}

@Test func aSnapshotOutlivesItsStore() throws {
    let folder = Folder()
    var store: RocksStore? = try RocksStore(path: folder.path)
    try put(0..<10, try #require(store))
    let snapshot = try #require(store).snapshot()
    try put(10..<20, try #require(store))
    store = nil
    #expect(try keys(snapshot, .nodes).count == 10)
}

@Test func aKilledProcessLosesNoBatchThatReturned() async throws {
    let folder = Folder()
    setenv("ROCKS_KILL_PATH", folder.path, 1)
    await #expect(processExitsWith: .signal(SIGKILL)) {
        let store = try RocksStore(path: String(cString: getenv("ROCKS_KILL_PATH")))
        for round in 0..<50 { try put(round * 10..<round * 10 + 10, store) }
        kill(getpid(), SIGKILL)
    }
    let store = try RocksStore(path: folder.path)
    #expect(try keys(store, .nodes).count == 500)
    #expect(try store.get([0], in: .meta) == key(500))
}

@Test func aSecondOpeningIsRefusedAndSaysWhy() throws {
    let folder = Folder()
    let store = try RocksStore(path: folder.path)
    let failure = #expect(throws: StorageFailure.self) { try RocksStore(path: folder.path) }
    #expect(failure?.description.contains("lock") == true)
    #expect(try store.get([1], in: .meta) == nil)
    #expect(throws: StorageFailure.io(errno: ENOENT, operation: "mkdir /nowhere/at/all")) {
        try RocksStore(path: "/nowhere/at/all")
    }
}

@Test func aDamagedTableIsCorruptionNotAnAnswer() throws {
    let folder = Folder()
    do {
        let store = try RocksStore(path: folder.path)
        try put(0..<4000, store)
        try store.flushTables()
    }
    let tables = Folder.names(folder.path).filter { $0.hasSuffix(".sst") }.map { folder.path + "/" + $0 }
    let table = try #require(tables.max { Folder.size($0) < Folder.size($1) })
    Folder.flip(table, at: Folder.size(table) / 4)
    let store = try RocksStore(path: folder.path)
    let failure = #expect(throws: StorageFailure.self) { try keys(store, .nodes) }
    guard case .corrupted(.engine(let message)) = failure else {
        Issue.record("not named: \(String(describing: failure))")
        return
    }
    #expect(message.contains("checksum"))
}

@Test func aCheckpointOpensAsAStore() throws {
    let folder = Folder()
    let store = try RocksStore(path: folder.path + "/a")
    try put(0..<100, store)
    try store.makeCheckpoint(at: folder.path + "/b")
    try put(100..<200, store)
    let copy = try RocksStore(path: folder.path + "/b")
    #expect(try keys(copy, .nodes).count == 100)
    #expect(throws: StorageFailure.self) { try store.makeCheckpoint(at: folder.path + "/b") }
    #expect(store.property("rocksdb.estimate-num-keys", of: .nodes) == 200)
    #expect(store.property("rocksdb.no-such-thing", of: .nodes) == nil)
}

@Test func severalThreadsReadWhileOneWrites() async throws {
    let folder = Folder()
    let store = try RocksStore(path: folder.path)
    try put(0..<1, store)
    try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<3 {
            group.addTask {
                for _ in 0..<200 {
                    let view = try store.snapshot()
                    let end = try #require(try view.get([0], in: .meta))
                    let last = try #require(try view.last(.nodes))
                    let count = Int(end[0]) << 16 | Int(end[1]) << 8 | Int(end[2])
                    guard key(count - 1) == last.key else { return false }
                }
                return true
            }
        }
        for index in 1..<300 { try put(index..<index + 1, store) }
        for try await isWhole in group { #expect(isWhole) }
    }
}
