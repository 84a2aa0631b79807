import Glibc
public import Storage

/// Why a program may not use a folder or a file in it. Each says how to remedy it.
public enum FileStoreFailure: Error, Hashable, Sendable {
    /// Another process has the folder; its id where it could be read.
    case inUse(path: String, processID: Int32?)
    /// The folder or file belongs to somebody else.
    case wrongOwner(path: String, userID: UInt32)
    /// Others may read a secret, or write where only the owner may.
    case tooPermissive(path: String, mode: UInt32)
    /// The file is there but is not what it should be. It is never overwritten.
    case unreadable(path: String, reason: String)
    case storage(StorageFailure)
}

extension FileStoreFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let path, let processID):
            "\(path) is in use by another process" + (processID.map { " (pid \($0))" } ?? "")
                + "; stop it, or choose another data directory"
        case .wrongOwner(let path, let userID): "\(path) belongs to user \(userID); run as that user, or chown it"
        case .tooPermissive(let path, let mode):
            "\(path) has mode \(String(mode, radix: 8)); other users must have no access: chmod go= \(path)"
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason); restore it from a backup, or move it away"
        case .storage(let failure): failure.description
        }
    }
}

/// A program's folder, held by one process at a time. The lock goes with the value, and with the process.
public struct DataDirectory: ~Copyable, Sendable {
    public let path: String
    private let lock: FileHandle

    /// Creates the folder with mode 0700 where it is missing, and locks it.
    public init(path: String) throws(FileStoreFailure) {
        let lock = try wrapping { () throws(StorageFailure) in
            try Posix.makeFolder(path)
            return try FileHandle(path + "/lock", O_RDWR | O_CREAT)
        }
        let folder = try wrapping { () throws(StorageFailure) in try FileHandle(path, O_RDONLY | O_DIRECTORY) }
        try Access.check(folder, forbidden: 0o022)
        guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .storage(.posix("flock", path + "/lock")) }
            throw .inUse(path: path, processID: Self.holder(lock))
        }
        try Self.sign(lock)
        self.path = path
        self.lock = lock
    }

    /// The path of an entry.
    public func path(of name: String) -> String { path + "/" + name }

    /// Writes this process's id into the lock, for whoever finds it taken.
    private static func sign(_ lock: borrowing FileHandle) throws(FileStoreFailure) {
        do throws(StorageFailure) {
            try lock.cut(to: 0)
            try lock.write(Array("\(getpid())\n".utf8), at: 0)
        } catch {
            throw .storage(error)
        }
    }

    /// Nil where the holder hasn't signed yet.
    private static func holder(_ lock: borrowing FileHandle) -> Int32? {
        do throws(StorageFailure) {
            let bytes = try lock.readAll(limit: 64)
            return Int32(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self))
        } catch {
            return nil
        }
    }
}
