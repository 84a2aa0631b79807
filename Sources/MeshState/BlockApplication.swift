// MeshState: what every node of a network agrees on, and how a block changes it.
//
// The state is a map from ASCII keys to canonical bytes under the root of `StateTree`: agents and their names, tasks with
// claims and fences, facts with versions, balances and holds, and for every nonce that was used the transaction it stands for.
//
// `BlockApplication` is the transition. It is *total*: whatever the leaves say, a block yields an outcome for each, never an error;
// only a store that fails or holds foreign bytes stops it. It is *deterministic*: it knows the stored state, the ordered
// batches (whose signatures were checked before) and the header's height and time; nothing else.
//
//     block ──► expiries that fell due, in order of their time ──► leaves, in order ──► write set, results, changes
//                                                                       │
//                       author known? ─► nonce fresh? ─► not expired? ─► well-formed? ─► rules of its kind
//
// A leaf checks everything before it writes anything of its own, so there is nothing to roll back. Units are conserved: for every asset,
// the sum of what all agents have and have set aside doesn't change; each block is checked.
//
// `StateMachine` is the executor around it: it opens a store, executes blocks on top of the last applied one, applies each
// as one atomic batch, and answers reads and proofs. Mailboxes and liveness aren't here: they are node-local.

import CapnProto
import Certificates
import MeshSchema
import Primitives
import StateTree
public import Storage

/// One block being applied to one state.
public struct BlockApplication<Reader: KeyValueReader> {
    let context: BlockContext
    var state: StateOverlay<Reader>
    var changes: [StateChange] = []
    var counts = CountsRecord()
    /// By asset: the units that came into being less those that vanished, modulo 2^256.
    var drift: [String: UInt256] = [:]
    /// Set by a claim for its own result.
    var grantedFence: Fence?

    init(_ context: BlockContext, over reader: Reader) {
        self.context = context
        state = StateOverlay(reader)
    }

    /// Works out what a block does.
    ///
    /// - Parameters:
    ///   - batches: in the block's order, signatures checked, of this network.
    ///   - reader: the store as the parent left it.
    public static func apply(
        _ batches: [SignedBatch], in context: BlockContext, over reader: Reader
    ) throws(StateFailure) -> BlockEffects {
        var application = BlockApplication(context, over: reader)
        return try application.run(batches)
    }

    private mutating func run(_ batches: [SignedBatch]) throws(StateFailure) -> BlockEffects {
        let before = try state.get(CountsRecord.self, StateKey.counts) ?? CountsRecord()
        counts = before
        let hasOverdue = try expire()
        var results = [LeafResult]()
        for batch in batches {
            for index in batch.leaves.indices { results.append(try apply(leaf: index, of: batch)) }
        }
        if counts != before { state.put(StateKey.counts, counts) }
        if let asset = drift.filter({ $0.value != .zero }).keys.sorted().first { throw .notConserved(asset: asset) }
        return BlockEffects(
            results: results, writes: state.writes, changes: changes, counts: counts, hasOverdue: hasOverdue)
    }

    private mutating func apply(leaf index: Int, of batch: SignedBatch) throws(StateFailure) -> LeafResult {
        let leaf = batch.leaves[index]
        let hash = batch.leafHashes[index]
        grantedFence = nil
        let outcome = try judge(leaf, hash, author: batch.agent)
        if outcome.consumesNonce {
            let record = CommitRecord(
                leafHash: hash, batchRoot: batch.root, height: context.height, outcome: outcome.rawValue)
            state.put(StateKey.commit(batch.agent, nonce: leaf.nonce), record.bytes)
            counts.transactions += 1
        }
        return LeafResult(
            agent: batch.agent, nonce: leaf.nonce, leafHash: hash, outcome: outcome, fence: grantedFence)
    }

    /// Everything that is the same for all kinds, then the rules of the kind.
    private mutating func judge(
        _ leaf: CommitBatch.Leaf.Value, _ hash: Digest, author: AgentID
    ) throws(StateFailure) -> Outcome {
        let transaction = decode(leaf.body)
        guard try state.contains(StateKey.agent(author)) || transaction?.isRegistration == true else { return .unknownAgent }
        let key = StateKey.commit(author, nonce: leaf.nonce)
        if let known = try state.get(key) {
            return try CommitRecord(known, under: key).leafHash == hash ? .duplicate : .nonceReused
        }
        let height = context.height.value
        guard leaf.expiryHeight >= height else { return .expired }
        guard leaf.expiryHeight - height <= context.maxExpiryHeightSpan else { return .expiryTooFar }
        guard let transaction, transaction.isWithinLimits else { return .malformed }
        return try perform(transaction, author: author, nonce: leaf.nonce)
    }

    private func decode(_ body: [UInt8]) -> Transaction.Value? {
        guard body.count <= StateLimits.bodyByteCount else { return nil }
        do { return try Transaction.Value(framed: body, limits: StateLimits.reading) } catch { return nil }
    }

    private mutating func perform(
        _ transaction: Transaction.Value, author: AgentID, nonce: UInt64
    ) throws(StateFailure) -> Outcome {
        switch transaction.which {
        case .register(let registration): try register(registration, author)
        case .commit(let work): try commit(work, author, nonce)
        case .putFact(let put): try putFact(put, author)
        case .transfer(let transfer): try self.transfer(transfer, author)
        case .hold(let hold): try self.hold(hold, author)
        case .releaseHold(let release): try releaseHold(release, author)
        case .offerTask(let offer): try offerTask(offer, author)
        case .claimTask(let claim): try claimTask(claim, author)
        case .progressTask(let progress): try progressTask(progress, author)
        case .completeTask(let finish): try finishTask(finish, author, as: .done)
        case .failTask(let finish): try finishTask(finish, author, as: .failed)
        case .cancelTask(let cancel): try cancelTask(cancel, author)
        case .unknown: .malformed
        }
    }
}

extension Transaction.Value {
    var isRegistration: Bool {
        if case .register = which { return true }
        return false
    }
}
