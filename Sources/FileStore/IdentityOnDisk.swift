import Glibc
public import Identity
import MeshCrypto
import Storage

/// A program's keys in a file of mode 0600. A file that is there is used or refused, never overwritten: losing a key means
/// losing who one is.
public enum IdentityOnDisk {
    /// - Returns: nil where there is no file.
    public static func load(
        path: String, kind: IdentityKind
    ) throws(FileStoreFailure) -> SecretIdentity? {
        guard var bytes = try read(path) else { return nil }
        defer { erase(&bytes) }
        let identity: SecretIdentity
        do throws(IdentityFailure) {
            identity = try IdentityFile.decode(bytes)
        } catch {
            throw .unreadable(path: path, reason: "\(error)")
        }
        guard identity.kind == kind else {
            throw .unreadable(path: path, reason: "it is the identity of \(identity.kind), not of \(kind)")
        }
        return identity
    }

    /// Loads the identity, or makes one from the system's entropy and stores it. Of several processes that do so at once,
    /// one generates and all get its identity.
    public static func loadOrGenerate(
        path: String, kind: IdentityKind, name: String
    ) throws(FileStoreFailure) -> (identity: SecretIdentity, isNew: Bool) {
        if let identity = try load(path: path, kind: kind) { return (identity, false) }
        let identity = try generate(path: path, kind: kind, name: name)
        var bytes = identity.fileBytes()
        defer { erase(&bytes) }
        do throws(StorageFailure) {
            try Posix.makeFolder(Posix.folder(of: path))
            try AtomicFile.create(bytes, at: path)
            return (identity, true)
        } catch {
            guard case .io(EEXIST, _) = error, let other = try load(path: path, kind: kind) else {
                throw .storage(error)
            }
            return (other, false)
        }
    }

    private static func generate(
        path: String, kind: IdentityKind, name: String
    ) throws(FileStoreFailure) -> SecretIdentity {
        var entropy = [UInt8](repeating: 0, count: SecretIdentity.seedByteCount)
        defer { erase(&entropy) }
        guard getentropy(&entropy, entropy.count) == 0 else { throw .storage(.posix("getentropy", path)) }
        do throws(IdentityFailure) {
            return try SecretIdentity(kind: kind, name: name, seeds: Secret(copying: entropy))
        } catch {
            throw .unreadable(path: path, reason: "no identity could be generated: \(error)")
        }
    }

    /// The checks concern the opened file, so that nobody can exchange it between check and use.
    private static func read(_ path: String) throws(FileStoreFailure) -> [UInt8]? {
        let file: FileHandle
        do throws(StorageFailure) {
            file = try FileHandle(path, O_RDONLY)
        } catch {
            guard case .io(ENOENT, _) = error else { throw .storage(error) }
            return nil
        }
        try Access.check(file, forbidden: 0o077)
        do throws(StorageFailure) {
            return try file.readAll(limit: IdentityFile.maxByteCount)
        } catch {
            throw .unreadable(path: path, reason: error.description)
        }
    }

    private static func erase(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { region in
            guard let start = region.baseAddress else { return }
            explicit_bzero(start, region.count)
        }
    }
}
