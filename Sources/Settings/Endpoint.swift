/// Where a ZAP listener is: a Unix socket or a TCP port.
public enum Endpoint: Hashable, Sendable, CustomStringConvertible {
    case unix(path: String)
    case tcp(host: String, port: UInt16)

    /// Reads `127.0.0.1:9999`, `[::1]:9999`, `localhost:9999`, `/run/hanzod/hanzod.sock`, `unix:/run/hanzod/hanzod.sock` and
    /// `~/hanzod.sock`, where `home` is given.
    public init?(parsing text: String, home: String? = nil) {
        var path = text.hasPrefix("unix:") ? String(text.dropFirst(5)) : text
        if path.hasPrefix("~/"), let home { path = home + path.dropFirst(1) }
        if path.hasPrefix("/") {
            // sun_path holds 108 bytes with its end.
            guard path.utf8.count < 108 else { return nil }
            self = .unix(path: path)
        } else if let (host, port) = Self.hostAndPort(text), !text.hasPrefix("unix:") {
            self = .tcp(host: host, port: port)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// Whether only programs on this machine reach it.
    public var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || host == "::1" || Self.isLoopback(host)
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } && parts[0] == "127"
    }

    private static func hostAndPort(_ text: String) -> (host: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || ":.%".contains($0) }) else { return nil }
        } else {
            guard host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }) else {
                return nil
            }
        }
        return host.isEmpty ? nil : (String(host), port)
    }
}
