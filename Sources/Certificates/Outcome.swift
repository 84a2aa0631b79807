/// What became of a transaction. The raw values are part of what receipts hash (docs/protocols/state.md).
public enum Outcome: UInt8, Hashable, Sendable, CaseIterable {
    case applied = 0
    /// The same leaf under the same nonce was recorded before; nothing is written.
    case duplicate = 1
    /// The nonce stands for another leaf; nothing is written.
    case nonceReused = 2
    case expired = 3
    /// The body is no transaction, or exceeds a limit.
    case malformed = 4
    /// The author isn't registered; nothing is written.
    case unknownAgent = 5
    case nameTaken = 6
    case staleHomeEpoch = 7
    case unknownTask = 8
    case taskExists = 9
    case wrongTaskState = 10
    case staleFence = 11
    case notHolder = 12
    case notPermitted = 13
    case insufficientFunds = 14
    case versionMismatch = 15
    case unknownHold = 16
    case holdExists = 17
    case wrongBundle = 18
    case unknownRecipient = 19
    case expiryTooFar = 20

    /// Whether the leaf now stands for its nonce, so that the nonce is used up.
    public var consumesNonce: Bool {
        switch self {
        case .duplicate, .nonceReused, .unknownAgent: false
        default: true
        }
    }
}
