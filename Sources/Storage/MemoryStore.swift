import Synchronization

/// A key-value store in memory: deterministic, ordered, and the reference that the real one is tested against. A snapshot
/// costs nothing; what changes after it is copied in small chunks.
public final class MemoryStore: KeyValueStore {
    private let contents: Mutex<StoreContents>

    public init() { contents = Mutex(StoreContents()) }

    /// A store that begins with what a snapshot holds.
    public init(_ snapshot: StoreContents) { contents = Mutex(snapshot) }

    /// What the store holds now, as a value.
    public var state: StoreContents { contents.withLock { $0 } }

    public func get(_ key: [UInt8], in family: ColumnFamily) throws(StorageFailure) -> [UInt8]? {
        contents.withLock { $0.value(of: key, in: family) }
    }

    public func scan(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure) {
        state.visit(family, from: lower, upTo: upper, reverse: reverse, visit)
    }

    public func snapshot() throws(StorageFailure) -> any KeyValueReader & Sendable { state }

    public func write(_ batch: consuming Batch, sync: Bool) throws(StorageFailure) {
        let operations = batch.operations
        contents.withLock { $0.apply(operations) }
    }

    public func flushWAL() throws(StorageFailure) {}
}

/// Everything that a store in memory holds, as a value: the snapshot of `MemoryStore`.
public struct StoreContents: KeyValueReader, Sendable {
    private var families: [SortedMap]

    public init() { families = Array(repeating: SortedMap(), count: ColumnFamily.all.count) }

    /// The number of keys in a family.
    public func count(of family: ColumnFamily) -> Int { families[family.index].count }

    public func get(_ key: [UInt8], in family: ColumnFamily) throws(StorageFailure) -> [UInt8]? {
        value(of: key, in: family)
    }

    public func scan(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure) {
        self.visit(family, from: lower, upTo: upper, reverse: reverse, visit)
    }

    func value(of key: [UInt8], in family: ColumnFamily) -> [UInt8]? { families[family.index][key] }

    func visit(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) {
        families[family.index].scan(from: lower, upTo: upper, reverse: reverse, visit)
    }

    /// Applies a batch's operations in order.
    public mutating func apply(_ operations: [BatchOperation]) {
        for operation in operations {
            switch operation {
            case .put(let family, let key, let value): families[family.index].put(key, value)
            case .delete(let family, let key): families[family.index].remove(key)
            case .deleteRange(let family, let lower, let upper):
                families[family.index].removeRange(from: lower, upTo: upper)
            }
        }
    }
}
