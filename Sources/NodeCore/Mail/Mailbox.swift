import DequeModule
import Primitives
import Storage

/// The mail of one recipient: what waits, what is in hand, what died, and how far each sender's numbers have come.
struct Mailbox: Sendable {
    let owner: AgentID
    private(set) var entries: [Digest: MailEntry] = [:]
    private(set) var pairs: [AgentID: MailPair] = [:]
    /// Ready messages, in order; what died or was closed since is skipped when met.
    private var queue: Deque<Digest> = []
    /// Something went back into the queue and has to find its place.
    private var needsRebuild = false
    /// Dead letters, oldest first.
    private var dead: Deque<Digest> = []
    private var nextOrder: UInt64 = 1
    /// Of the entries that are not dead.
    private(set) var liveCount = 0
    private(set) var liveByteCount = 0
    private var liveCountBySender: [AgentID: Int] = [:]
    private(set) var deadByteCount = 0
    /// Everything stored up to here may have been handed to a session.
    var handedPosition = LSN.zero
    /// No live entry expires before; nil: none is live.
    private(set) var earliestExpiry: WallTime?

    init(owner: AgentID) { self.owner = owner }

    var isEmpty: Bool { entries.isEmpty }
    var byteCount: Int { liveByteCount + deadByteCount }
    func liveCount(from sender: AgentID) -> Int { liveCountBySender[sender] ?? 0 }
    var deadCount: Int { entries.count - liveCount }
    var oldestDead: Digest? { dead.first { entries[$0]?.isDead == true } }

    // MARK: Taking in

    /// Files a message whose number is fresh.
    /// - Returns: what is ready to be delivered now, in order.
    mutating func accept(_ entry: MailEntry) -> [Digest] {
        insert(entry)
        return fill(entry.from, entry.sequence, .active(entry.digest))
    }

    /// Fills a fresh number without a message.
    /// - Returns: what is ready to be delivered now, in order.
    mutating func tombstone(_ sender: AgentID, _ sequence: MailSequence, _ mail: ClosedMail) -> [Digest] {
        fill(sender, sequence, .closed(mail))
    }

    private mutating func fill(_ sender: AgentID, _ sequence: MailSequence, _ slot: MailPair.Slot) -> [Digest] {
        let ready = pairs[sender, default: MailPair(epoch: sequence.epoch)].fill(sequence, slot)
        for digest in ready { makeReady(digest) }
        return ready
    }

    private mutating func makeReady(_ digest: Digest) {
        guard let entry = entries[digest], entry.state == .held || entry.isDead else { return }
        entries[digest]?.state = .queued
        entries[digest]?.order = nextOrder
        nextOrder += 1
        queue.append(digest)
    }

    private mutating func insert(_ entry: MailEntry) {
        entries[entry.digest] = entry
        if entry.isDead { died(entry) } else { cameAlive(entry) }
    }

    private mutating func cameAlive(_ entry: MailEntry) {
        liveCount += 1
        liveByteCount += entry.byteCount
        liveCountBySender[entry.from, default: 0] += 1
        earliestExpiry = min(earliestExpiry ?? entry.expiresAt, entry.expiresAt)
    }

    private mutating func died(_ entry: MailEntry) {
        dead.append(entry.digest)
        deadByteCount += entry.byteCount
    }

    private mutating func leftLife(_ entry: MailEntry) {
        liveCount -= 1
        liveByteCount -= entry.byteCount
        liveCountBySender[entry.from, default: 1] -= 1
        if liveCountBySender[entry.from] == 0 { liveCountBySender[entry.from] = nil }
        if liveCount == 0 { earliestExpiry = nil }
    }

    private mutating func leftDeath(_ entry: MailEntry) {
        dead.removeAll { $0 == entry.digest }
        deadByteCount -= entry.byteCount
    }

    // MARK: Handing over

    /// The next message for a session, now in flight.
    ///
    /// - Parameter room: nil is returned, and nothing changed, where the next one has more bytes.
    mutating func takeNext(for session: SessionID, room: Int) -> MailEntry? {
        if needsRebuild { rebuildQueue() }
        while let digest = queue.first {
            guard let entry = entries[digest], entry.state == .queued else {
                queue.removeFirst()
                continue
            }
            guard entry.byteCount <= room else { return nil }
            queue.removeFirst()
            entries[digest]?.state = .inFlight(session)
            entries[digest]?.attempts += 1
            return entries[digest]
        }
        return nil
    }

    /// How an inbox call has ended.
    enum CallEnding: Sendable, Hashable {
        case succeeded
        case failed
        /// It failed because one before it did.
        case outOfTurn
    }

