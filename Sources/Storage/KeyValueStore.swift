// Storage: bytes at rest, without touching a disk.
//
// Two contracts live here, each with a deterministic implementation in memory and a real one on floor 4.
//
// A *key-value store* (`KeyValueReader`, `KeyValueStore`, `Batch`) is a set of ordered key spaces, the column families. A
// batch over several families is applied whole or not at all. `sync: false` leaves a batch to the store's own log, of which
// a power cut may take a suffix, never a hole; `flushWAL()` makes everything before it durable. `MemoryStore` is the
// reference; `FaultyStore` adds the power cuts and full disks; `RocksStore` is RocksDB.
//
// A *journal* (`Journal`, `JournalScanner`) is an append-only sequence of records, each with a sequence number (LSN), in
// segments. It is what must be on disk before anything is promised: `Durable<Message>` exists only for a message whose
// record has been synced. `Journal` decides what to write and when; the driver in `FileStore`, or a simulated disk, does it.
//
//     append ──► queue ──► group ──► write + sync ──► durable ──► waiters
//     (LSN)               (poll)      (driver)       (finish)
//
// Keys and values are plain bytes and keys order by their bytes, so integers in keys are big-endian.

/// Ordered reads. Also what a snapshot is.
public protocol KeyValueReader {
    /// - Returns: nil where the key is absent.
    func get(_ key: [UInt8], in family: ColumnFamily) throws(StorageFailure) -> [UInt8]?

    /// Visits the keys in `lower..<upper` (no upper bound where it is nil), ascending, or descending from the end of the
    /// range where `reverse`. Stops when `visit` returns false.
    func scan(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure)
}

/// A store that also takes batches. Blocking: never call it on an event loop.
public protocol KeyValueStore: KeyValueReader, Sendable {
    /// A view that later writes do not change. Let go of it soon: it pins what it sees.
    func snapshot() throws(StorageFailure) -> any KeyValueReader & Sendable

    /// Applies the batch whole. With `sync` it is durable when this returns, and so is everything before it.
    func write(_ batch: consuming Batch, sync: Bool) throws(StorageFailure)

    /// Makes every batch that was written before durable.
    func flushWAL() throws(StorageFailure)
}

extension KeyValueReader {
    /// Ascending scan.
    public func scan(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure) {
        try scan(family, from: lower, upTo: upper, reverse: false, visit)
    }

    /// Visits every key that starts with `prefix`.
    public func scan(
        _ family: ColumnFamily, prefix: [UInt8], reverse: Bool = false,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure) {
        try scan(family, from: prefix, upTo: KeyOrder.end(ofPrefix: prefix), reverse: reverse, visit)
    }

    /// The first pair of a range: the smallest key at or above `lower`.
    public func first(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]? = nil
    ) throws(StorageFailure) -> (key: [UInt8], value: [UInt8])? {
        var found: (key: [UInt8], value: [UInt8])?
        try scan(family, from: lower, upTo: upper, reverse: false) { key, value in
            found = (key, value)
            return false
        }
        return found
    }

    /// The last pair of a range: the largest key below `upper`.
    public func last(
        _ family: ColumnFamily, from lower: [UInt8] = [], upTo upper: [UInt8]? = nil
    ) throws(StorageFailure) -> (key: [UInt8], value: [UInt8])? {
        var found: (key: [UInt8], value: [UInt8])?
        try scan(family, from: lower, upTo: upper, reverse: true) { key, value in
            found = (key, value)
            return false
        }
        return found
    }
}
