import Glibc
public import Storage

/// Small files that are either the old or the new one, whole, whatever happens in between. Mode 0600 unless stated.
public enum AtomicFile {
    /// Replaces the file at `path`, or creates it. Durable on return.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(StorageFailure) {
        try place(bytes, at: path, mode: mode) { temporary throws(StorageFailure) in
            guard rename(temporary, path) == 0 else { throw .posix("rename", path) }
        }
    }

    /// Creates the file at `path`, and fails with EEXIST where there is one. Durable on return.
    public static func create(_ bytes: [UInt8], at path: String, mode: UInt32 = 0o600) throws(StorageFailure) {
        try place(bytes, at: path, mode: mode) { temporary throws(StorageFailure) in
            guard link(temporary, path) == 0 else { throw .posix("link", path) }
            try Posix.remove(temporary)
        }
    }

    /// - Returns: nil where there is no file.
    public static func read(_ path: String, limit: Int = 1 << 24) throws(StorageFailure) -> [UInt8]? {
        do throws(StorageFailure) {
            return try FileHandle(path, O_RDONLY).readAll(limit: limit)
        } catch {
            guard case .io(ENOENT, _) = error else { throw error }
            return nil
        }
    }

    private static func place(
        _ bytes: [UInt8], at path: String, mode: UInt32, _ publish: (String) throws(StorageFailure) -> Void
    ) throws(StorageFailure) {
        let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
        do throws(StorageFailure) {
            try fill(temporary, bytes, mode)
            try publish(temporary)
        } catch {
            unlink(temporary)
            throw error
        }
        try Posix.syncFolder(Posix.folder(of: path))
    }

    private static func fill(_ path: String, _ bytes: [UInt8], _ mode: UInt32) throws(StorageFailure) {
        let file = try FileHandle(path, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        guard fchmod(file.descriptor, mode) == 0 else { throw .posix("chmod", path) }
        try file.write(bytes, at: 0)
        try file.sync()
    }
}
