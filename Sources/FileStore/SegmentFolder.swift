import Glibc
import Storage

/// A journal's files: performs its steps. Used by one thread at a time.
final class SegmentFolder {
    let path: String
    private var open: OpenSegment?
    /// How often fdatasync completed on a segment.
    private(set) var syncCount = 0

    private struct OpenSegment: ~Copyable {
        let name: LSN
        let file: FileHandle
    }

    /// Makes the folder where it is missing.
    init(path: String) throws(StorageFailure) {
        self.path = path
        try Posix.makeFolder(path)
    }

    /// Scans the segments, cuts the torn tail off and deletes what was abandoned: durably, before anything new is written.
    func recover(
        _ scanner: consuming JournalScanner, freshID: JournalID, _ visit: (JournalRecord) -> Void
    ) throws(StorageFailure) -> JournalRecovery {
        for name in try Posix.names(in: path) {
            guard let segment = LSN(fileName: name) else { continue }
            let bytes = try FileHandle(path(of: segment), O_RDONLY).readAll(limit: 1 << 31)
            try scanner.read(segment: segment, bytes, visit)
        }
        let recovery = try scanner.finish(freshID: freshID)
        for segment in recovery.abandoned { try Posix.remove(path(of: segment)) }
        if !recovery.abandoned.isEmpty { try Posix.syncFolder(path) }
        if let tail = recovery.segments.last {
            let file = try FileHandle(path(of: tail), O_RDWR)
            try file.cut(to: recovery.tailByteCount)
            try file.sync()
            open = OpenSegment(name: tail, file: file)
        }
        return recovery
    }

    func perform(_ step: JournalStep) throws(StorageFailure) {
        switch step {
        case .begin(let segment, let header, let byteCount): try begin(segment, header, byteCount)
        case .commit(let group):
            try write(group.encode(), at: group.offset, of: group.segment)
            try syncData()
        case .mark(let segment, let offset, let bytes): try write(bytes, at: offset, of: segment)
        case .remove(let segments):
            for segment in segments { try Posix.remove(path(of: segment)) }
            try Posix.syncFolder(path)
        }
    }

    /// Syncs what the last marks say and closes the file.
    func close() throws(StorageFailure) {
        if open != nil { try syncData() }
        open = nil
    }

    private func begin(_ segment: LSN, _ header: [UInt8], _ byteCount: Int) throws(StorageFailure) {
        let file = try FileHandle(path(of: segment), O_RDWR | O_CREAT | O_EXCL)
        try file.reserve(byteCount)
        try file.write(header, at: 0)
        try file.sync()
        try Posix.syncFolder(path)
        open = OpenSegment(name: segment, file: file)
    }

    private func write(_ bytes: [UInt8], at offset: Int, of segment: LSN) throws(StorageFailure) {
        precondition(open?.name == segment, "a journal writes to its newest segment")
        try open?.file.write(bytes, at: offset)
    }

    private func syncData() throws(StorageFailure) {
        try open?.file.syncData()
        syncCount += 1
    }

    private func path(of segment: LSN) -> String { path + "/" + segment.fileName }
}
