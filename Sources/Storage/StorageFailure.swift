/// Why bytes at rest could not be read or written. A failed mutation is fatal for its store: nothing that was asked of it
/// afterwards is acknowledged.
public enum StorageFailure: Error, Hashable, Sendable {
    /// The operating system refused; `errno` and what was being done.
    case io(errno: Int32, operation: String)
    /// No space is left on the device (ENOSPC, EDQUOT).
    case full(operation: String)
    /// Bytes that were stored are not the bytes that are read.
    case corrupted(Corruption)
    /// The storage engine refused for a reason of its own.
    case engine(String)
    /// The bounded queue in front of the store has no room; nothing was taken.
    case overloaded
    /// One value exceeds what the store takes.
    case tooLarge(byteCount: Int, limit: Int)
    /// The store was closed, or an earlier mutation failed.
    case closed
}

/// Where corruption was found.
public enum Corruption: Error, Hashable, Sendable {
    /// A journal record that had been synced is damaged: the segment (named by its first LSN), the byte offset in it, and
    /// the LSN that was expected there.
    case record(segment: LSN, offset: Int, lsn: LSN)
    /// A segment's header is damaged though records stand behind it.
    case header(segment: LSN)
    /// Records that had been synced are not there at all: `expected` was to follow, `found` does (nil: nothing does).
    case missing(expected: LSN, found: LSN?)
    /// The storage engine's own checksum failed; its words.
    case engine(String)
}

extension StorageFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .io(let errno, let operation): "\(operation) failed with errno \(errno)"
        case .full(let operation): "no space left on the device (\(operation))"
        case .corrupted(let corruption): "corrupted: \(corruption)"
        case .engine(let message): message
        case .overloaded: "the store's queue is full"
        case .tooLarge(let byteCount, let limit): "\(byteCount) bytes exceed the limit of \(limit)"
        case .closed: "the store is closed"
        }
    }
}

extension Corruption: CustomStringConvertible {
    public var description: String {
        switch self {
        case .record(let segment, let offset, let lsn):
            "record \(lsn) at byte \(offset) of journal segment \(segment.fileName)"
        case .header(let segment): "header of journal segment \(segment.fileName)"
        case .missing(let expected, let found):
            "journal records from \(expected) on are missing" + (found.map { ", \($0) follows" } ?? "")
        case .engine(let message): message
        }
    }
}
