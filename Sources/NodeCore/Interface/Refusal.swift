/// Why a request was refused: a closed code for programs and a sentence for people that says how to remedy it.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: ErrorCode
    public let message: String

    public init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What goes over the wire: `code: message`.
    public var text: String { "\(code.rawValue): \(message)" }
    public var description: String { text }
}

/// Every reason for which the node refuses a request. Documented in docs/protocols/zap.md, and a test holds both
/// together.
public enum ErrorCode: String, Hashable, Sendable, CaseIterable {
    // The node and its networks
    case starting, draining, overloaded, unknownNetwork, notPermitted, limitExceeded, notInThisBuild
    // Registration and sessions
    case noChallenge, challengeMismatch, wrongNode, wrongNetwork, wrongBundle, staleHomeEpoch, nameTaken, invalidName
    case malformedRegistration, tooManyAgents, registrationRejected, unknownSession, fenced, wrongAgent
    // Commits
    case emptyBatch, batchTooLarge, badSignature, mempoolFull, quotaExceeded, rejected
    // Mail
    case malformedEnvelope, malformedMessage, signatureRequired, unknownRecipient, recipientElsewhere, wrongSequence
    case sequenceReused, sequencePassed, windowFull, mailboxFull, messageTooLarge, mailExpired, unknownMail
    case digestMismatch, notDead
    // Reads and subscriptions
    case notFound, noProofYet, unknownTopic, tooManySubscriptions, malformedKey, readFailed
}
