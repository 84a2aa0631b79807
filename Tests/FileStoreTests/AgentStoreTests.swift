import FileStore
import Glibc
import Storage
import Testing

private func key(_ index: Int) -> [UInt8] { [UInt8(index >> 8 & 0xFF), UInt8(index & 0xFF)] }

private func step(_ index: Int, value: Int = 8) -> Batch {
    var batch = Batch()
    batch.put(key(index), [UInt8](repeating: UInt8(index & 0xFF), count: value), in: .effects)
    batch.put([1], key(index), in: .cursors)
    return batch
}

private func count(_ reader: any KeyValueReader, _ family: ColumnFamily) throws -> Int {
    var count = 0
    try reader.scan(family, from: [], upTo: nil) { _, _ in
        count += 1
        return true
    }
    return count
}

@Test func effectsAndCursorComeBackTogether() throws {
    let folder = Folder()
    for round in 0..<3 {
        let store = try AgentStore(path: folder.path)
        #expect(try count(store, .effects) == round * 10)
        for index in round * 10..<round * 10 + 10 { try store.write(step(index), sync: true) }
        #expect(store.syncCount == 10)
        #expect(try store.get([1], in: .cursors) == key(round * 10 + 9))
        try store.close()
    }
}

@Test func deletionsAreReplayedInOrder() throws {
    let folder = Folder()
    var store = try AgentStore(path: folder.path)
    for index in 0..<10 { try store.write(step(index), sync: false) }
    var batch = Batch()
    batch.deleteRange(from: key(2), upTo: key(8), in: .effects)
    batch.delete(key(9), in: .effects)
    batch.put(key(3), [], in: .effects)
    try store.write(batch, sync: true)
    let snapshot = try store.snapshot()
    try store.write(step(77), sync: true)
    #expect(try count(snapshot, .effects) == 4)
    try store.close()
    store = try AgentStore(path: folder.path)
    #expect(try count(store, .effects) == 5)
    #expect(try store.get(key(3), in: .effects) == [])
    try store.close()
}

@Test func aLongJournalIsFoldedIntoAnImage() async throws {
    let folder = Folder()
    var store = try AgentStore(path: folder.path)
    for round in 0..<3 {
        for index in 0..<30 { try await store.commit(step(index, value: 100_000 + round)) }
    }
    try await store.commit(step(99))
    try store.close()
    #expect(Folder.size(folder.path + "/image") > 2_000_000)
    #expect(Folder.mode(folder.path + "/image") == 0o600)
    #expect(Folder.names(folder.path + "/journal").count < 8)
    store = try AgentStore(path: folder.path)
    #expect(try count(store, .effects) == 31)
    #expect(try store.get(key(29), in: .effects)?.count == 100_002)
    #expect(try store.get([1], in: .cursors) == key(99))
    try store.close()
    Folder.flip(folder.path + "/image", at: 1_000_000)
    let failure = #expect(throws: StorageFailure.self) { try AgentStore(path: folder.path) }
    #expect(failure?.description.contains("image") == true)
}

@Test func aKilledAgentKeepsWhatItCommitted() async throws {
    let folder = Folder()
    setenv("KILLED_AGENT_PATH", folder.path, 1)
    await #expect(processExitsWith: .signal(SIGKILL)) {
        let store = try AgentStore(path: String(cString: getenv("KILLED_AGENT_PATH")))
        for index in 0..<40 { try await store.commit(step(index)) }
        kill(getpid(), SIGKILL)
    }
    let store = try AgentStore(path: folder.path)
    #expect(try count(store, .effects) == 40)
    #expect(try store.get([1], in: .cursors) == key(39))
    try store.close()
}
