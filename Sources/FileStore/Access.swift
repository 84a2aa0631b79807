import Glibc
import Storage

/// Who owns a file and who else may touch it.
enum Access {
    /// - Parameter forbidden: permission bits that must not be set.
    static func check(_ file: borrowing FileHandle, forbidden: UInt32) throws(FileStoreFailure) {
        let status: stat
        do throws(StorageFailure) { status = try file.status() } catch { throw .storage(error) }
        guard status.st_uid == geteuid() else { throw .wrongOwner(path: file.path, userID: status.st_uid) }
        let mode = UInt32(status.st_mode & 0o7777)
        guard mode & forbidden == 0 else { throw .tooPermissive(path: file.path, mode: mode) }
    }
}

/// Turns a failure of the store's floor into one of this module.
func wrapping<Result: ~Copyable>(
    _ body: () throws(StorageFailure) -> Result
) throws(FileStoreFailure) -> Result {
    do throws(StorageFailure) {
        return try body()
    } catch {
        throw .storage(error)
    }
}
