public import Certificates
public import Primitives
import StateTree
public import Storage

/// A block as the engine cuts it: order and time; everything else follows.
public struct BlockInput: Hashable, Sendable {
    public var height: Height
    public var time: WallTime
    /// Signatures checked, of this network.
    public var batches: [SignedBatch]

    public init(height: Height, time: WallTime, batches: [SignedBatch]) {
        self.height = height
        self.time = time
        self.batches = batches
    }
}

/// What a block comes to: the roots for its header, the outcomes for its authors, and what applying it will write.
public struct ExecutedBlock: Sendable {
    public let height: Height
    public let time: WallTime
    /// The digest of the header that it was executed on.
    public let parent: Digest
    public let batches: [SignedBatch]
    public let stateRoot: Digest
    public let receiptsRoot: Digest
    public let payloadRoot: Digest
    /// Over the headers before this block.
    public let historyRoot: Digest
    public let effects: BlockEffects
    let change: TreeChange

    init(_ block: BlockInput, parent: Digest, historyRoot: Digest, effects: BlockEffects, change: TreeChange) {
        height = block.height
        time = block.time
        batches = block.batches
        self.parent = parent
        self.historyRoot = historyRoot
        self.effects = effects
        self.change = change
        stateRoot = change.rootHash
        receiptsRoot = MerkleTree.root(of: effects.results.map { MerkleTree.leafHash($0.receipt) })
        payloadRoot = CommitLeaves.payloadRoot(of: block.batches.map(\.id))
    }

    /// What became of each leaf, in order.
    public var results: [LeafResult] { effects.results }
    /// For subscribers, in order.
    public var changes: [StateChange] { effects.changes }

    /// The header of this block: what execution found, and what only the engine knows.
    public func header(
        network: NetworkID, variant: BlockHeader.Variant, nextValidatorsHash: Digest
    ) -> BlockHeader {
        BlockHeader(
            network: network, height: height, parent: parent, variant: variant, payloadRoot: payloadRoot,
            stateRoot: stateRoot, receiptsRoot: receiptsRoot, historyRoot: historyRoot,
            nextValidatorsHash: nextValidatorsHash, time: time)
    }

    /// Whether a header says what the execution found: what a follower checks before it accepts a block.
    public func agrees(with header: BlockHeader) -> Bool {
        header
            == self.header(network: header.network, variant: header.variant, nextValidatorsHash: header.nextValidatorsHash)
    }
}

/// Which block a store is at: `meta.applied`.
public struct AppliedBlock: Hashable, Sendable {
    public let height: Height
    public let time: WallTime
    /// H("hanzo/header/v1" ‖ header); the NetworkID at height 0: the parent of the next block.
    public let headerDigest: Digest
    public let stateRoot: Digest
    /// The journal holds this block there; what stands behind it isn't in the store.
    public let journalPosition: LSN

    init(_ genesis: Genesis, stateRoot: Digest) {
        height = .genesis
        time = genesis.time
        headerDigest = genesis.networkID.digest
        self.stateRoot = stateRoot
        journalPosition = .zero
    }

    init(_ header: BlockHeader, journalPosition: LSN) {
        height = header.height
        time = header.time
        headerDigest = header.digest
        stateRoot = header.stateRoot
        self.journalPosition = journalPosition
    }
}

extension AppliedBlock: StateRecord {
    private static let appliedKey = Array("state/applied".utf8)
    private static let networkKey = Array("state/network".utf8)

    func write(to writer: inout ByteWriter) {
        writer.write(height.value)
        writer.write(time.milliseconds)
        writer.write(headerDigest)
        writer.write(stateRoot)
        writer.write(journalPosition.value)
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        height = Height(try reader.read(UInt64.self))
        time = WallTime(milliseconds: try reader.readInt64())
        headerDigest = try reader.readDigest()
        stateRoot = try reader.readDigest()
        journalPosition = LSN(try reader.read(UInt64.self))
    }

    func put(_ network: NetworkID, into batch: inout Batch) {
        batch.put(Self.appliedKey, bytes, in: .meta)
        if height == .genesis { batch.put(Self.networkKey, network.bytes, in: .meta) }
    }

    /// - Returns: nil for a store that holds nothing yet.
    static func load(_ network: NetworkID, in reader: some KeyValueReader) throws(StateFailure) -> AppliedBlock? {
        let stored: [UInt8]?
        let owner: [UInt8]?
        do {
            stored = try reader.get(appliedKey, in: .meta)
            owner = try reader.get(networkKey, in: .meta)
        } catch {
            throw .storage(error)
        }
        if let owner, owner != network.bytes { throw .otherNetwork }
        guard let stored else { return nil }
        return try AppliedBlock(stored, under: Array("meta state/applied".utf8))
    }
}
