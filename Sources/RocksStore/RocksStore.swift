// RocksStore: the key-value store of a node, on RocksDB's C interface.
//
// A store is a folder with one RocksDB in it, which has one column family for each of `ColumnFamily.all`. A batch goes
// into RocksDB's own log and memory; a background thread of RocksDB turns memory into tables. Every call blocks: the owner
// calls from threads of its own, from as many as it likes, and never from an event loop.
//
// Deviation from the general contract: none. `sync: false` survives the death of the process, because RocksDB hands every
// batch to the operating system; `flushWAL()` or `sync: true` make it survive the death of the machine.

import CRocksDB
import Glibc
public import Storage
import Synchronization

/// A `KeyValueStore` on RocksDB. Closed when the last reference and the last snapshot are gone.
// SAFETY: the handles are set once and freed in deinit; RocksDB allows concurrent calls on all of them. The option
// objects are never changed after init.
public final class RocksStore: KeyValueStore, @unchecked Sendable {
    let database: OpaquePointer
    private let families: [OpaquePointer]
    private let lazyWrite: OpaquePointer
    private let syncedWrite: OpaquePointer
    private let latestRead: OpaquePointer
    private let isFailed = Atomic<Bool>(false)

    /// Opens the store in a folder, or creates both. A folder that exists keeps its permissions; a new one is its owner's alone.
    /// - Precondition: the configuration has no problems.
    public init(path: String, configuration: Configuration = Configuration()) throws(StorageFailure) {
        precondition(configuration.problems().isEmpty, "the store's configuration is valid")
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .io(errno: errno, operation: "mkdir \(path)") }
        (database, families) = try Self.open(path, RocksOptions(configuration))
        lazyWrite = rocksdb_writeoptions_create()
        syncedWrite = rocksdb_writeoptions_create()
        rocksdb_writeoptions_set_sync(syncedWrite, 1)
        latestRead = rocksdb_readoptions_create()
        rocksdb_readoptions_set_verify_checksums(latestRead, 1)
    }

    deinit {
        rocksdb_readoptions_destroy(latestRead)
        rocksdb_writeoptions_destroy(syncedWrite)
        rocksdb_writeoptions_destroy(lazyWrite)
        for family in families { rocksdb_column_family_handle_destroy(family) }
        rocksdb_close(database)
    }

    public func get(_ key: [UInt8], in family: ColumnFamily) throws(StorageFailure) -> [UInt8]? {
        try get(key, in: family, latestRead)
    }

    public func scan(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure) {
        try scan(RocksScan(family: family, lower: lower, upper: upper, reverse: reverse, snapshot: nil), visit)
    }

    public func snapshot() throws(StorageFailure) -> any KeyValueReader & Sendable { RocksSnapshot(of: self) }

    /// After a failure every later write throws `closed`: what the log holds is not known any more.
    public func write(_ batch: consuming Batch, sync: Bool) throws(StorageFailure) {
        let changes: OpaquePointer = rocksdb_writebatch_create()
        defer { rocksdb_writebatch_destroy(changes) }
        for operation in batch.operations { add(operation, to: changes) }
        try mutating("write") { error in
            rocksdb_write(database, sync ? syncedWrite : lazyWrite, changes, error)
        }
    }

    public func flushWAL() throws(StorageFailure) {
        try mutating("flush the log") { error in rocksdb_flush_wal(database, 1, error) }
    }

    /// Writes what is in memory to tables, of every family. For shutdown and measurements; the store does it by itself.
    public func flushTables() throws(StorageFailure) {
        let options: OpaquePointer = rocksdb_flushoptions_create()
        defer { rocksdb_flushoptions_destroy(options) }
        for family in families {
            try mutating("flush tables") { error in rocksdb_flush_cf(database, options, family, error) }
        }
    }

    /// Makes a copy that can be opened as a store, of hard links, in a folder that must not exist.
    public func makeCheckpoint(at path: String) throws(StorageFailure) {
        guard let checkpoint = try calling("checkpoint", { rocksdb_checkpoint_object_create(database, $0) }) else {
            throw .engine("checkpoint: none was made")
        }
        defer { rocksdb_checkpoint_object_destroy(checkpoint) }
        try calling("checkpoint") { rocksdb_checkpoint_create(checkpoint, path, 0, $0) }
    }

    /// An integer property of RocksDB for a family, such as `rocksdb.estimate-num-keys`; nil where it has no such property.
    public func property(_ name: String, of family: ColumnFamily) -> UInt64? {
        var value: UInt64 = 0
        return rocksdb_property_int_cf(database, handle(of: family), name, &value) == 0 ? value : nil
    }

    func handle(of family: ColumnFamily) -> OpaquePointer { families[family.index + 1] }

    func get(
        _ key: [UInt8], in family: ColumnFamily, _ options: OpaquePointer
    ) throws(StorageFailure) -> [UInt8]? {
        let pinned = try calling("read") { error in
            key.withCharacters { rocksdb_get_pinned_cf(database, options, handle(of: family), $0, $1, error) }
        }
        guard let pinned else { return nil }
        defer { rocksdb_pinnableslice_destroy(pinned) }
        var count = 0
        let bytes = rocksdb_pinnableslice_value(pinned, &count)
        return [UInt8](characters: bytes, count: count)
    }

    private func mutating(
        _ operation: String, _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Void
    ) throws(StorageFailure) {
        guard !isFailed.load(ordering: .acquiring) else { throw .closed }
        do throws(StorageFailure) {
            try calling(operation, body)
        } catch {
            isFailed.store(true, ordering: .releasing)
            throw error
        }
    }

    private func add(_ operation: BatchOperation, to changes: OpaquePointer) {
        switch operation {
        case .put(let family, let key, let value):
            key.withCharacters { key, keyCount in
                value.withCharacters { value, valueCount in
                    rocksdb_writebatch_put_cf(changes, handle(of: family), key, keyCount, value, valueCount)
                }
            }
        case .delete(let family, let key):
            key.withCharacters { rocksdb_writebatch_delete_cf(changes, handle(of: family), $0, $1) }
        case .deleteRange(let family, let lower, let upper):
            lower.withCharacters { lower, lowerCount in
                upper.withCharacters { upper, upperCount in
                    rocksdb_writebatch_delete_range_cf(
                        changes, handle(of: family), lower, lowerCount, upper, upperCount)
                }
            }
        }
    }

    private static func open(
        _ path: String, _ options: RocksOptions
    ) throws(StorageFailure) -> (OpaquePointer, [OpaquePointer]) {
        let names = (["default"] + ColumnFamily.all.map(\.name)).map { strdup($0) }
        defer { for name in names { free(name) } }
        var handles = [OpaquePointer?](repeating: nil, count: names.count)
        let database = try calling("open \(path)") { error in
            rocksdb_open_column_families(
                options.database, path, Int32(names.count), names.map { UnsafePointer($0) }, options.families.map { $0 },
                &handles, error)
        }
        guard let database else { throw .engine("open \(path): no database") }
        return (database, handles.compactMap { $0 })
    }
}