    /// - Returns: the entry where its call to this session was under way.
    mutating func returned(_ digest: Digest, to session: SessionID, _ ending: CallEnding) -> MailEntry? {
        guard entries[digest]?.state == .inFlight(session) else { return nil }
        switch ending {
        case .succeeded:
            entries[digest]?.state = .delivered(session)
            entries[digest]?.wasDelivered = true
        case .failed, .outOfTurn:
            entries[digest]?.state = .queued
            if ending == .failed { entries[digest]?.failureCount += 1 }
            needsRebuild = true
        }
        return entries[digest]
    }

    /// What was in a lost session's hands waits again, in its old order.
    mutating func sessionLost(_ session: SessionID) {
        for digest in entries.keys {
            switch entries[digest]?.state {
            case .inFlight(session), .delivered(session):
                entries[digest]?.state = .queued
                needsRebuild = true
            default: continue
            }
        }
    }

    private mutating func rebuildQueue() {
        needsRebuild = false
        queue = Deque(entries.values.filter { $0.state == .queued }.sorted { $0.order < $1.order }.map(\.digest))
    }

    /// Whether a handler may have seen it before this delivery.
    func isRedelivery(_ entry: MailEntry) -> Bool {
        if entry.attempts > 1 || entry.mayHaveBeenHanded { return true }
        return entry.isRestored && (entry.wasRecipientOnline || entry.position <= handedPosition)
    }

    // MARK: Ending

    /// The message was acknowledged.
    mutating func acknowledge(_ digest: Digest, _ mail: ClosedMail) {
        guard let entry = entries[digest] else { return }
        remove(entry)
        pairs[entry.from]?.close(entry.sequence, mail)
    }

    /// The message expired or was refused by its recipient.
    mutating func kill(_ digest: Digest, _ mail: ClosedMail) {
        guard let entry = entries[digest], !entry.isDead else { return }
        entries[digest]?.state = .dead(mail.tier, reason: mail.reason)
        leftLife(entry)
        died(entry)
        pairs[entry.from]?.close(entry.sequence, mail)
    }

    /// A dead letter waits again, behind what waits already.
    mutating func revive(_ digest: Digest, expiresAt: WallTime, isRecipientOnline: Bool) {
        guard let entry = entries[digest], entry.isDead else { return }
        leftDeath(entry)
        entries[digest]?.expiresAt = expiresAt
        if isRedelivery(entry) || entry.attempts > 0 { entries[digest]?.mayHaveBeenHanded = true }
        entries[digest]?.attempts = 0
        entries[digest]?.failureCount = 0
        if isRecipientOnline { entries[digest]?.wasRecipientOnline = true }
        makeReady(digest)
        if let revived = entries[digest] { cameAlive(revived) }
    }

    /// A dead letter is dropped.
    mutating func forget(_ digest: Digest) {
        guard let entry = entries[digest], entry.isDead else { return }
        remove(entry)
    }

    mutating func forgetNumber(_ sender: AgentID, _ sequence: MailSequence) { pairs[sender]?.forget(sequence) }

    private mutating func remove(_ entry: MailEntry) {
        entries[entry.digest] = nil
        if entry.isDead { leftDeath(entry) } else { leftLife(entry) }
    }

    // MARK: Time

    /// Live messages whose time has run out while nobody had them in hand, oldest expiry first.
    mutating func expired(at time: WallTime) -> [MailEntry] {
        guard let earliestExpiry, earliestExpiry <= time else { return [] }
        let live = entries.values.filter { !$0.isDead }
        let over = live.filter { $0.expiresAt <= time && !$0.isInHand }
        self.earliestExpiry = live.filter { $0.expiresAt > time || $0.isInHand }
            .map { $0.isInHand ? max($0.expiresAt, time + .seconds(1)) : $0.expiresAt }.min()
        return over.sorted { ($0.expiresAt, $0.digest) < ($1.expiresAt, $1.digest) }
    }

    // MARK: Restart

    mutating func restore(_ entry: MailEntry) {
        insert(entry)
        nextOrder = max(nextOrder, entry.order + 1)
    }

    mutating func restore(_ pair: MailPair, of sender: AgentID) { pairs[sender] = pair }

    mutating func restoreSlot(_ sender: AgentID, _ sequence: MailSequence, _ slot: MailPair.Slot) {
        pairs[sender]?.restore(sequence, slot)
    }

    /// Call once when every entry is restored.
    mutating func finishRestoring() {
        rebuildQueue()
        dead = Deque(
            entries.values.filter(\.isDead).sorted { ($0.position, $0.digest) < ($1.position, $1.digest) }.map(\.digest)
        )
    }
}
