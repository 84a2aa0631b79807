public import Certificates
public import MeshState
public import Primitives

/// What the node must find again after a crash. Bytes in docs/protocols/journal.md.
public enum JournalRecord: Sendable, Hashable {
    case term(NetworkID, Term)
    /// The complete unsigned header with the payload that it commits to.
    case block(BlockHeader, [SignedBatch])
    case finality(BlockHeader, FinalitySignature)
    case mail(NetworkID, MailRecord)

    public var network: NetworkID {
        switch self {
        case .term(let network, _), .mail(let network, _): network
        case .block(let header, _), .finality(let header, _): header.network
        }
    }
}
