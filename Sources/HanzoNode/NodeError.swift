/// Why a node could not be founded, started or kept running: what happened, where, and how to remedy it.
public struct NodeError: Error, Sendable, CustomStringConvertible {
    /// Extensible, so that a new code breaks nobody's `switch`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        init(_ description: String) { self.description = description }

        /// The settings don't fit what is on disk, or ask for what this build doesn't have.
        public static let configuration = Code("configuration")
        /// There is no identity or genesis yet.
        public static let notFounded = Code("notFounded")
        /// Another process has the data directory or the address.
        public static let inUse = Code("inUse")
        /// A file can't be read, or is not what it should be.
        public static let damaged = Code("damaged")
        /// Somebody else could read a secret.
        public static let permission = Code("permission")
        /// The disk refused.
        public static let storage = Code("storage")
        /// A listener could not be opened.
        public static let network = Code("network")
    }

    public let code: Code
    public let message: String
    /// What to do about it; empty where there is nothing.
    public let remedy: String

    public init(_ code: Code, _ message: String, remedy: String = "") {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.isEmpty ? message : "\(message); \(remedy)" }
}
