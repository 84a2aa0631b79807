public import Primitives
public import Quorum

/// What validators say to each other. Its bytes are drawn in docs/protocols/consensus.md.
public enum SimplexMessage: Hashable, Sendable {
    /// The leader's block and its vote for it, which is what makes it a proposal.
    case proposal(Block, SignedVote)
    case votes([SignedVote])
    /// Only ever to one validator, who has shown that it lacks it.
    case certificate(QuorumCertificate)
    case status(ValidatorStatus)
    case request([Want])
    /// Answers a request for a block of a view that isn't final.
    case block(Block)
    /// Answers a request for final blocks: a chain, and the proof that its last block is final.
    case run([Block], QuorumCertificate)
    /// From a validator that has lost its memory.
    case viewRequest
    /// The sender's view, and the certificate with which it was entered; none in view 1.
    case viewReport(View, QuorumCertificate?)
}

/// Where a validator stands and which votes it has: what it lacks is then sent to it.
public struct ValidatorStatus: Hashable, Sendable {
    public struct Round: Hashable, Sendable {
        public var view: View
        /// Full where the certificate is there.
        public var notarize: SignerSet
        public var nullify: SignerSet
        public var finalize: SignerSet

        public init(view: View, notarize: SignerSet, nullify: SignerSet, finalize: SignerSet) {
            self.view = view
            self.notarize = notarize
            self.nullify = nullify
            self.finalize = finalize
        }
    }

    public var view: View
    public var finalView: View
    /// Something waits to be put into a block.
    public var isBlockWanted: Bool
    /// The newest views that are not final, at most `maxRoundCount`.
    public var rounds: [Round]

    public static let maxRoundCount = 4

    public init(view: View, finalView: View, isBlockWanted: Bool, rounds: [Round]) {
        self.view = view
        self.finalView = finalView
        self.isBlockWanted = isBlockWanted
        self.rounds = rounds
    }
}

/// Something that a validator lacks.
public enum Want: Hashable, Sendable {
    case notarization(View)
    case nullification(View)
    case block(View, Digest)
    /// Final blocks after this height.
    case run(after: Height)

    public static let maxCount = 16
    public static let maxRunCount = 256
}

extension SimplexMessage {
    public static let version: UInt8 = 1

    /// u8 version = 1 ‖ u8 kind ‖ the kind's own bytes.
    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 256)
        writer.write(Self.version)
        switch self {
        case .proposal(let block, let vote):
            writer.write(UInt8(1))
            block.write(to: &writer)
            vote.write(to: &writer)
        case .votes(let votes):
            writer.write(UInt8(2))
            writer.writeList(votes) { $1.write(to: &$0) }
        case .certificate(let certificate):
            writer.write(UInt8(3))
            certificate.write(to: &writer)
        case .status(let status):
            writer.write(UInt8(4))
            status.write(to: &writer)
        case .request(let wants):
            writer.write(UInt8(5))
            writer.writeList(wants) { $1.write(to: &$0) }
        case .block(let block):
            writer.write(UInt8(6))
            block.write(to: &writer)
        case .run(let blocks, let certificate):
            writer.write(UInt8(7))
            writer.writeList(blocks) { $1.write(to: &$0) }
            certificate.write(to: &writer)
        case .viewRequest: writer.write(UInt8(8))
        case .viewReport(let view, let certificate):
            writer.write(UInt8(9))
            writer.write(view.value)
            writer.write(certificate != nil)
            certificate?.write(to: &writer)
        }
        return writer.bytes
    }

    public init(bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let version = Int(try reader.read(UInt8.self))
        guard version == Int(Self.version) else { throw .unknownVersion(version) }
        self = try Self.body(of: try reader.read(UInt8.self), from: &reader)
        try reader.finish()
    }

    private static func body(of kind: UInt8, from reader: inout ByteReader) throws(DecodingFailure) -> SimplexMessage {
        switch kind {
        case 1: return .proposal(try Block(from: &reader), try SignedVote(from: &reader))
        case 2:
            return .votes(
                try reader.readList(limit: 12 * ValidatorSet.maxCount) { (reader) throws(DecodingFailure) in
                    try SignedVote(from: &reader)
                })
        case 3: return .certificate(try QuorumCertificate(from: &reader))
        case 4: return .status(try ValidatorStatus(from: &reader))
        case 5:
            return .request(
                try reader.readList(limit: Want.maxCount) { (reader) throws(DecodingFailure) in
                    try Want(from: &reader)
                })
        case 6: return .block(try Block(from: &reader))
        case 7:
            let blocks = try reader.readList(limit: Want.maxRunCount) { (reader) throws(DecodingFailure) in
                try Block(from: &reader)
            }
            return .run(blocks, try QuorumCertificate(from: &reader))
        case 8: return .viewRequest
        case 9:
            let view = View(try reader.read())
            return .viewReport(view, try reader.readBool() ? try QuorumCertificate(from: &reader) : nil)
        default: throw .malformed("kind of message", offset: 1)
        }
    }
}

extension ValidatorStatus {
    func write(to writer: inout ByteWriter) {
        writer.write(view.value)
        writer.write(finalView.value)
        writer.write(isBlockWanted)
        writer.writeList(rounds) { writer, round in
            writer.write(round.view.value)
            for signers in [round.notarize, round.nullify, round.finalize] { signers.write(to: &writer) }
        }
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        view = View(try reader.read())
        finalView = View(try reader.read())
        isBlockWanted = try reader.readBool()
        rounds = try reader.readList(limit: Self.maxRoundCount) { (reader) throws(DecodingFailure) in
            Round(
                view: View(try reader.read()), notarize: try SignerSet(from: &reader),
                nullify: try SignerSet(from: &reader), finalize: try SignerSet(from: &reader))
        }
    }
}

extension Want {
    func write(to writer: inout ByteWriter) {
        switch self {
        case .notarization(let view):
            writer.write(UInt8(1))
            writer.write(view.value)
        case .nullification(let view):
            writer.write(UInt8(2))
            writer.write(view.value)
        case .block(let view, let digest):
            writer.write(UInt8(3))
            writer.write(view.value)
            writer.write(digest)
        case .run(let height):
            writer.write(UInt8(4))
            writer.write(height.value)
        }
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.offset
        switch try reader.read(UInt8.self) {
        case 1: self = .notarization(View(try reader.read()))
        case 2: self = .nullification(View(try reader.read()))
        case 3: self = .block(View(try reader.read()), try reader.readDigest())
        case 4: self = .run(after: Height(try reader.read()))
        default: throw .malformed("kind of want", offset: offset)
        }
    }
}
