import Primitives

/// When to sign which transactions together.
///
/// One hybrid signature costs as much as a hundred hashes of leaves, so leaves share one where that costs nobody time: sign at
/// once when nothing of mine is waiting for a receipt; otherwise when 32 wait, or when the previous batch is receipted.
///
///     add ─▶ waiting ── poll ─▶ signing ── signed ─▶ sent ── finished ─▶ gone
///
/// Batches are sent in the order in which they were cut, whatever the order in which signatures come back, so that a later
/// transaction may build on an earlier one.
struct CommitBatcher<Ticket, SignedBatch> {
    struct Leaf {
        var nonce: UInt64
        var body: [UInt8]
        var ticket: Ticket
    }

    struct Batch {
        let number: UInt64
        let leaves: [Leaf]
    }

    struct Limits: Sendable, Hashable {
        /// So many waiting leaves are signed though earlier ones have no receipt yet.
        var fullCount = 32
        var maxLeafCount = 1_024
        var maxBatchByteCount = 1 << 20
        /// Batches that may be without receipts at a time.
        var maxOpenBatchCount = 16
        var maxWaitingCount = 65_536
        var maxWaitingByteCount = 32 << 20
    }

    private enum Progress {
        case signing
        case sent(SignedBatch)
    }

    private struct Open {
        let batch: Batch
        var progress: Progress
        var signed: SignedBatch?
    }

    let limits: Limits
    private var waiting: [Leaf] = []
    private var waitingByteCount = 0
    /// In the order of their numbers.
    private var open: [Open] = []
    private var nextNumber: UInt64 = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    var waitingCount: Int { waiting.count }
    var openCount: Int { open.count }
    var isIdle: Bool { waiting.isEmpty && open.isEmpty }

    /// - Returns: false where the queue is full; nothing was added.
    mutating func add(_ leaves: [Leaf]) -> Bool {
        let byteCount = leaves.reduce(0) { $0 + $1.body.count }
        guard waiting.count + leaves.count <= limits.maxWaitingCount,
            waitingByteCount + byteCount <= limits.maxWaitingByteCount
        else { return false }
        waiting += leaves
        waitingByteCount += byteCount
        return true
    }

    /// The next batch to sign, if the rule says that it is time. Call until there is none.
    mutating func poll() -> Batch? {
        guard !waiting.isEmpty, open.count < limits.maxOpenBatchCount else { return nil }
        guard open.isEmpty || waiting.count >= limits.fullCount || isPreviousReceipted else { return nil }
        isPreviousReceipted = false
        return cut()
    }

    /// The newest batch's receipt has come, and nothing was cut since.
    private var isPreviousReceipted = false

    private mutating func cut() -> Batch {
        var count = 0
        var byteCount = 0
        for leaf in waiting.prefix(limits.maxLeafCount) {
            guard count == 0 || byteCount + leaf.body.count <= limits.maxBatchByteCount else { break }
            count += 1
            byteCount += leaf.body.count
        }
        let batch = Batch(number: nextNumber, leaves: Array(waiting.prefix(count)))
        nextNumber += 1
        waiting.removeFirst(count)
        waitingByteCount -= byteCount
        open.append(Open(batch: batch, progress: .signing))
        return batch
    }

    /// A signature is there.
    /// - Returns: what may be sent now, in order.
    mutating func signed(_ number: UInt64, _ signed: SignedBatch) -> [(number: UInt64, batch: SignedBatch)] {
        guard let index = index(of: number) else { return [] }
        open[index].signed = signed
        var ready: [(number: UInt64, batch: SignedBatch)] = []
        for index in open.indices {
            guard case .signing = open[index].progress else { continue }
            guard let signed = open[index].signed else { break }
            open[index].progress = .sent(signed)
            ready.append((open[index].batch.number, signed))
        }
        return ready
    }

    /// The batch has its receipts, or will never have any.
    mutating func finished(_ number: UInt64) -> Batch? {
        guard let index = index(of: number) else { return nil }
        if index == open.count - 1 { isPreviousReceipted = true }
        return open.remove(at: index).batch
    }

    /// After a new joining: what was sent and has no receipt is sent again as it was signed. The state applies each nonce once.
    func unreceipted() -> [(number: UInt64, batch: SignedBatch)] {
        open.compactMap { entry in
            guard case .sent(let signed) = entry.progress else { return nil }
            return (entry.batch.number, signed)
        }
    }

    /// Gives up everything.
    mutating func abandon() -> [Leaf] {
        let leaves = open.flatMap(\.batch.leaves) + waiting
        open.removeAll()
        waiting.removeAll()
        waitingByteCount = 0
        return leaves
    }

    private func index(of number: UInt64) -> Int? { open.firstIndex { $0.batch.number == number } }
}
