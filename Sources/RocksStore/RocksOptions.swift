import CRocksDB
import Storage

extension RocksStore {
    /// How much of the machine a store takes.
    public struct Configuration: Hashable, Sendable {
        /// Blocks of tables that are kept in memory, of all families together.
        public var cacheByteCount = 64 << 20
        /// New data that is kept in memory until it becomes a table, of all families together.
        public var writeBufferByteCount = 64 << 20
        /// The store's own log is cut off by writing tables when it exceeds this.
        public var maxLogByteCount = 256 << 20
        public var maxOpenFileCount = 512
        public var backgroundThreadCount = 2

        public init() {}

        public func problems() -> [String] {
            var problems: [String] = []
            if cacheByteCount < 1 << 20 { problems.append("cacheByteCount is below 1 MiB") }
            if writeBufferByteCount < 1 << 20 { problems.append("writeBufferByteCount is below 1 MiB") }
            if maxLogByteCount < writeBufferByteCount { problems.append("maxLogByteCount is below writeBufferByteCount") }
            if maxOpenFileCount < 64 { problems.append("maxOpenFileCount is below 64") }
            if backgroundThreadCount < 1 { problems.append("backgroundThreadCount is not positive") }
            return problems
        }
    }
}

/// RocksDB's option objects for one store: freed when the store has been opened, which copies them.
final class RocksOptions {
    let database: OpaquePointer
    private(set) var families: [OpaquePointer] = []
    private let cache: OpaquePointer
    private var tables: [OpaquePointer] = []

    init(_ configuration: RocksStore.Configuration) {
        database = rocksdb_options_create()
        cache = rocksdb_cache_create_lru(configuration.cacheByteCount)
        setDatabase(configuration)
        families = (0...ColumnFamily.all.count).map { _ in rocksdb_options_create() }
        addFamily(families[0], usage: .scanned)
        for family in ColumnFamily.all { addFamily(families[family.index + 1], usage: Usage(family)) }
    }

    deinit {
        for options in families { rocksdb_options_destroy(options) }
        for table in tables { rocksdb_block_based_options_destroy(table) }
        rocksdb_cache_destroy(cache)
        rocksdb_options_destroy(database)
    }

    private enum Usage {
        /// Read key by key: a Bloom filter spares the misses.
        case looked
        /// Read by seeking and scanning: a filter of whole keys is never asked.
        case scanned

        init(_ family: ColumnFamily) {
            switch family {
            case .nodes, .latest, .preimage, .history, .receipts: self = .looked
            default: self = .scanned
            }
        }
    }

    /// The log is recovered to a point in time: after a power cut its unsynced pages may be there in any order, and what
    /// is gone is replayed from the journal, which detects corruption by itself.
    private func setDatabase(_ configuration: RocksStore.Configuration) {
        rocksdb_options_set_create_if_missing(database, 1)
        rocksdb_options_set_create_missing_column_families(database, 1)
        rocksdb_options_set_paranoid_checks(database, 1)
        rocksdb_options_set_wal_recovery_mode(database, Int32(rocksdb_point_in_time_recovery))
        rocksdb_options_set_max_background_jobs(database, Int32(configuration.backgroundThreadCount))
        rocksdb_options_set_max_open_files(database, Int32(configuration.maxOpenFileCount))
        rocksdb_options_set_db_write_buffer_size(database, configuration.writeBufferByteCount)
        rocksdb_options_set_max_total_wal_size(database, UInt64(configuration.maxLogByteCount))
        rocksdb_options_set_info_log_level(database, 2)
        rocksdb_options_set_keep_log_file_num(database, 4)
        rocksdb_options_set_max_log_file_size(database, 4 << 20)
    }

    private func addFamily(_ options: OpaquePointer, usage: Usage) {
        let table: OpaquePointer = rocksdb_block_based_options_create()
        tables.append(table)
        rocksdb_block_based_options_set_block_cache(table, cache)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1)
        rocksdb_block_based_options_set_format_version(table, 5)
        if usage == .looked {
            rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10))
        }
        rocksdb_options_set_block_based_table_factory(options, table)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        rocksdb_options_set_bottommost_compression(options, Int32(rocksdb_zstd_compression))
        rocksdb_options_set_write_buffer_size(options, 32 << 20)
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1)
    }
}
