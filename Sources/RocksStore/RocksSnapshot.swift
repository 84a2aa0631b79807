import CRocksDB
import Storage

/// A view of a `RocksStore` at one moment. Keeps the store open, and its old data from being compacted away.
// SAFETY: both handles are set once, freed in deinit, and allow concurrent reads.
final class RocksSnapshot: KeyValueReader, @unchecked Sendable {
    private let store: RocksStore
    private let handle: OpaquePointer
    private let options: OpaquePointer

    init(of store: RocksStore) {
        self.store = store
        handle = rocksdb_create_snapshot(store.database)
        options = rocksdb_readoptions_create()
        rocksdb_readoptions_set_verify_checksums(options, 1)
        rocksdb_readoptions_set_snapshot(options, handle)
    }

    deinit {
        rocksdb_readoptions_destroy(options)
        rocksdb_release_snapshot(store.database, handle)
    }

    func get(_ key: [UInt8], in family: ColumnFamily) throws(StorageFailure) -> [UInt8]? {
        try store.get(key, in: family, options)
    }

    func scan(
        _ family: ColumnFamily, from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool,
        _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageFailure) {
        try store.scan(
            RocksScan(family: family, lower: lower, upper: upper, reverse: reverse, snapshot: handle), visit)
    }
}
