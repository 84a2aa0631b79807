import Primitives
import Storage
import Testing

/// Collects a scan.
private func pairs(
    _ reader: any KeyValueReader, _ family: ColumnFamily, from lower: [UInt8] = [], upTo upper: [UInt8]? = nil,
    reverse: Bool = false, limit: Int = .max
) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    try reader.scan(family, from: lower, upTo: upper, reverse: reverse) { key, _ in
        found.append(key)
        return found.count < limit
    }
    return found
}

@Test func familiesAreNumberedByPlace() {
    for (index, family) in ColumnFamily.all.enumerated() { #expect(family.index == index) }
    #expect(Set(ColumnFamily.all.map(\.name)).count == ColumnFamily.all.count)
}

@Test func keysOrderByTheirBytes() {
    var random = PRNG(seed: 4)
    let keys = (0..<400).map { _ in random.bytes(Int(random.next() % 20)).map { $0 & 3 } }
    for a in keys {
        for b in keys.prefix(60) { #expect(KeyOrder.precedes(a, b) == a.lexicographicallyPrecedes(b)) }
    }
    #expect(KeyOrder.end(ofPrefix: [1, 0xFF, 0xFF]) == [2])
    #expect(KeyOrder.end(ofPrefix: [0xFF]) == nil)
    #expect(KeyOrder.end(ofPrefix: []) == nil)
}

@Test func aBatchIsAppliedInOrderAndOverFamilies() throws {
    let store = MemoryStore()
    var batch = Batch()
    batch.put([1], [10], in: .meta)
    batch.put([1], [11], in: .meta)
    batch.put([1], [12], in: .mail)
    batch.put([2], [20], in: .mail)
    batch.put([3], [30], in: .mail)
    batch.deleteRange(from: [1], upTo: [3], in: .mail)
    batch.deleteRange(from: [9], upTo: [3], in: .mail)
    batch.put([2], [21], in: .mail)
    batch.delete([8], in: .mail)
    #expect(batch.count == 8)
    try store.write(batch, sync: false)
    #expect(try store.get([1], in: .meta) == [11])
    #expect(try pairs(store, .mail) == [[2], [3]])
    #expect(try store.get([2], in: .mail) == [21])
    #expect(try store.get([1], in: .blocks) == nil)
}

@Test func aSnapshotDoesNotMove() throws {
    let store = MemoryStore()
    for index in 0..<3000 { try put(store, index) }
    let snapshot = try store.snapshot()
    var batch = Batch()
    for index in 0..<3000 where index % 2 == 0 { batch.delete(key(index), in: .nodes) }
    try store.write(batch, sync: true)
    #expect(try pairs(snapshot, .nodes).count == 3000)
    #expect(try pairs(store, .nodes).count == 1500)
    #expect(store.state.count(of: .nodes) == 1500)
}

@Test func theStoreAgreesWithASortedList() throws {
    var random = PRNG(seed: 11)
    let store = MemoryStore()
    var model: [[UInt8]: [UInt8]] = [:]
    for round in 0..<40 {
        var batch = Batch()
        for _ in 0..<60 {
            let key = random.bytes(Int(1 + random.next() % 3)).map { $0 & 15 }
            if random.next() % 4 == 0 {
                batch.delete(key, in: .values)
                model[key] = nil
            } else {
                batch.put(key, [UInt8(round)], in: .values)
                model[key] = [UInt8(round)]
            }
        }
        try store.write(batch, sync: false)
        let sorted = model.keys.sorted { $0.lexicographicallyPrecedes($1) }
        let lower = random.bytes(2).map { $0 & 15 }
        let upper = random.bytes(2).map { $0 & 15 }
        let range = sorted.filter { !$0.lexicographicallyPrecedes(lower) && $0.lexicographicallyPrecedes(upper) }
        #expect(try pairs(store, .values) == sorted)
        #expect(try pairs(store, .values, reverse: true) == sorted.reversed())
        #expect(try pairs(store, .values, from: lower, upTo: upper) == range)
        #expect(try pairs(store, .values, from: lower, upTo: upper, reverse: true) == range.reversed())
        #expect(try pairs(store, .values, from: lower, upTo: upper, limit: 2) == Array(range.prefix(2)))
        #expect(try store.first(.values, from: lower, upTo: upper)?.key == range.first)
        #expect(try store.last(.values, from: lower, upTo: upper)?.key == range.last)
        for key in sorted { #expect(try store.get(key, in: .values) == model[key]) }
    }
}

@Test func aPrefixScanStaysInsideIt() throws {
    let store = MemoryStore()
    var batch = Batch()
    for key: [UInt8] in [[0xFE], [0xFF], [0xFF, 0], [0xFF, 0xFF], [0xFF, 0xFF, 1]] { batch.put(key, [], in: .meta) }
    try store.write(batch, sync: true)
    var found: [[UInt8]] = []
    try store.scan(.meta, prefix: [0xFF, 0xFF]) { key, _ in
        found.append(key)
        return true
    }
    #expect(found == [[0xFF, 0xFF], [0xFF, 0xFF, 1]])
}

@Test(arguments: 0..<20) func aPowerCutTakesOnlyAnUnsyncedSuffix(seed: Int) throws {
    var random = PRNG(seed: UInt64(seed))
    let store = FaultyStore()
    for index in 0..<10 { try put(store, index, sync: index == 4) }
    let lost = store.crash(&random)
    #expect(try pairs(store, .nodes) == (0..<10 - lost).map(key))
    #expect(lost <= 5)
    try put(store, 50)
    try store.flushWAL()
    #expect(store.crash(&random) == 0)
    #expect(try store.get(key(50), in: .nodes) != nil)
}

@Test func aFullDiskFailsTheStoreForGood() throws {
    let store = FaultyStore(freeByteCount: 25)
    try put(store, 1, sync: true)
    #expect(throws: StorageFailure.full(operation: "write")) { try put(store, 2) ; try put(store, 3) }
    store.setFreeByteCount(1 << 20)
    #expect(throws: StorageFailure.closed) { try put(store, 4) }
    #expect(throws: StorageFailure.closed) { try store.flushWAL() }
    #expect(try store.get(key(1), in: .nodes) == [1])
}

private func key(_ index: Int) -> [UInt8] { [UInt8(index >> 16), UInt8(index >> 8 & 0xFF), UInt8(index & 0xFF), 0, 0, 0, 0, 0, 7, 7] }

private func put(_ store: any KeyValueStore, _ index: Int, sync: Bool = false) throws {
    var batch = Batch()
    batch.put(key(index), [UInt8(index & 0xFF)], in: .nodes)
    try store.write(batch, sync: sync)
}
