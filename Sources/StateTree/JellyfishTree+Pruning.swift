import Primitives
public import Storage

extension JellyfishTree {
    /// Deletes what no version from `retained` on reaches: replaced nodes, superseded values, and what the stale index says about
    /// them. Older versions become unknown.
    ///
    /// Bounded: stops soon after `limit` deletions, so that a backlog is worked off in many small batches.
    /// - Returns: whether more is left.
    public static func prune(
        retaining retained: UInt64, limit: Int = 10_000, in reader: some KeyValueReader, into batch: inout Batch
    ) throws(TreeFailure) -> Bool {
        var parts = [(key: [UInt8], entries: [UInt8])]()
        var byteCount = 0
        var hasMore = false
        let upper = retained == .max ? nil : BigEndian.bytes(retained + 1)
        do {
            try reader.scan(.stale, from: [], upTo: upper) { key, entries in
                hasMore = !parts.isEmpty && byteCount / StaleList.typicalEntryByteCount >= limit
                guard !hasMore else { return false }
                parts.append((key, entries))
                byteCount += entries.count
                return true
            }
        } catch {
            throw .storage(error)
        }
        for part in parts { try prune(part.key, part.entries, in: reader, into: &batch) }
        return hasMore
    }

    private static func prune(
        _ key: [UInt8], _ part: [UInt8], in reader: some KeyValueReader, into batch: inout Batch
    ) throws(TreeFailure) {
        guard key.count == 12, let entries = StaleList.entries(of: part) else { throw .malformedNode("stale list") }
        let since = BigEndian.read(key, at: 0)
        for entry in entries {
            switch entry {
            case .node(let node): batch.delete(node, in: .nodes)
            case .value(let keyHash): try pruneValues(of: keyHash, replacedAt: since, in: reader, into: &batch)
            }
        }
        batch.delete(key, in: .stale)
    }

    /// Deletes the values from before `since`, and the mark of a deletion at `since` with them.
    private static func pruneValues(
        of keyHash: Digest, replacedAt since: UInt64, in reader: some KeyValueReader, into batch: inout Batch
    ) throws(TreeFailure) {
        let current = ValueKey.bytes(keyHash, version: since)
        var superseded = [[UInt8]]()
        var isDeletion = false
        do {
            try reader.scan(.values, from: current, upTo: KeyOrder.end(ofPrefix: keyHash.bytes)) { key, value in
                if key == current { isDeletion = value == [0] }
                if key != current || isDeletion { superseded.append(key) }
                return true
            }
            if isDeletion, try reader.first(.values, from: keyHash.bytes, upTo: current) == nil {
                batch.delete(keyHash.bytes, in: .preimage)
            }
        } catch {
            throw .storage(error)
        }
        for key in superseded { batch.delete(key, in: .values) }
    }
}
