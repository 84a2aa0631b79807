import DequeModule
import OrderedCollections
import Primitives
import Storage

/// All mailboxes of one network. Decides about letters without touching sessions, journal or keys.
///
/// What changes mail for good goes through `apply(_:at:)`, live and after a restart alike; only what is in whose
/// hands is kept beside, because a restart takes everything out of all hands.
struct PostOffice: Sendable {
    /// What a letter meets at the door.
    enum Reception: Sendable, Hashable {
        /// A fresh number within all bounds.
        case fresh
        /// The same envelope was accepted before.
        case known(MailReceipt)
        /// It can't be accepted; nothing is kept.
        case refused(Refusal)
        /// It was refused before, and its number is used up.
        case closed(Refusal)
        /// It can't be accepted, and its number is used up by that.
        case closes(Refusal)
    }

    private let limits: NodeLimits
    private(set) var boxes: [AgentID: Mailbox] = [:]
    private(set) var byteCount = 0
    /// Closed numbers, in the order of their closing.
    private var remembered: Deque<RememberedNumber> = []
    /// What differs from the store since the last checkpoint, in the order of change.
    private var dirty: OrderedSet<MailKey> = []

    private struct RememberedNumber: Sendable {
        let recipient: AgentID
        let sender: AgentID
        let sequence: MailSequence
    }

    init(limits: NodeLimits) { self.limits = limits }

    // MARK: Looking

    func entry(_ digest: Digest, of recipient: AgentID) -> MailEntry? { boxes[recipient]?.entries[digest] }
    func waitingCount(of recipient: AgentID) -> Int { boxes[recipient]?.liveCount ?? 0 }
    var hasChanges: Bool { !dirty.isEmpty }

    /// The recipient whose mailbox holds this message.
    func find(_ digest: Digest) -> MailEntry? {
        for recipient in boxes.keys.sorted() {
            if let entry = boxes[recipient]?.entries[digest] { return entry }
        }
        return nil
    }

    /// Messages sorted by acceptance.
    func list(of recipient: AgentID?, deadOnly: Bool, after: MailPlace?, limit: Int) -> [MailEntry] {
        let chosen = recipient.map { [$0] } ?? boxes.keys.sorted()
        let entries = chosen.flatMap { boxes[$0].map { Array($0.entries.values) } ?? [] }
        let wanted = entries.filter { entry in
            (!deadOnly || entry.isDead) && after.map { entry.place > $0 } ?? true
        }
        return Array(wanted.sorted { $0.place < $1.place }.prefix(limit))
    }

    /// The last word on one of a sender's numbers.
    func receipt(from sender: AgentID, to recipient: AgentID, _ sequence: MailSequence, durable: LSN) -> MailReceipt? {
        guard let slot = boxes[recipient]?.pairs[sender]?.slot(sequence) else { return nil }
        return receipt(for: slot, to: recipient, sequence, durable: durable)
    }

    private func receipt(
        for slot: MailPair.Slot, to recipient: AgentID, _ sequence: MailSequence, durable: LSN
    ) -> MailReceipt? {
        if let entry = entry(slot.digest, of: recipient) {
            return entry.receipt(durable: durable, at: entry.acceptedAt)
        }
        guard case .closed(let mail) = slot else { return nil }
        return MailReceipt(
            id: mail.id, digest: mail.digest, to: recipient, sequence: sequence, tier: mail.tier, time: mail.time,
            reason: mail.reason)
    }

    // MARK: Deciding

    /// What becomes of a letter whose signatures hold.
    func receive(_ letter: Letter, at time: WallTime, durable: LSN) -> Reception {
        if let entry = entry(letter.digest, of: letter.to) {
            return .known(entry.receipt(durable: durable, at: entry.acceptedAt))
        }
        let box = boxes[letter.to]
        if let pair = box?.pairs[letter.from] {
            switch pair.classify(letter.sequence, letter.digest, window: limits.sequenceWindow) {
            case .fresh: break
            case .known(let slot): return repeated(slot, letter, durable: durable)
            case .reused: return .refused(.sequenceReused(letter.sequence))
            case .passed: return .refused(.sequencePassed(letter.sequence, by: pair))
            case .beyondWindow: return .refused(.windowFull(letter.sequence, pair, limits.sequenceWindow))
            }
        } else if let refusal = firstContact(letter, box) {
            return .refused(refusal)
        }
        return bounds(letter, box, at: time)
    }

    private func repeated(_ slot: MailPair.Slot, _ letter: Letter, durable: LSN) -> Reception {
        if case .closed(let mail) = slot, mail.isRefusal { return .closed(Refusal(repeating: mail.reason)) }
        guard let receipt = receipt(for: slot, to: letter.to, letter.sequence, durable: durable) else {
            return .refused(.sequenceReused(letter.sequence))
        }
        return .known(receipt)
    }

