import FileStore
import Glibc
import Primitives

/// Small files that the node's owner leaves for agents: which node it is, and what TCP peers prove.
enum NodeFile {
    /// The NodeID in a file that only this user or root could have written; nil where there is none. Whoever else could write
    /// it could make the agent sign a registration for another node.
    static func nodeID(_ path: String) throws(AgentError) -> NodeID? {
        guard let text = try read(path, forbidden: 0o022) else { return nil }
        guard let digest = Digest(hex: text) else {
            throw AgentError(.wrongNode, "\(path) holds no NodeID", remedy: "restart the node, or set hanzod.node_id")
        }
        return NodeID(digest)
    }

    /// The token in a file that nobody else can read; nil where there is none.
    static func token(_ path: String) throws(AgentError) -> [UInt8]? {
        guard let text = try read(path, forbidden: 0o077) else { return nil }
        guard let token = Hex.decode(text), token.count == 32 else {
            throw AgentError(
                .badToken, "\(path) holds no token of 64 hexadecimal digits", remedy: "copy the node's token file")
        }
        return token
    }

    private static func read(_ path: String, forbidden: UInt32) throws(AgentError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw AgentError(.denied, "\(path) cannot be opened (errno \(errno))")
        }
        defer { close(descriptor) }
        // The opened file is checked, so that nobody can exchange it in between.
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw AgentError(.denied, "\(path) is no file")
        }
        guard status.st_uid == Machine.userID || status.st_uid == 0 else {
            throw AgentError(.denied, "\(path) belongs to user \(status.st_uid)", remedy: "it must be yours or root's")
        }
        guard UInt32(status.st_mode) & forbidden == 0 else {
            throw AgentError(
                .denied, "\(path) has mode \(String(status.st_mode & 0o7777, radix: 8)), which lets others in",
                remedy: "chmod \(forbidden == 0o077 ? "600" : "go-w") \(path)")
        }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw AgentError(.denied, "\(path) cannot be read (errno \(errno))") }
        return String(decoding: buffer.prefix(count), as: UTF8.self).filter { !$0.isWhitespace }
    }
}
