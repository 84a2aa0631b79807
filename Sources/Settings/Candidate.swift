/// A place where an agent looks for its node.
///
/// An address that somebody named (`--addr`, `HANZOD_ADDR`, the file) is the only one: falling through to another daemon
/// would join the wrong mesh. Without one, the first of these that exists:
///
///     $XDG_RUNTIME_DIR/hanzod.sock ─▶ ~/.hanzod/hanzod.sock ─▶ /run/hanzod/hanzod.sock ─▶ 127.0.0.1:9999
public struct Candidate: Hashable, Sendable {
    public var endpoint: Endpoint
    /// Who says so, for messages.
    public var source: String

    public init(endpoint: Endpoint, source: String) {
        self.endpoint = endpoint
        self.source = source
    }

    /// Where the NodeID of the daemon at a socket stands; nil for a TCP address.
    public var nodeIDPath: String? {
        guard case .unix(let path) = endpoint else { return nil }
        return folder(of: path) + "/node.id"
    }

    /// The places in which a daemon is found without being told.
    public static func discovered(environment: [String: String], home: String) -> [Candidate] {
        var sockets = [String]()
        if let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") {
            sockets.append(folder + "/hanzod.sock")
        }
        sockets += [home + "/.hanzod/hanzod.sock", "/run/hanzod/hanzod.sock"]
        return sockets.compactMap { Endpoint(parsing: $0) }.map { Candidate(endpoint: $0, source: "discovery") }
            + [Candidate(endpoint: .tcp(host: "127.0.0.1", port: 9999), source: "discovery")]
    }
}

/// Where each program looks for its file; the first that exists is the one that counts.
public enum ConfigurationFile {
    public static func node(home: String) -> [String] { [home + "/.hanzod/config.toml", "/etc/hanzod/config.toml"] }
    public static func agent(home: String) -> [String] { [home + "/.hanzo/agent.toml"] }
}