    private func firstContact(_ letter: Letter, _ box: Mailbox?) -> Refusal? {
        if letter.sequence.counter > limits.sequenceWindow {
            return .windowFull(letter.sequence, MailPair(epoch: letter.sequence.epoch), limits.sequenceWindow)
        }
        guard let box, box.pairs.count >= limits.maxSenderCount else { return nil }
        return Refusal(
            .limitExceeded, "the recipient's mailbox has heard from \(limits.maxSenderCount) senders already")
    }

    private func bounds(_ letter: Letter, _ box: Mailbox?, at time: WallTime) -> Reception {
        if letter.expiresAt != .zero, letter.expiresAt <= time {
            return .closes(Refusal(.mailExpired, "its expiresAt has passed; send it anew with a later one"))
        }
        let size = letter.byteCount
        if byteCount + size > limits.maxMailByteCount {
            return .refused(Refusal(.overloaded, "the node's mail is at its bound; send the same envelope again later"))
        }
        guard let box else { return .fresh }
        if box.liveCount >= limits.maxMailboxCount || box.liveByteCount + size > limits.maxMailboxByteCount {
            return .closes(
                Refusal(
                    .mailboxFull,
                    "\(box.liveCount) messages wait there; send it anew, numbered anew, when the recipient has read some"
                ))
        }
        guard box.liveCount(from: letter.from) < limits.maxMailboxCountPerSender else {
            let why =
                "\(limits.maxMailboxCountPerSender) messages of yours wait there; send it anew, numbered anew, later"
            return .closes(Refusal(.mailboxFull, why))
        }
        return .fresh
    }

    /// When a message accepted now dies.
    func effectiveExpiry(of letter: Letter, at time: WallTime) -> WallTime {
        let latest = time + limits.maxMailLifetime
        return letter.expiresAt == .zero ? time + limits.defaultMailLifetime : min(letter.expiresAt, latest)
    }

    // MARK: Applying

    /// Changes mail for good. Live, the record is appended to the journal in the same breath.
    mutating func apply(_ record: MailRecord, at position: LSN, isReplay: Bool = false) {
        switch record {
        case .accepted(let mail): accept(mail, at: position, isReplay: isReplay)
        case .closed(let recipient, let digest, let tier, let time, let reason):
            close(recipient, digest, tier, time, reason)
        case .refused(let recipient, let sender, let sequence, let mail):
            refuse(recipient, sender, sequence, mail)
        case .handed(let recipient):
            boxes[recipient, default: Mailbox(owner: recipient)].handedPosition = position
            dirty.append(.box(recipient))
        case .retried(let recipient, let digest, let expiresAt, let wasRecipientOnline):
            boxes[recipient]?.revive(digest, expiresAt: expiresAt, isRecipientOnline: wasRecipientOnline)
            dirty.append(.entry(recipient, digest))
        case .forgotten(let recipient, let digest):
            changeBytes(of: recipient) { $0.forget(digest) }
            dirty.append(.entry(recipient, digest))
        }
    }

    private mutating func accept(_ mail: AcceptedMail, at position: LSN, isReplay: Bool) {
        var entry = MailEntry(
            digest: mail.digest, id: mail.id, from: mail.from, to: mail.to, sequence: mail.sequence,
            envelope: mail.envelope, acceptedAt: mail.acceptedAt, expiresAt: mail.expiresAt,
            wasRecipientOnline: mail.wasRecipientOnline, mayHaveBeenHanded: mail.mayHaveBeenHanded, position: position)
        entry.isRestored = isReplay
        var ready: [Digest] = []
        changeBytes(of: mail.to) { ready = $0.accept(entry) }
        filled(mail.to, mail.from, ready)
        dirty.append(.entry(mail.to, mail.digest))
    }

    private mutating func refuse(_ recipient: AgentID, _ sender: AgentID, _ sequence: MailSequence, _ mail: RefusedMail)
    {
        let closed = ClosedMail(
            digest: mail.digest, id: mail.id, tier: .deadLetter, time: mail.time, reason: mail.reason, isRefusal: true)
        let ready = boxes[recipient, default: Mailbox(owner: recipient)].tombstone(sender, sequence, closed)
        filled(recipient, sender, ready)
        remember(recipient, sender, sequence)
    }

    /// The cursor may have moved, and what became ready has an order now.
    private mutating func filled(_ recipient: AgentID, _ sender: AgentID, _ ready: [Digest]) {
        dirty.append(.pair(recipient, sender))
        for digest in ready { dirty.append(.entry(recipient, digest)) }
    }

