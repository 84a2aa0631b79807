// Consensus: in which order blocks follow one another, and when one is final.
//
// An *engine* is a value behind one door. It sees headers and roots, never the bytes of a payload, an agent or a key;
// whoever composes it (one `NetworkCore` per network) holds the payload, executes it, journals it and has it signed.
// `PoAEngine` is a log under one authority key with a single sequencer; Simplex will be another engine behind the
// same door.
//
// Vocabulary. A *proposal* is a header without the roots that only execution knows. A block is *included* when its
// payload and its unsigned header are on disk here; it is *final* when its authority signature is on disk, or that of
// a descendant. A *term* is the reign of one run of one sequencer: a restart opens a new one and never cuts in an old
// one.
//
// The order is the durability rule of the house, and the reason why there are so many small steps:
//
//     execute ─► journal(block) ─► included ─► sign ─► journal(finality) ─► final
//
// A signature is released only for a block that is on disk, so whoever holds one holds proof of finality.
//
// Deviations: one signature may make several blocks final, because headers chain and signing costs more than a block
// does.

public import Certificates
public import Primitives

/// One network's agreement, as a value: inputs in, effects out, no clock, no disk, no payload.
///
/// Effects of one call are performed in order. An engine emits nothing before `.start`.
public protocol Engine: Sendable {
    mutating func handle(_ input: EngineInput, at now: Now, effects: inout [EngineEffect])
    var status: EngineStatus { get }
}

/// What an engine is told.
public enum EngineInput: Hashable, Sendable {
    /// First and once: where the chain stands on this disk.
    case start(ChainState)
    /// The mempool is no longer empty. May be repeated.
    case payloadWaits
    /// The earliest header time at which something in the state expires; nil: nothing does.
    case due(WallTime?)
    /// Answers `requestPayload`.
    case payload(PayloadSummary)
    /// Answers `execute`.
    case executed(Height, ExecutionRoots)
    /// The record is on disk.
    case journaled(EngineRecord)
    /// Answers `sign`.
    case signed(Height, FinalitySignature)
    /// The deadline of `setTimer` has come.
    case timer
}

/// What an engine wants done.
public enum EngineEffect: Hashable, Sendable {
    /// Answer at once with what fits, empty where nothing waits; it is spoken for until its block is included.
    case requestPayload(PayloadLimits)
    /// Execute the payload that was answered last, on top of the parent.
    case execute(Proposal)
    /// Write the record (a block's with its payload) and sync it.
    case journal(EngineRecord)
    /// The block is durable on this node: its write set may be applied and its authors told.
    case included(BlockHeader)
    /// Have the authority sign this header.
    case sign(BlockHeader)
    /// The block and all its ancestors are final.
    case final(BlockHeader, FinalitySignature)
    /// Replaces the earlier deadline.
    case setTimer(Instant)
    /// This node's clock is behind the chain's by this much, so no block is cut until it catches up.
    case clockBehind(Interval)
}

/// What an engine must remember across a restart.
public enum EngineRecord: Hashable, Sendable {
    /// This term is taken.
    case term(Term)
    /// The complete header, unsigned.
    case block(BlockHeader)
    case finality(BlockHeader, FinalitySignature)
}

/// Where a chain stands when its engine starts.
public struct ChainState: Hashable, Sendable {
    /// The newest included header; nil: the genesis.
    public var head: BlockHeader?
    /// The newest final height.
    public var finalHeight: Height
    /// The highest term ever taken on this disk.
    public var lastTerm: Term
    /// The earliest header time at which something in the state expires.
    public var nextDue: WallTime?

    public init(
        head: BlockHeader? = nil, finalHeight: Height = .genesis, lastTerm: Term = Term(0), nextDue: WallTime? = nil
    ) {
        self.head = head
        self.finalHeight = finalHeight
        self.lastTerm = lastTerm
        self.nextDue = nextDue
    }
}

/// A payload as the engine knows it.
public struct PayloadSummary: Hashable, Sendable {
    /// The Merkle root over the batch ids.
    public var root: Digest
    public var batchCount: Int

    public init(root: Digest, batchCount: Int) {
        self.root = root
        self.batchCount = batchCount
    }
    public var isEmpty: Bool { batchCount == 0 }
}

/// What a block may hold.
public struct PayloadLimits: Hashable, Sendable {
    public var maxByteCount: Int
    public var maxTransactionCount: Int

    public init(maxByteCount: Int, maxTransactionCount: Int) {
        self.maxByteCount = maxByteCount
        self.maxTransactionCount = maxTransactionCount
    }
}

/// A header without what only execution knows.
public struct Proposal: Hashable, Sendable {
    public var height: Height
    public var parent: Digest
    public var term: Term
    public var sequencer: NodeID
    public var payloadRoot: Digest
    public var time: WallTime

    public init(
        height: Height, parent: Digest, term: Term, sequencer: NodeID, payloadRoot: Digest, time: WallTime
    ) {
        self.height = height
        self.parent = parent
        self.term = term
        self.sequencer = sequencer
        self.payloadRoot = payloadRoot
        self.time = time
    }
}

/// What execution adds to a header.
public struct ExecutionRoots: Hashable, Sendable {
    public var state: Digest
    public var receipts: Digest
    public var history: Digest

    public init(state: Digest, receipts: Digest, history: Digest) {
        self.state = state
        self.receipts = receipts
        self.history = history
    }
}

/// An engine at a glance.
public struct EngineStatus: Hashable, Sendable {
    /// The newest included block; nil: the genesis.
    public var head: BlockHeader?
    public var height: Height
    public var finalHeight: Height
    public var headerTime: WallTime
    public var term: Term
    /// What it does now: "opening", "idle", "executing", "journaling", "waiting for the clock".
    public var phase: String
}

extension BlockHeader {
    /// The reign in which a PoA block was cut; nil: another engine cut it.
    public var term: Term? {
        guard case .poa(let term, _) = variant else { return nil }
        return term
    }
}
