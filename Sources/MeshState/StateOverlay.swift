import Primitives
import StateTree
import Storage

/// The state as the transactions of a block see it: what is stored, covered by what the block has written so far. Remembers
/// what it read, so that no key is fetched twice.
struct StateOverlay<Reader: KeyValueReader> {
    private struct Entry {
        var value: [UInt8]?
        var isWritten: Bool
    }

    let reader: Reader
    private var entries: [[UInt8]: Entry] = [:]
    /// In the order of their first write.
    private var writtenKeys: [[UInt8]] = []

    init(_ reader: Reader) { self.reader = reader }

    /// One write for every key that was written, in the order of their first write.
    var writes: [JellyfishTree.Write] { writtenKeys.map { JellyfishTree.Write(key: $0, value: entries[$0]?.value) } }

    mutating func get(_ key: [UInt8]) throws(StateFailure) -> [UInt8]? {
        if let entry = entries[key] { return entry.value }
        let value: [UInt8]?
        do { value = try JellyfishTree.latest(key, in: reader) } catch { throw .tree(error) }
        entries[key] = Entry(value: value, isWritten: false)
        return value
    }

    mutating func contains(_ key: [UInt8]) throws(StateFailure) -> Bool { try get(key) != nil }

    mutating func get<Record: StateRecord>(_ type: Record.Type, _ key: [UInt8]) throws(StateFailure) -> Record? {
        guard let bytes = try get(key) else { return nil }
        return try Record(bytes, under: key)
    }

    mutating func put(_ key: [UInt8], _ record: some StateRecord) { write(key, record.bytes) }
    mutating func put(_ key: [UInt8], _ value: [UInt8]) { write(key, value) }
    mutating func delete(_ key: [UInt8]) { write(key, nil) }

    private mutating func write(_ key: [UInt8], _ value: [UInt8]?) {
        if entries.updateValue(Entry(value: value, isWritten: true), forKey: key)?.isWritten != true {
            writtenKeys.append(key)
        }
    }

    /// Keys of an index that fall due from `earliest` through `latest`, in order, as the block found them.
    func due(
        _ prefix: [UInt8], from earliest: WallTime, through latest: WallTime, limit: Int
    ) throws(StateFailure) -> [[UInt8]] {
        let upper = StateKey.due(prefix, WallTime(milliseconds: latest.milliseconds &+ 1))
        var keys = [[UInt8]]()
        do {
            try reader.scan(.latest, from: StateKey.due(prefix, earliest), upTo: upper) { key, _ in
                guard keys.count < limit else { return false }
                keys.append(key)
                return true
            }
        } catch {
            throw .storage(error)
        }
        return keys
    }
}
