import MeshCrypto
public import Primitives

/// What a block commits to, for both engines. The state root is that of *this* block.
public struct BlockHeader: Hashable, Sendable {
    public enum Variant: Hashable, Sendable {
        case bft(epoch: UInt64, view: UInt64)
        case poa(term: Term, sequencer: NodeID)
    }

    public var network: NetworkID
    public var height: Height
    /// The digest of the header before; of block 1: the NetworkID.
    public var parent: Digest
    public var variant: Variant
    public var payloadRoot: Digest
    public var stateRoot: Digest
    public var receiptsRoot: Digest
    /// Over the header digests of the blocks 1 … height − 1.
    public var historyRoot: Digest
    public var nextValidatorsHash: Digest
    /// Larger than the parent's. The only time that the state machine knows.
    public var time: WallTime

    public init(
        network: NetworkID, height: Height, parent: Digest, variant: Variant, payloadRoot: Digest, stateRoot: Digest,
        receiptsRoot: Digest, historyRoot: Digest, nextValidatorsHash: Digest, time: WallTime
    ) {
        self.network = network
        self.height = height
        self.parent = parent
        self.variant = variant
        self.payloadRoot = payloadRoot
        self.stateRoot = stateRoot
        self.receiptsRoot = receiptsRoot
        self.historyRoot = historyRoot
        self.nextValidatorsHash = nextValidatorsHash
        self.time = time
    }

    public static let version: UInt16 = 1

    public var canonicalBytes: [UInt8] {
        var writer = ByteWriter(capacity: 288)
        writer.write(Self.version)
        writer.write(network.digest)
        writer.write(height.value)
        writer.write(parent)
        switch variant {
        case .bft(let epoch, let view):
            writer.write(UInt8(1))
            writer.write(epoch)
            writer.write(view)
        case .poa(let term, let sequencer):
            writer.write(UInt8(2))
            writer.write(term.value)
            writer.write(sequencer.digest)
        }
        for root in [payloadRoot, stateRoot, receiptsRoot, historyRoot, nextValidatorsHash] { writer.write(root) }
        writer.write(time.milliseconds)
        return writer.bytes
    }

    /// Reads canonical bytes, and nothing else.
    public init(canonicalBytes bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let version = Int(try reader.read(UInt16.self))
        guard version == Int(Self.version) else { throw .unknownVersion(version) }
        network = NetworkID(try reader.readDigest())
        height = Height(try reader.read(UInt64.self))
        parent = try reader.readDigest()
        let variantOffset = reader.offset
        switch try reader.read(UInt8.self) {
        case 1: variant = .bft(epoch: try reader.read(UInt64.self), view: try reader.read(UInt64.self))
        case 2: variant = .poa(term: Term(try reader.read(UInt64.self)), sequencer: NodeID(try reader.readDigest()))
        default: throw .malformed("header variant", offset: variantOffset)
        }
        payloadRoot = try reader.readDigest()
        stateRoot = try reader.readDigest()
        receiptsRoot = try reader.readDigest()
        historyRoot = try reader.readDigest()
        nextValidatorsHash = try reader.readDigest()
        time = WallTime(milliseconds: try reader.readInt64())
        try reader.finish()
    }

    /// H("hanzo/header/v1" ‖ canonical bytes).
    public var digest: Digest {
        var hasher = SHA256Hasher()
        hasher.update("hanzo/header/v1")
        hasher.update(canonicalBytes)
        return hasher.finalize()
    }
}
