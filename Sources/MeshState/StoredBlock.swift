public import Certificates
import MeshCrypto
import MeshSchema
import Primitives
import Storage

/// A block as the store keeps it, for followers and for proofs of old commits.
///
/// Family `blocks`: height (8, big-endian) → bytes header ‖ list of batch roots, and height ‖ index (4, big-endian) → batch, so that a
/// proof reads one batch and not the block. Family `receipts`: height → outcomes, one byte each.
public struct StoredBlock: Hashable, Sendable {
    public var header: BlockHeader
    public var batches: [SignedBatch]
    public var outcomes: [Outcome]

    static func key(_ height: Height) -> [UInt8] { bigEndian(height.value, byteCount: 8) }
    static func key(_ height: Height, batch index: Int) -> [UInt8] {
        key(height) + bigEndian(UInt64(index), byteCount: 4)
    }

    static func height(ofKey key: [UInt8]) -> Height? {
        key.count == 8 ? Height(key.reduce(0) { $0 << 8 | UInt64($1) }) : nil
    }

    private static func bigEndian(_ value: UInt64, byteCount: Int) -> [UInt8] {
        (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }

    static func put(_ executed: ExecutedBlock, header: BlockHeader, into batch: inout Batch) {
        let index = BlockIndex(header: header.canonicalBytes, batchRoots: executed.batches.map(\.root))
        batch.put(key(executed.height), index.bytes, in: .blocks)
        for (number, signed) in executed.batches.enumerated() {
            batch.put(key(executed.height, batch: number), BatchRecord(signed).bytes, in: .blocks)
        }
        batch.put(key(executed.height), executed.results.map(\.outcome.rawValue), in: .receipts)
    }
}

/// What stands under a block's height.
struct BlockIndex: StateRecord {
    var header: [UInt8]
    var batchRoots: [Digest]

    init(header: [UInt8], batchRoots: [Digest]) {
        self.header = header
        self.batchRoots = batchRoots
    }

    func write(to writer: inout ByteWriter) {
        writer.writeBytes(header)
        writer.writeList(batchRoots) { $0.write($1) }
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        func readRoot(_ reader: inout ByteReader) throws(DecodingFailure) -> Digest { try reader.readDigest() }
        header = try reader.readBytes()
        batchRoots = try reader.readList(limit: 1 << 20, readRoot)
    }
}

/// AgentID ‖ list of {u64 nonce ‖ u64 expiryHeight ‖ bytes body} ‖ bytes ed25519 ‖ bytes mldsa65.
struct BatchRecord: StateRecord {
    var agent: AgentID
    var leaves: [CommitBatch.Leaf.Value]
    var signature: HybridSignature

    init(_ batch: SignedBatch) {
        agent = batch.agent
        leaves = batch.leaves
        signature = batch.signature
    }

    func signedBatch(_ network: NetworkID) -> SignedBatch {
        SignedBatch(network: network, agent: agent, leaves: leaves, signature: signature)
    }

    func write(to writer: inout ByteWriter) {
        writer.write(agent.digest)
        writer.writeList(leaves) { writer, leaf in
            writer.write(leaf.nonce)
            writer.write(leaf.expiryHeight)
            writer.writeBytes(leaf.body)
        }
        writer.writeBytes(signature.ed25519)
        writer.writeBytes(signature.mldsa65)
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        func readLeaf(_ reader: inout ByteReader) throws(DecodingFailure) -> CommitBatch.Leaf.Value {
            CommitBatch.Leaf.Value(
                nonce: try reader.read(UInt64.self), expiryHeight: try reader.read(UInt64.self),
                body: try reader.readBytes())
        }
        agent = AgentID(try reader.readDigest())
        leaves = try reader.readList(limit: 1 << 20, readLeaf)
        signature = HybridSignature(ed25519: try reader.readBytes(), mldsa65: try reader.readBytes())
    }
}
