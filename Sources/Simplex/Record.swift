public import Primitives
public import Quorum
public import Storage

/// What an engine must remember across a restart.
public enum SimplexRecord: Hashable, Sendable {
    /// What the signer may do. The first record of a validator that never voted says so; a journal without one has been
    /// lost.
    case signer(VoteSigner.Standing)
    /// Written before the vote is signed.
    case promise(Vote)
    /// A block that we vote for.
    case block(Block)
    case certificate(QuorumCertificate)
    case evidence(Evidence)

    static let version: UInt8 = 1

    /// Of the journal's record: which of the cases follows.
    public var kind: RecordKind {
        switch self {
        case .signer: RecordKind(1)
        case .promise: RecordKind(2)
        case .block: RecordKind(3)
        case .certificate: RecordKind(4)
        case .evidence: RecordKind(5)
        }
    }

    /// u8 version = 1 ‖ the case's own bytes.
    public var payload: [UInt8] {
        var writer = ByteWriter(capacity: 128)
        writer.write(Self.version)
        switch self {
        case .signer(let standing): standing.write(to: &writer)
        case .promise(let vote): vote.write(to: &writer)
        case .block(let block): block.write(to: &writer)
        case .certificate(let certificate): certificate.write(to: &writer)
        case .evidence(let evidence): evidence.write(to: &writer)
        }
        return writer.bytes
    }

    public init(kind: RecordKind, payload: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(payload)
        let version = Int(try reader.read(UInt8.self))
        guard version == Int(Self.version) else { throw .unknownVersion(version) }
        switch kind.rawValue {
        case 1: self = .signer(try VoteSigner.Standing(from: &reader))
        case 2: self = .promise(try Vote(from: &reader))
        case 3: self = .block(try Block(from: &reader))
        case 4: self = .certificate(try QuorumCertificate(from: &reader))
        case 5: self = .evidence(try Evidence(from: &reader))
        default: throw .malformed("kind of record", offset: 0)
        }
        try reader.finish()
    }
}
