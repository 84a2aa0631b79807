/// What the peer did wrong. Each ends the connection: the peer is told by an `abort` message with the fault's text.
public enum PeerFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are not a message, or a required pointer of it is out of bounds.
    case malformed(String)
    /// A question identifier stands for a question that is still open.
    case questionInUse(UInt32)
    /// A `return` for a question that was not asked, or was answered before.
    case unknownQuestion(UInt32)
    /// A call, disembargo or release for something that is not exported.
    case unknownExport(UInt32)
    /// More references released than were given.
    case releasedTooOften(UInt32)
    /// A `resolve` for an import that is not a promise, or is resolved already.
    case notAPromise(UInt32)
    /// A loopback for an embargo that does not exist.
    case unknownEmbargo(UInt32)
    /// A disembargo whose target does not lead back to the peer.
    case straightDisembargo
    /// `takeFromOtherQuestion` names a question without results kept here.
    case nothingToTake(UInt32)
    /// The peer exceeded a bound of `Connection.Configuration`.
    case quotaExceeded(Quota)

    public enum Quota: String, Hashable, Sendable {
        case imports, capabilitiesPerMessage, transformLength, answers, messageWords, disembargoes
    }

    public var description: String {
        switch self {
        case .malformed(let what): "malformed message: \(what)"
        case .questionInUse(let id): "question \(id) is still open"
        case .unknownQuestion(let id): "no open question \(id)"
        case .unknownExport(let id): "no export \(id)"
        case .releasedTooOften(let id): "export \(id) has fewer references than were released"
        case .notAPromise(let id): "import \(id) is not an unresolved promise"
        case .unknownEmbargo(let id): "no embargo \(id)"
        case .straightDisembargo: "the disembargo's target does not lead back to its sender"
        case .nothingToTake(let id): "question \(id) has no results to take"
        case .quotaExceeded(let quota): "too many: \(quota.rawValue)"
        }
    }
}