    private mutating func close(
        _ recipient: AgentID, _ digest: Digest, _ tier: MailTier, _ time: WallTime, _ reason: String
    ) {
        guard let entry = entry(digest, of: recipient) else { return }
        let mail = ClosedMail(digest: digest, id: entry.id, tier: tier, time: time, reason: reason, isRefusal: false)
        changeBytes(of: recipient) { box in
            if tier == .acknowledged { box.acknowledge(digest, mail) } else { box.kill(digest, mail) }
        }
        dirty.append(.entry(recipient, digest))
        remember(recipient, entry.from, entry.sequence)
    }

    private mutating func changeBytes(of recipient: AgentID, _ change: (inout Mailbox) -> Void) {
        let before = boxes[recipient]?.byteCount ?? 0
        change(&boxes[recipient, default: Mailbox(owner: recipient)])
        byteCount += (boxes[recipient]?.byteCount ?? 0) - before
    }

    private mutating func remember(_ recipient: AgentID, _ sender: AgentID, _ sequence: MailSequence) {
        dirty.append(.number(recipient, sender, sequence))
        remembered.append(RememberedNumber(recipient: recipient, sender: sender, sequence: sequence))
        if sequence.counter > limits.sequenceWindow {
            forget(
                recipient, sender,
                MailSequence(epoch: sequence.epoch, counter: sequence.counter - limits.sequenceWindow))
        }
        while remembered.count > limits.maxRememberedCount, let oldest = remembered.popFirst() {
            forget(oldest.recipient, oldest.sender, oldest.sequence)
        }
    }

    private mutating func forget(_ recipient: AgentID, _ sender: AgentID, _ sequence: MailSequence) {
        guard let pair = boxes[recipient]?.pairs[sender], pair.hasPassed(sequence) else { return }
        guard case .closed? = pair.slot(sequence) else { return }
        boxes[recipient]?.forgetNumber(sender, sequence)
        dirty.append(.number(recipient, sender, sequence))
    }

    // MARK: Hands

    mutating func takeNext(of recipient: AgentID, for session: SessionID, room: Int) -> MailEntry? {
        boxes[recipient]?.takeNext(for: session, room: room)
    }

    mutating func returned(
        _ digest: Digest, of recipient: AgentID, to session: SessionID, _ ending: Mailbox.CallEnding
    ) -> MailEntry? {
        boxes[recipient]?.returned(digest, to: session, ending)
    }

    mutating func sessionLost(_ session: SessionID, of recipient: AgentID) { boxes[recipient]?.sessionLost(session) }

    func isRedelivery(_ entry: MailEntry) -> Bool { boxes[entry.to]?.isRedelivery(entry) ?? true }

    // MARK: Time

    mutating func expired(at time: WallTime) -> [MailEntry] {
        boxes.keys.sorted().flatMap { boxes[$0]?.expired(at: time) ?? [] }
    }

    var earliestExpiry: WallTime? { boxes.values.compactMap(\.earliestExpiry).min() }

    // MARK: The store

    /// What changed since the last call, as writes to the store.
    mutating func takeChanges(network: NetworkID) -> [BatchOperation] {
        defer { dirty.removeAll(keepingCapacity: true) }
        return dirty.map { MailImage.operation(for: $0, in: self, network: network) }
    }

    mutating func restore(_ image: MailImage) {
        for (recipient, position) in image.boxes {
            boxes[recipient, default: Mailbox(owner: recipient)].handedPosition = position
        }
        for item in image.pairs {
            boxes[item.recipient, default: Mailbox(owner: item.recipient)]
                .restore(MailPair(epoch: item.epoch, cursor: item.cursor), of: item.sender)
        }
        for item in image.closed.sorted(by: { ($0.mail.time, $0.sequence) < ($1.mail.time, $1.sequence) }) {
            boxes[item.recipient]?.restoreSlot(item.sender, item.sequence, .closed(item.mail))
            remembered.append(RememberedNumber(recipient: item.recipient, sender: item.sender, sequence: item.sequence))
        }
        for entry in image.entries.sorted(by: { ($0.order, $0.digest) < ($1.order, $1.digest) }) { restore(entry) }
        for recipient in boxes.keys.sorted() { boxes[recipient]?.finishRestoring() }
    }

    private mutating func restore(_ entry: MailEntry) {
        changeBytes(of: entry.to) { $0.restore(entry) }
        guard !entry.isDead else { return }
        boxes[entry.to]?.restoreSlot(entry.from, entry.sequence, .active(entry.digest))
    }
}
