import Primitives
import Storage

/// Up to where the journal may be gone, in the family `meta` of the mail store, durable before the first segment vanishes:
///
///     journal/trimmed                  u64 record number
///     journal/trimmed/ ‖ NetworkID     u64 height of the network's state by then
///
/// A journal that begins behind it is missing records, and one that begins before it is merely not tidied up. A state that stands
/// below its height has lost blocks that the journal no longer holds.
struct JournalTrim {
    private static let key = Array("journal/trimmed".utf8)

    /// Records up to here are needed no more; zero where nothing was ever trimmed.
    var position: LSN
    var heights: [NetworkID: Height]

    private static func key(of network: NetworkID) -> [UInt8] { key + [UInt8(ascii: "/")] + network.bytes }

    var operations: [BatchOperation] {
        let networks = heights.sorted { $0.key.digest < $1.key.digest }
        return [.put(.meta, key: Self.key, value: Self.encode(position.value))]
            + networks.map { .put(.meta, key: Self.key(of: $0.key), value: Self.encode($0.value.value)) }
    }

    static func read(from store: some KeyValueReader, networks: [NetworkID]) throws(StorageFailure) -> JournalTrim {
        var trim = JournalTrim(position: LSN(try number(key, store)), heights: [:])
        for network in networks { trim.heights[network] = Height(try number(key(of: network), store)) }
        return trim
    }

    private static func encode(_ number: UInt64) -> [UInt8] {
        var writer = ByteWriter(capacity: 8)
        writer.write(number)
        return writer.bytes
    }

    private static func number(_ key: [UInt8], _ store: some KeyValueReader) throws(StorageFailure) -> UInt64 {
        guard let bytes = try store.get(key, in: .meta) else { return 0 }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
