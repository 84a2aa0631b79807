import Glibc

/// Sockets in the file system: made so that only their owner can ever connect, and so that a living one is never
/// replaced.
enum UnixSocket {
    /// A bound socket at `path` with mode 0600, on which nobody listens yet.
    ///
    /// It is made under another name and moved: no moment passes in which others could connect. What a dead process
    /// left behind is replaced; a socket on which somebody listens, or a file that is no socket, is not.
    static func bind(_ path: String) throws(RPCDriverError) -> CInt {
        try checkStale(path)
        let temporary = "\(path).\(getpid())"
        let descriptor = try open(path)
        do throws(RPCDriverError) {
            unlink(temporary)
            try check(withAddress(temporary, of: path) { Glibc.bind(descriptor, $0, $1) }, path)
            try check(chmod(temporary, 0o600), path)
            try check(rename(temporary, path), path)
        } catch {
            unlink(temporary)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func checkStale(_ path: String) throws(RPCDriverError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw RPCDriverError(code: .notASocket, address: .unix(path: path), detail: "")
        }
        if try isAlive(path) { throw RPCDriverError(code: .addressInUse, address: .unix(path: path), detail: "") }
    }

    /// Whether somebody listens at `path`.
    static func isAlive(_ path: String) throws(RPCDriverError) -> Bool {
        let descriptor = try open(path)
        defer { Glibc.close(descriptor) }
        let result = try withAddress(path, of: path) { connect(descriptor, $0, $1) }
        return result == 0 || errno != ECONNREFUSED && errno != ENOENT
    }

    private static func open(_ path: String) throws(RPCDriverError) -> CInt {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        try check(descriptor, path)
        return descriptor
    }

    private static func check(_ result: CInt, _ path: String) throws(RPCDriverError) {
        guard result >= 0 else {
            let detail = String(cString: strerror(errno))
            throw RPCDriverError(code: .system, address: .unix(path: path), detail: detail)
        }
    }

    private static func withAddress(
        _ path: String, of original: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws(RPCDriverError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw RPCDriverError(code: .pathTooLong, address: .unix(path: original), detail: "")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Removes the socket's file where it is still the one that `descriptor`'s owner made.
    static func remove(_ path: String, ifSame identity: FileIdentity?) {
        if let identity, FileIdentity(path) == identity { unlink(path) }
    }

    /// Which file a path names.
    struct FileIdentity: Hashable, Sendable {
        let device: UInt
        let inode: UInt

        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            device = UInt(status.st_dev)
            inode = UInt(status.st_ino)
        }
    }
}
