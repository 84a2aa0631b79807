/// How a program ended, for scripts. docs/cli.md lists the same numbers.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    /// The request reached its addressee and could not be done.
    case failed = 1
    /// The command line or the configuration is wrong.
    case usage = 2
    /// No daemon answers at the address.
    case unreachable = 3
    /// The daemon refuses this user, token or agent.
    case denied = 4
    case timeout = 5
    /// What was named does not exist.
    case notFound = 6

    /// What `code` is in JSON.
    public var word: String {
        switch self {
        case .success: "success"
        case .failed: "failed"
        case .usage: "usage"
        case .unreachable: "unreachable"
        case .denied: "denied"
        case .timeout: "timeout"
        case .notFound: "not_found"
        }
    }
}

/// Why a command could not do its work.
public struct Complaint: Error, Hashable, Sendable {
    public var status: ExitStatus
    /// What happened.
    public var message: String
    /// What to do about it.
    public var remedy: String?

    public init(_ status: ExitStatus, _ message: String, remedy: String? = nil) {
        self.status = status
        self.message = message
        self.remedy = remedy
    }
}

/// A complaint on standard error, in the form that the command prints.
public struct ErrorReport: Report {
    public static let kind = "error"
    public var code: String
    public var exitStatus: Int32
    public var message: String
    public var remedy: String?

    public init(_ complaint: Complaint) {
        code = complaint.status.word
        exitStatus = complaint.status.rawValue
        message = complaint.message
        remedy = complaint.remedy
    }

    public var identifiers: [String] { ["error: \(message)"] }
    public var blocks: [Block] {
        var text = message.split(separator: "\n", omittingEmptySubsequences: false).map { Block.line("error: \($0)") }
        if let remedy { text.append(.line("help: \(remedy)")) }
        return text
    }
}
