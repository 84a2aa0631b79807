public import Certificates
public import Primitives
import StateTree
public import Storage

/// The executor: a network's state in a store, and the only one that changes it. It belongs to one thread.
///
///     applied block ──execute(next)──► ExecutedBlock ──header journalled──► apply ──► applied block
///                                           └── dropped: nothing has changed
///
/// Applying is one atomic batch: the tree's nodes and values, the block with its signatures, receipts, the history log, and
/// `meta.applied`, so that a store is always exactly at one block. What the journal holds beyond that is executed again; the
/// roots come out the same, because execution is deterministic.
public struct StateMachine: Sendable {
    let store: any KeyValueStore
    public let genesis: Genesis
    public let network: NetworkID
    /// The newest block that the store holds.
    public private(set) var applied: AppliedBlock
    /// The newest block whose finality is recorded; genesis is final.
    public private(set) var finalHeight: Height
    /// When the next claim, deadline or hold falls due: a block has to be cut then. nil: nothing will.
    public private(set) var nextExpiry: WallTime?
    var tree: JellyfishTree
    private var history: HistoryLog
    private var earliestDue: WallTime = .zero

    /// Opens a store, and applies the genesis where it is empty.
    public init(_ genesis: Genesis, store: any KeyValueStore) throws(StateFailure) {
        self.store = store
        self.genesis = genesis
        network = genesis.networkID
        let found = try AppliedBlock.load(network, in: store)
        do {
            tree = try JellyfishTree(suite: genesis.hashSuite, in: store)
            history = try HistoryLog(count: found?.height.value ?? 0, in: store)
        } catch {
            throw .tree(error)
        }
        finalHeight = try Self.loadFinalHeight(in: store)
        if let found {
            guard tree.rootHash == found.stateRoot else { throw .corruptRecord("the tree's root at block \(found.height)") }
            applied = found
        } else {
            let change = try genesis.stateChange(of: &tree, in: store)
            applied = AppliedBlock(genesis, stateRoot: change.rootHash)
            var batch = Batch()
            change.put(into: &batch)
            applied.put(network, into: &batch)
            try Self.write(batch, sync: true, to: store)
            tree.adopt(change)
        }
        nextExpiry = try findNextExpiry()
    }

    /// Works out the block after the newest one. Changes nothing.
    public mutating func execute(_ block: BlockInput) throws(StateFailure) -> ExecutedBlock {
        guard block.height == applied.height.next else {
            throw .wrongHeight(expected: applied.height.value + 1, found: block.height.value)
        }
        guard block.time > applied.time else { throw .timeNotAbove }
        let context = BlockContext(
            network: network, height: block.height, time: block.time,
            maxExpiryHeightSpan: genesis.parameters.maxExpiryHeightSpan, earliestDue: earliestDue)
        let effects = try Self.apply(block.batches, in: context, over: store)
        let change: TreeChange
        do {
            change = try tree.prepare(effects.writes, version: block.height.value, in: store)
        } catch {
            throw .tree(error)
        }
        return ExecutedBlock(
            block, parent: applied.headerDigest, historyRoot: history.root, effects: effects, change: change)
    }

    /// Makes an executed block the newest one. Applying what is applied already changes nothing.
    ///
    /// - Parameters:
    ///   - header: with the roots that the execution gave.
    ///   - journalPosition: where the journal holds the block: what a restart begins behind.
    public mutating func apply(
        _ executed: ExecutedBlock, header: BlockHeader, journalPosition: LSN
    ) throws(StateFailure) {
        let next = AppliedBlock(header, journalPosition: journalPosition)
        if next.height == applied.height, next.headerDigest == applied.headerDigest { return }
        guard executed.height == applied.height.next, executed.parent == applied.headerDigest else {
            throw .staleExecution
        }
        guard header.network == network, executed.agrees(with: header) else { throw .otherHeader }
        var batch = Batch()
        var log = history
        executed.change.put(into: &batch)
        StoredBlock.put(executed, header: header, into: &batch)
        log.append(next.headerDigest.bytes, into: &batch)
        next.put(network, into: &batch)
        try Self.write(batch, sync: false, to: store)
        tree.adopt(executed.change)
        history = log
        applied = next
        earliestDue = executed.effects.hasOverdue ? earliestDue : executed.time
        nextExpiry = try findNextExpiry()
    }

    /// Records what makes an applied block final, and with it every block before.
    public mutating func recordFinality(_ signature: FinalitySignature, at height: Height) throws(StateFailure) {
        guard height <= applied.height else { throw .unknownBlock(height.value) }
        let newest = max(height, finalHeight)
        var batch = Batch()
        batch.put(StoredBlock.key(height), signature.bytes, in: .certificates)
        batch.put(Self.finalKey, StoredBlock.key(newest), in: .meta)
        try Self.write(batch, sync: false, to: store)
        finalHeight = newest
    }

    /// Deletes a bounded part of what only states from before the last `blockCount` blocks, and before the newest final one,
    /// need. Blocks, headers and receipts stay.
    ///
    /// - Returns: whether more is left.
    public func prune(keeping blockCount: UInt64) throws(StateFailure) -> Bool {
        let newest = applied.height.value
        let retained = min(newest > blockCount ? newest - blockCount : 0, finalHeight.value)
        var batch = Batch()
        let hasMore: Bool
        do {
            hasMore = try JellyfishTree.prune(retaining: retained, in: store, into: &batch)
        } catch {
            throw .tree(error)
        }
        if batch.count > 0 { try Self.write(batch, sync: false, to: store) }
        return hasMore
    }

    /// The state as the newest block left it. Later blocks show through; `snapshot` gives a view that stays.
    public var view: StateView { StateView(reader: store) }

    /// A view that later blocks don't change, for readers on other threads. Let go of it soon.
    public func snapshot() throws(StateFailure) -> StateView {
        do { return StateView(reader: try store.snapshot()) } catch { throw .storage(error) }
    }

    /// The root over the headers of all applied blocks: the `historyRoot` of the next header.
    public var historyRoot: Digest { history.root }
}

extension StateMachine {
    private static let finalKey = Array("state/final".utf8)

    private static func loadFinalHeight(in store: any KeyValueStore) throws(StateFailure) -> Height {
        let stored: [UInt8]?
        do { stored = try store.get(finalKey, in: .meta) } catch { throw .storage(error) }
        guard let stored else { return .genesis }
        guard let height = StoredBlock.height(ofKey: stored) else { throw .corruptRecord("meta state/final") }
        return height
    }

    private static func apply(
        _ batches: [SignedBatch], in context: BlockContext, over reader: some KeyValueReader
    ) throws(StateFailure) -> BlockEffects {
        try BlockApplication.apply(batches, in: context, over: reader)
    }

    private static func write(_ batch: consuming Batch, sync: Bool, to store: any KeyValueStore) throws(StateFailure) {
        do { try store.write(batch, sync: sync) } catch { throw .storage(error) }
    }

    private func findNextExpiry() throws(StateFailure) -> WallTime? {
        var next: WallTime?
        for prefix in [StateKey.leasePrefix, StateKey.lapsePrefix] {
            let found: (key: [UInt8], value: [UInt8])?
            do {
                found = try store.first(
                    .latest, from: StateKey.due(prefix, earliestDue), upTo: KeyOrder.end(ofPrefix: prefix))
            } catch {
                throw .storage(error)
            }
            guard let key = found?.key else { continue }
            guard let entry = StateKey.parseDue(key, prefix: prefix) else {
                throw .corruptRecord(String(decoding: key, as: UTF8.self))
            }
            next = min(next ?? entry.time, entry.time)
        }
        return next
    }
}
