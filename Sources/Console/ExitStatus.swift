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
}
