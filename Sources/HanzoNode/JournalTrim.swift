import Primitives
import Storage

/// Up to where the journal may be gone: the meta key `journal/trimmed` of the mail store, durable before the first segment vanishes. A
/// journal that begins behind it is missing records, and one that begins before it is merely not tidied up.
enum JournalTrim {
    private static let key = Array("journal/trimmed".utf8)

    static func operation(_ position: LSN) -> BatchOperation {
        var writer = ByteWriter(capacity: 8)
        writer.write(position.value)
        return .put(.meta, key: key, value: writer.bytes)
    }

    /// Zero where nothing was ever trimmed.
    static func read(from store: some KeyValueReader) throws(StorageFailure) -> LSN {
        guard let bytes = try store.get(key, in: .meta) else { return .zero }
        return LSN(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
}
