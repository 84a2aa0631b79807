import Glibc
import Storage

/// An open file or folder, closed when the value goes. Every failure names the call and the path.
struct FileHandle: ~Copyable, Sendable {
    let descriptor: Int32
    let path: String

    init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(StorageFailure) {
        self.path = path
        descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .posix("open", path) }
    }

    deinit { close(descriptor) }

    /// Writes all of it, however often the system takes only a part.
    func write(_ bytes: [UInt8], at offset: Int) throws(StorageFailure) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + written, bytes.count - written, offset + written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .posix("write", path) }
            written += count
        }
    }

    /// Reads to the end of the file.
    func readAll(limit: Int = .max) throws(StorageFailure) -> [UInt8] {
        let size = Int(try status().st_size)
        guard size <= limit else { throw .tooLarge(byteCount: size, limit: limit) }
        var bytes = [UInt8](repeating: 0, count: size)
        var count = 0
        while count < size {
            let step = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + count, size - count, count) }
            if step < 0, errno == EINTR { continue }
            guard step >= 0 else { throw .posix("read", path) }
            guard step > 0 else { break }
            count += step
        }
        bytes.removeSubrange(count...)
        return bytes
    }

    func status() throws(StorageFailure) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .posix("stat", path) }
        return status
    }

    /// Syncs the bytes and what is needed to read them back. Never call it again after it failed: the system may have
    /// dropped what it could not write, and a second call would succeed.
    func syncData() throws(StorageFailure) {
        guard fdatasync(descriptor) == 0 else { throw .posix("fdatasync", path) }
    }

    /// Syncs bytes and attributes; for a folder, its entries.
    func sync() throws(StorageFailure) {
        guard fsync(descriptor) == 0 else { throw .posix("fsync", path) }
    }

    func cut(to byteCount: Int) throws(StorageFailure) {
        guard ftruncate(descriptor, byteCount) == 0 else { throw .posix("truncate", path) }
    }

    /// Reserves space, which reads as zeros. A file system that cannot reserve is no failure.
    func reserve(_ byteCount: Int) throws(StorageFailure) {
        let code = posix_fallocate(descriptor, 0, byteCount)
        guard code != 0, code != EOPNOTSUPP, code != EINVAL else { return }
        errno = code
        throw .posix("fallocate", path)
    }
}

enum Posix {
    static func syncFolder(_ path: String) throws(StorageFailure) {
        try FileHandle(path, O_RDONLY | O_DIRECTORY).sync()
    }

    /// The folder that an entry is in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func remove(_ path: String) throws(StorageFailure) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .posix("unlink", path) }
    }

    /// Makes a folder, its owner's alone, and what is missing above it; makes its entry durable.
    /// - Returns: whether it is new.
    @discardableResult
    static func makeFolder(_ path: String) throws(StorageFailure) -> Bool {
        if let isNew = try makeLastFolder(path) { return isNew }
        let parent = folder(of: path)
        guard parent != path else { throw .posix("mkdir", path) }
        // Another process may be making the same folders: that the parent is there by now is no failure.
        try makeFolder(parent)
        guard let isNew = try makeLastFolder(path) else {
            errno = ENOENT
            throw .posix("mkdir", path)
        }
        return isNew
    }

    /// - Returns: whether it is new; nil where its parent is missing.
    private static func makeLastFolder(_ path: String) throws(StorageFailure) -> Bool? {
        if mkdir(path, 0o700) == 0 {
            try syncFolder(folder(of: path))
            return true
        }
        switch errno {
        case EEXIST: return false
        case ENOENT: return nil
        default: throw .posix("mkdir", path)
        }
    }

    /// The names in a folder, sorted.
    static func names(in path: String) throws(StorageFailure) -> [String] {
        guard let folder = opendir(path) else { throw .posix("opendir", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

extension StorageFailure {
    /// The failure of a system call, from `errno`.
    static func posix(_ call: String, _ path: String) -> StorageFailure {
        let code = errno
        let operation = "\(call) \(path)"
        return code == ENOSPC || code == EDQUOT ? .full(operation: operation) : .io(errno: code, operation: operation)
    }
}
