import Certificates
import MeshCrypto
import MeshSchema
import MeshState
public import Primitives

// The bytes of docs/protocols/journal.md.

extension JournalRecord {
    static let version: UInt8 = 1

    private enum Kind: UInt8 {
        case term = 1
        case block, finality
        case mailAccepted = 16
        case mailClosed, mailRefused, mailHanded, mailRetried, mailForgotten
    }

    /// What the journal stores.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 512)
        writer.write(Self.version)
        writer.write(kind.rawValue)
        writer.write(network.digest)
        switch self {
        case .term(_, let term): writer.write(term.value)
        case .block(let header, let batches):
            writer.writeBytes(header.canonicalBytes)
            writer.writeList(batches) { $0.write($1) }
        case .finality(let header, let signature):
            writer.writeBytes(header.canonicalBytes)
            writer.write(signature)
        case .mail(_, let record): writer.write(record)
        }
        return writer.bytes
    }

    /// Reads what `encoded` wrote.
    public init(_ bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard version == Self.version else { throw .unknownVersion(Int(version)) }
        guard let kind = Kind(rawValue: try reader.read()) else { throw .malformed("record kind", offset: 1) }
        let network = NetworkID(try reader.readDigest())
        self = try Self.content(kind, network, &reader)
        try reader.finish()
        // A header names its network once more.
        guard self.network == network else { throw .malformed("record of two networks", offset: 2) }
    }

    private var kind: Kind {
        switch self {
        case .term: .term
        case .block: .block
        case .finality: .finality
        case .mail(_, let record):
            switch record {
            case .accepted: .mailAccepted
            case .closed: .mailClosed
            case .refused: .mailRefused
            case .handed: .mailHanded
            case .retried: .mailRetried
            case .forgotten: .mailForgotten
            }
        }
    }

    private static func content(
        _ kind: Kind, _ network: NetworkID, _ reader: inout ByteReader
    ) throws(DecodingFailure) -> JournalRecord {
        switch kind {
        case .term: .term(network, Term(try reader.read()))
        case .block:
            .block(
                try reader.readHeader(),
                try reader.readList(limit: 1 << 20) { (reader) throws(DecodingFailure) in try reader.readBatch(network)
                })
        case .finality: .finality(try reader.readHeader(), try reader.readFinalitySignature())
        case .mailAccepted: .mail(network, .accepted(try reader.readAcceptedMail()))
        case .mailClosed: .mail(network, try reader.readClosedRecord())
        case .mailRefused: .mail(network, try reader.readRefusedRecord())
        case .mailHanded: .mail(network, .handed(recipient: AgentID(try reader.readDigest())))
        case .mailRetried:
            .mail(
                network,
                .retried(
                    recipient: AgentID(try reader.readDigest()), digest: try reader.readDigest(),
                    expiresAt: WallTime(milliseconds: try reader.readInt64()), wasRecipientOnline: try reader.readBool()
                ))
        case .mailForgotten:
            .mail(network, .forgotten(recipient: AgentID(try reader.readDigest()), digest: try reader.readDigest()))
        }
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ batch: SignedBatch) {
        write(batch.agent.digest)
        writeList(batch.leaves) { writer, leaf in
            writer.write(leaf.nonce)
            writer.write(leaf.expiryHeight)
            writer.writeBytes(leaf.body)
        }
        writeBytes(batch.signature.ed25519)
        writeBytes(batch.signature.mldsa65)
    }

    fileprivate mutating func write(_ signature: FinalitySignature) {
        writeBytes(signature.bytes)
    }
}

extension ByteReader {
    fileprivate mutating func readBatch(_ network: NetworkID) throws(DecodingFailure) -> SignedBatch {
        let agent = AgentID(try readDigest())
        let leaves = try readList(limit: 1 << 20) { (reader) throws(DecodingFailure) in
            CommitBatch.Leaf.Value(
                nonce: try reader.read(), expiryHeight: try reader.read(), body: try reader.readBytes())
        }
        return SignedBatch(
            network: network, agent: agent, leaves: leaves,
            signature: HybridSignature(ed25519: try readBytes(), mldsa65: try readBytes()))
    }

    fileprivate mutating func readHeader() throws(DecodingFailure) -> BlockHeader {
        try BlockHeader(canonicalBytes: try readBytes())
    }

    fileprivate mutating func readFinalitySignature() throws(DecodingFailure) -> FinalitySignature {
        try FinalitySignature(bytes: try readBytes())
    }
}
