import Primitives

/// Numbers messages per recipient and keeps them until the node has them on disk.
///
///     number ─▶ add ─▶ queued ── poll ──▶ in flight ── accepted ─▶ unsafe ── settled ─▶ gone
///                        ▲                   │  │                     │
///                        └─ connection lost ─┘  └─ refused: gone, its number is free again
///                        └──────────────────────── connection lost ───┘
///
/// The node delivers numbers without gaps, so a number that a refused message leaves is given to the next one. Until the
/// node has accepted the first message for a recipient in this session, only one is in flight: most refusals concern the
/// recipient, and are thus met before anything was numbered behind them.
struct Outbox: Sendable {
    struct Limits: Sendable, Hashable {
        var maxCount = 8_192
        var maxByteCount = 64 << 20
        /// Settled messages whose id was chosen by the caller and is remembered.
        var maxRememberedCount = 4_096
    }

    private enum Phase: Sendable, Hashable { case queued, inFlight, unsafe }

    private struct Kept: Sendable {
        var entry: OutboxEntry
        var phase: Phase
        /// A connection, or the process, was lost when it was on its way: the node may have it.
        var isUncertain = false
    }

    /// What is known of one recipient.
    private struct Lane: Sendable {
        var epoch: HomeEpoch
        var next: UInt64 = 1
        var freed: [UInt64] = []
        /// The node has accepted something in this session.
        var isOpen = false
        /// Orders of queued entries, ascending.
        var queue: [UInt64] = []
        var inFlightCount = 0
    }

    let limits: Limits
    private var epoch: HomeEpoch
    private var kept: [UInt64: Kept] = [:]
    private var orders: [Digest: UInt64] = [:]
    private var lanes: [AgentID: Lane] = [:]
    private var ready: [AgentID] = []
    private var nextOrder: UInt64 = 1
    private var byteCount = 0

    init(epoch: HomeEpoch, limits: Limits = Limits()) {
        self.epoch = epoch
        self.limits = limits
    }

    var count: Int { kept.count }
    var hasRoom: Bool { kept.count < limits.maxCount && byteCount < limits.maxByteCount }
    func entry(_ digest: Digest) -> OutboxEntry? { orders[digest].flatMap { kept[$0]?.entry } }
    func entry(id: String) -> OutboxEntry? { kept.values.first { $0.entry.isNamed && $0.entry.id == id }?.entry }

    // MARK: Numbering

    /// The next number for a recipient, and the entry's place in the order of sending.
    mutating func number(for recipient: AgentID) -> (number: MailNumber, order: UInt64) {
        var lane = lanes[recipient] ?? Lane(epoch: epoch)
        if lane.epoch != epoch {
            lane = Lane(epoch: epoch, isOpen: lane.isOpen, queue: lane.queue, inFlightCount: lane.inFlightCount)
        }
        let counter: UInt64
        if lane.freed.isEmpty {
            counter = lane.next
            lane.next += 1
        } else {
            counter = lane.freed.removeFirst()
        }
        lanes[recipient] = lane
        defer { nextOrder += 1 }
        return (MailNumber(epoch: epoch, counter: counter), nextOrder)
    }

    /// Places up to this one were taken in an earlier life of this agent: what is remembered under them must stay.
    mutating func skipOrders(through order: UInt64) { nextOrder = max(nextOrder, order + 1) }

    /// A number that was drawn and will not be used.
    mutating func free(_ number: MailNumber, of recipient: AgentID) {
        guard var lane = lanes[recipient], lane.epoch == number.epoch, number.counter < lane.next else { return }
        let index = lane.freed.firstIndex { $0 >= number.counter } ?? lane.freed.count
        if index < lane.freed.count, lane.freed[index] == number.counter { return }
        lane.freed.insert(number.counter, at: index)
        while let last = lane.freed.last, last == lane.next - 1 {
            lane.freed.removeLast()
            lane.next = last
        }
        lanes[recipient] = lane
    }

    /// - Parameter isUncertain: the node may have it, from an earlier life of this agent.
    mutating func add(_ entry: OutboxEntry, isUncertain: Bool = false) {
        kept[entry.order] = Kept(entry: entry, phase: .queued, isUncertain: isUncertain)
        orders[entry.digest] = entry.order
        byteCount += entry.body.count
        enqueue(entry)
        nextOrder = max(nextOrder, entry.order + 1)
    }

    private mutating func enqueue(_ entry: OutboxEntry) {
        var lane = lanes[entry.recipient] ?? Lane(epoch: epoch)
        let index = lane.queue.lastIndex { $0 < entry.order }.map { $0 + 1 } ?? 0
        lane.queue.insert(entry.order, at: index)
        lanes[entry.recipient] = lane
        ready.append(entry.recipient)
    }

