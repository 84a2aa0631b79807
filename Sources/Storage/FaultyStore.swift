public import Primitives
import Synchronization

/// A store in memory on a disk that fills up and loses power, from a seed. A power cut takes a suffix of the batches that
/// were not synced, whole ones, as a store with its own log does.
public final class FaultyStore: KeyValueStore {
    private struct Disk {
        var durable = StoreContents()
        /// What the store held after each batch since the last sync.
        var unsynced: [StoreContents] = []
        var freeByteCount: Int
        var isFailed = false

        var current: StoreContents { unsynced.last ?? durable }
    }

    private let disk: Mutex<Disk>

    /// - Parameter freeByteCount: what may still be written before the disk is full.
    public init(freeByteCount: Int = .max) { disk = Mutex(Disk(freeByteCount: freeByteCount)) }

    /// Cuts the power and restarts: each batch after the last sync survives only if all before it do.
    /// - Returns: how many batches are gone.
    @discardableResult
    public func crash(_ random: inout PRNG) -> Int {
        let draw = random.next()
        return disk.withLock { disk in
            let count = disk.unsynced.count
            let survivors = Int(draw % UInt64(count + 1))
            if survivors > 0 { disk.durable = disk.unsynced[survivors - 1] }
            disk.unsynced = []
            disk.isFailed = false
            return count - survivors
        }
    }

    /// What the store holds now.
    public var state: StoreContents { disk.withLock { $0.current } }

    /// Gives or takes space.
    public func setFreeByteCount(_ count: Int) { disk.withLock { $0.freeByteCount = count } }

    public func get(_ key: [UInt8], in family: ColumnFamily) throws(StorageFailure) -> [UInt8]? {
        state.value(of: key, in: family)
    }

    public func scan(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure) {
        state.visit(family, from: lower, upTo: upper, reverse: reverse, visit)
    }

    public func snapshot() throws(StorageFailure) -> any KeyValueReader & Sendable { state }

    /// Throws `full` once and `closed` ever after, until a crash.
    public func write(_ batch: consuming Batch, sync: Bool) throws(StorageFailure) {
        let operations = batch.operations
        let byteCount = batch.byteCount
        let failure: StorageFailure? = disk.withLock { disk in
            if disk.isFailed { return .closed }
            if byteCount > disk.freeByteCount {
                disk.isFailed = true
                return .full(operation: "write")
            }
            disk.freeByteCount -= byteCount
            var contents = disk.current
            contents.apply(operations)
            disk.unsynced.append(contents)
            if sync { Self.settle(&disk) }
            return nil
        }
        if let failure { throw failure }
    }

    public func flushWAL() throws(StorageFailure) {
        let isFailed = disk.withLock { disk in
            if !disk.isFailed { Self.settle(&disk) }
            return disk.isFailed
        }
        if isFailed { throw .closed }
    }

    private static func settle(_ disk: inout Disk) {
        disk.durable = disk.current
        disk.unsynced = []
    }
}
