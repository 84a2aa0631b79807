import CRocksDB
import Storage

/// One walk over a range.
struct RocksScan {
    let family: ColumnFamily
    let lower: [UInt8]
    let upper: [UInt8]?
    let reverse: Bool
    let snapshot: OpaquePointer?

    var isEmpty: Bool { upper.map { !KeyOrder.precedes(lower, $0) } ?? false }
}

extension RocksStore {
    /// The bounds are handed to RocksDB, so that it doesn't walk over deleted keys outside of them; they must stay in place
    /// as long as the iterator does.
    func scan(_ scan: RocksScan, _ visit: ([UInt8], [UInt8]) -> Bool) throws(StorageFailure) {
        guard !scan.isEmpty else { return }
        let options: OpaquePointer = rocksdb_readoptions_create()
        defer { rocksdb_readoptions_destroy(options) }
        rocksdb_readoptions_set_verify_checksums(options, 1)
        if let snapshot = scan.snapshot { rocksdb_readoptions_set_snapshot(options, snapshot) }
        try calling("scan") { error in
            scan.lower.withCharacters { lower, lowerCount in
                (scan.upper ?? []).withCharacters { upper, upperCount in
                    rocksdb_readoptions_set_iterate_lower_bound(options, lower, lowerCount)
                    if scan.upper != nil { rocksdb_readoptions_set_iterate_upper_bound(options, upper, upperCount) }
                    walk(scan, options, visit, error)
                }
            }
        }
    }

    private func walk(
        _ scan: RocksScan, _ options: OpaquePointer, _ visit: ([UInt8], [UInt8]) -> Bool,
        _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) {
        guard let iterator = rocksdb_create_iterator_cf(database, options, handle(of: scan.family)) else { return }
        defer { rocksdb_iter_destroy(iterator) }
        scan.reverse ? rocksdb_iter_seek_to_last(iterator) : rocksdb_iter_seek_to_first(iterator)
        while rocksdb_iter_valid(iterator) != 0 {
            var keyCount = 0
            var valueCount = 0
            let key = rocksdb_iter_key(iterator, &keyCount)
            let value = rocksdb_iter_value(iterator, &valueCount)
            guard visit([UInt8](characters: key, count: keyCount), [UInt8](characters: value, count: valueCount)) else {
                break
            }
            scan.reverse ? rocksdb_iter_prev(iterator) : rocksdb_iter_next(iterator)
        }
        rocksdb_iter_get_error(iterator, error)
    }
}