    // MARK: Sending

    /// What may be sent now, in order. Each comes back by `accepted`, `refused` or `connectionLost`.
    mutating func poll() -> OutboxEntry? {
        while let recipient = ready.last {
            guard var lane = lanes[recipient], !lane.queue.isEmpty, lane.isOpen || lane.inFlightCount == 0 else {
                ready.removeLast()
                continue
            }
            let order = lane.queue.removeFirst()
            lane.inFlightCount += 1
            lanes[recipient] = lane
            kept[order]?.phase = .inFlight
            if let entry = kept[order]?.entry { return entry }
        }
        return nil
    }

    /// The node has it. Where the tier is safe, it is forgotten here.
    /// - Returns: the entry, where it was settled by this.
    mutating func accepted(_ digest: Digest, tier: MailTier) -> OutboxEntry? {
        guard let order = orders[digest], var item = kept[order] else { return nil }
        if item.phase == .inFlight { landed(item.entry.recipient, opens: true) }
        if item.phase == .queued { unqueue(item.entry) }
        guard tier.isSafe else {
            item.phase = .unsafe
            kept[order] = item
            return nil
        }
        return remove(order)
    }

    /// The node refused it for good; its number is free again unless the refusal used it up.
    mutating func refused(_ digest: Digest, usesNumber: Bool) -> OutboxEntry? {
        guard let order = orders[digest], let item = kept[order] else { return nil }
        if item.phase == .inFlight { landed(item.entry.recipient, opens: usesNumber) }
        if item.phase == .queued { unqueue(item.entry) }
        if !usesNumber { free(item.entry.number, of: item.entry.recipient) }
        return remove(order)
    }

    /// The node didn't take it this time: it goes back into the queue.
    mutating func postponed(_ digest: Digest, needsPostQuantum: Bool) {
        guard let order = orders[digest], var item = kept[order], item.phase == .inFlight else { return }
        landed(item.entry.recipient, opens: false)
        item.phase = .queued
        item.entry.needsPostQuantum = item.entry.needsPostQuantum || needsPostQuantum
        kept[order] = item
        enqueue(item.entry)
    }

    /// Everything that isn't safe must be sent again, under its old number.
    mutating func connectionLost() {
        for recipient in lanes.keys {
            lanes[recipient]?.isOpen = false
            lanes[recipient]?.inFlightCount = 0
        }
        for order in kept.keys.sorted() {
            guard let item = kept[order], item.phase != .queued else { continue }
            kept[order]?.phase = .queued
            kept[order]?.isUncertain = true
            enqueue(item.entry)
        }
    }

    /// Takes out a message whose number has been passed by newer ones, so that it is numbered anew.
    /// - Returns: nil where the node may have it under the old number: then it must not be sent twice.
    mutating func takePassed(_ digest: Digest) -> OutboxEntry? {
        guard let order = orders[digest], let item = kept[order], item.phase == .inFlight, !item.isUncertain else {
            return nil
        }
        landed(item.entry.recipient, opens: true)
        return remove(order)
    }

    /// A new session: later messages are numbered anew in its epoch. Lanes without anything in hand are forgotten.
    mutating func joined(_ epoch: HomeEpoch) {
        self.epoch = epoch
        lanes = lanes.filter { !$0.value.queue.isEmpty || $0.value.inFlightCount > 0 }
        ready = lanes.values.isEmpty ? [] : Array(lanes.keys)
    }

    mutating func abandon() -> [OutboxEntry] {
        let entries = kept.keys.sorted().compactMap { kept[$0]?.entry }
        kept.removeAll()
        orders.removeAll()
        lanes.removeAll()
        ready.removeAll()
        byteCount = 0
        return entries
    }

    // MARK: Parts

    private mutating func landed(_ recipient: AgentID, opens: Bool) {
        guard var lane = lanes[recipient] else { return }
        lane.inFlightCount = max(0, lane.inFlightCount - 1)
        lane.isOpen = lane.isOpen || opens
        lanes[recipient] = lane
        if !lane.queue.isEmpty { ready.append(recipient) }
    }

    private mutating func unqueue(_ entry: OutboxEntry) {
        lanes[entry.recipient]?.queue.removeAll { $0 == entry.order }
    }

    private mutating func remove(_ order: UInt64) -> OutboxEntry? {
        guard let item = kept.removeValue(forKey: order) else { return nil }
        orders[item.entry.digest] = nil
        byteCount -= item.entry.body.count
        return item.entry
    }
}
