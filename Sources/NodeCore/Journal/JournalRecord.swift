public import Certificates
import MeshSchema
public import MeshState
public import Primitives

/// What the node must find again after a crash. Bytes in docs/protocols/journal.md.
public enum JournalRecord: Sendable, Hashable {
    case term(NetworkID, Term)
    /// The complete unsigned header with the payload that it commits to.
    case block(BlockHeader, [SignedBatch])
    case finality(BlockHeader, FinalitySignature)
    case mail(NetworkID, MailRecord)

    /// Close to the size of its bytes, without making them.
    var approximateByteCount: Int {
        switch self {
        case .term: 64
        case .block(_, let batches): batches.reduce(512) { $0 + $1.approximateByteCount }
        case .finality: 4_096
        case .mail(_, .accepted(let mail)): mail.envelope.body.count + 4_096
        case .mail: 1_024
        }
    }

    public var network: NetworkID {
        switch self {
        case .term(let network, _), .mail(let network, _): network
        case .block(let header, _), .finality(let header, _): header.network
        }
    }
}

extension SignedBatch {
    /// An upper bound of its bytes in a record.
    var approximateByteCount: Int { leaves.reduce(4_096) { $0 + $1.body.count + 24 } }
}
