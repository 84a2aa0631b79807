/// What a journal's driver does next. Steps are performed one at a time, in order, and each is answered by
/// `Journal.finish()` or `Journal.fail(_:)`.
public enum JournalStep: Sendable {
    /// Create the segment's file, which must not exist, reserve `byteCount` bytes, write the header at 0, sync the file,
    /// then sync the folder.
    case begin(segment: LSN, header: [UInt8], byteCount: Int)
    /// Write the group's bytes at the offset, then sync the file (fdatasync). A failed sync is final: never sync again.
    case commit(JournalGroup)
    /// Write the bytes at the offset; no sync. They say that the last group was synced.
    case mark(segment: LSN, offset: Int, bytes: [UInt8])
    /// Delete the segments' files in this order, then sync the folder.
    case remove([LSN])
}

/// Records that are written and synced together.
public struct JournalGroup: Sendable {
    /// The segment's first LSN, which names it, and where in it the group begins.
    public let segment: LSN
    public let offset: Int
    public let records: [JournalRecord]
    public let byteCount: Int
    /// What had been synced when the group was cut.
    public let synced: LSN
    let id: JournalID

    /// The bytes to write. Computes the checksums, so call it outside of any lock.
    public func encode() -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(byteCount)
        for record in records { JournalFormat.encode(record, synced: synced, id: id, into: &bytes) }
        return bytes
    }
}
