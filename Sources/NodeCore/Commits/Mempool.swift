import Consensus
import DequeModule
import MeshState
import Primitives

/// A commit batch on its way into a block: checked, hashed and weighed.
struct PendingBatch: Sendable, Hashable {
    let id: Digest
    let batch: SignedBatch
    let byteCount: Int

    var agent: AgentID { batch.agent }
}

/// Batches whose signatures hold, first come first served.
///
/// Its bound in bytes and each agent's quota count from the moment at which a batch is taken in for verification
/// until its block is included, so a flood costs its author's quota and nobody else's.
struct Mempool: Sendable {
    private struct Usage {
        var batchCount = 0
        var byteCount = 0
    }

    private let limits: NodeLimits
    private var queue: Deque<PendingBatch> = []
    private var usage: [AgentID: Usage] = [:]
    /// Of everything reserved.
    private(set) var byteCount = 0

    init(limits: NodeLimits) { self.limits = limits }

    var isEmpty: Bool { queue.isEmpty }
    var count: Int { queue.count }

    /// Sets room aside for a batch, before its signature is checked.
    mutating func reserve(_ batch: PendingBatch) throws(Refusal) {
        let used = usage[batch.agent] ?? Usage()
        guard byteCount + batch.byteCount <= limits.maxMempoolByteCount else {
            throw Refusal(.mempoolFull, "\(byteCount) bytes wait for blocks; commit the same batch again later")
        }
        guard used.batchCount < limits.maxPendingBatchCountPerAgent,
            used.byteCount + batch.byteCount <= limits.maxPendingByteCountPerAgent
        else {
            throw Refusal(
                .quotaExceeded, "\(used.batchCount) batches of yours are under way; await their receipts first")
        }
        usage[batch.agent] = Usage(batchCount: used.batchCount + 1, byteCount: used.byteCount + batch.byteCount)
        byteCount += batch.byteCount
    }

    /// Gives a reservation back: the signature failed, or the block is included.
    mutating func release(_ batch: PendingBatch) {
        byteCount -= batch.byteCount
        guard var used = usage[batch.agent] else { return }
        used.batchCount -= 1
        used.byteCount -= batch.byteCount
        usage[batch.agent] = used.batchCount == 0 ? nil : used
    }

    /// Lets a reserved batch wait for a block.
    mutating func insert(_ batch: PendingBatch) { queue.append(batch) }

    /// The batches of the next block: as many as fit, in order, and at least one where any waits.
    mutating func take(_ limits: PayloadLimits) -> [PendingBatch] {
        var taken: [PendingBatch] = []
        var bytes = 0
        var transactions = 0
        while let next = queue.first {
            bytes += next.byteCount
            transactions += next.batch.leaves.count
            let fits = bytes <= limits.maxByteCount && transactions <= limits.maxTransactionCount
            guard fits || taken.isEmpty else { break }
            taken.append(next)
            queue.removeFirst()
        }
        return taken
    }
}
