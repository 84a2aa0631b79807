public import CapnProtoRPC

/// Why an agent could not do what it was asked: a code for programs, and for people what happened and what to do about it.
public struct AgentError: Error, Hashable, Sendable, CustomStringConvertible {
    public var code: Code
    public var message: String
    /// What to do about it; empty where the message says it.
    public var remedy: String

    /// Open: nodes may refuse with codes that this library doesn't know (docs/protocols/zap.md lists them).
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// What kind of trouble it is; what programs make exit statuses of.
    public enum Category: Hashable, Sendable {
        /// The request reached its addressee and could not be done.
        case failed
        /// The configuration or an argument is wrong.
        case usage
        /// No node answers.
        case unreachable
        /// The node refuses this user, token or agent; or it isn't the node that is meant.
        case denied
        case timeout
        /// What was named does not exist.
        case notFound
    }

    public init(_ code: Code, _ message: String, remedy: String = "") {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.isEmpty ? message : "\(message); \(remedy)" }

    public var category: Category {
        switch code {
        case .usage, .invalidName: .usage
        case .unreachable, .disconnected, .starting, .draining: .unreachable
        case .denied, .identity, .badToken, .wrongNode, .wrongNetwork, .notPermitted, .fenced, .nameTaken: .denied
        case .timeout, .cancelled: .timeout
        case .notFound, .unknownRecipient, .unknownNetwork, .unknownMail, .unknownTask: .notFound
        default: .failed
        }
    }

    /// Whether the same request may succeed a little later.
    public var isTransient: Bool {
        switch code {
        case .unreachable, .disconnected, .starting, .draining, .overloaded, .mempoolFull, .quotaExceeded, .windowFull:
            true
        default: false
        }
    }
}

extension AgentError.Code {
    // Of this library
    public static let usage = Self(rawValue: "usage")
    public static let unreachable = Self(rawValue: "unreachable")
    public static let disconnected = Self(rawValue: "disconnected")
    public static let denied = Self(rawValue: "denied")
    public static let timeout = Self(rawValue: "timeout")
    public static let cancelled = Self(rawValue: "cancelled")
    public static let left = Self(rawValue: "left")
    public static let identity = Self(rawValue: "identity")
    public static let storage = Self(rawValue: "storage")
    public static let signing = Self(rawValue: "signing")
    public static let badToken = Self(rawValue: "badToken")
    public static let undeliverable = Self(rawValue: "undeliverable")
    public static let invalidProof = Self(rawValue: "invalidProof")
    public static let peer = Self(rawValue: "peer")
    // Of the node
    public static let starting = Self(rawValue: "starting")
    public static let draining = Self(rawValue: "draining")
    public static let overloaded = Self(rawValue: "overloaded")
    public static let unknownNetwork = Self(rawValue: "unknownNetwork")
    public static let notPermitted = Self(rawValue: "notPermitted")
    public static let wrongNode = Self(rawValue: "wrongNode")
    public static let wrongNetwork = Self(rawValue: "wrongNetwork")
    public static let staleHomeEpoch = Self(rawValue: "staleHomeEpoch")
    public static let nameTaken = Self(rawValue: "nameTaken")
    public static let invalidName = Self(rawValue: "invalidName")
    public static let tooManyAgents = Self(rawValue: "tooManyAgents")
    public static let fenced = Self(rawValue: "fenced")
    public static let mempoolFull = Self(rawValue: "mempoolFull")
    public static let quotaExceeded = Self(rawValue: "quotaExceeded")
    public static let rejected = Self(rawValue: "rejected")
    public static let signatureRequired = Self(rawValue: "signatureRequired")
    public static let unknownRecipient = Self(rawValue: "unknownRecipient")
    public static let windowFull = Self(rawValue: "windowFull")
    public static let mailboxFull = Self(rawValue: "mailboxFull")
    public static let mailExpired = Self(rawValue: "mailExpired")
    public static let messageTooLarge = Self(rawValue: "messageTooLarge")
    public static let unknownMail = Self(rawValue: "unknownMail")
    public static let notFound = Self(rawValue: "notFound")
    public static let unknownTask = Self(rawValue: "unknownTask")
    public static let noProofYet = Self(rawValue: "noProofYet")
}

extension AgentError {
    /// Reads what a node says: `code: message`. Text without a code becomes `fallback`.
    init(refusal text: String, fallback: Code = .peer) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let word = parts[0]
        let isCode = parts.count == 2 && (1...32).contains(word.utf8.count) && word.utf8.allSatisfy(Self.isLetter)
        self.init(
            isCode ? Code(rawValue: String(word)) : fallback,
            isCode ? String(parts[1].drop { $0 == " " }) : text)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// What a call ended with. A server's own failures carry no code and become `peer`.
    public init(_ exception: RPCException) {
        switch exception.kind {
        case .disconnected:
            self.init(.disconnected, "the connection to the node ended: \(exception.reason)", remedy: "try again")
        case .overloaded: self.init(refusal: exception.reason, fallback: .overloaded)
        case .failed: self.init(refusal: exception.reason)
        case .unimplemented:
            self.init(.peer, "the node is older than this agent: \(exception.reason)", remedy: "upgrade the node")
        }
    }

    static let cancelled = AgentError(.cancelled, "the caller gave up before there was an answer")
}
