import Primitives

/// What a mailbox knows of one sender: how far its numbers have come, without gaps.
///
///     1 … cursor         queued, delivered or closed; the newest are remembered with their digests
///     cursor+1 … +window held until the gap before them fills
///     beyond             refused with `windowFull`
///
/// A number that was refused for good, has expired or was rejected is *closed*: it fills its place and the cursor
/// passes it.
struct MailPair: Sendable {
    /// What a number stands for.
    enum Slot: Sendable, Hashable {
        /// Its message is in the mailbox.
        case active(Digest)
        /// It is over; `tier` says how, and a code where the node refused it.
        case closed(ClosedMail)

        var digest: Digest {
            switch self {
            case .active(let digest): digest
            case .closed(let mail): mail.digest
            }
        }
    }

    /// How an arriving number relates to what is known.
    enum Arrival: Hashable {
        case fresh
        /// The same envelope again.
        case known(Slot)
        /// The number stands for another envelope.
        case reused
        /// Behind the cursor and no longer remembered.
        case passed
        case beyondWindow
    }

    private(set) var epoch: HomeEpoch
    private(set) var cursor: UInt64
    private var slots: [MailSequence: Slot] = [:]

    init(epoch: HomeEpoch, cursor: UInt64 = 0) {
        self.epoch = epoch
        self.cursor = cursor
    }

    func slot(_ sequence: MailSequence) -> Slot? { slots[sequence] }

    func classify(_ sequence: MailSequence, _ digest: Digest, window: UInt64) -> Arrival {
        if let slot = slots[sequence] { return slot.digest == digest ? .known(slot) : .reused }
        if sequence.epoch < epoch { return .passed }
        let base = sequence.epoch == epoch ? cursor : 0
        if sequence.counter <= base { return .passed }
        return sequence.counter - base > window ? .beyondWindow : .fresh
    }

    /// Fills a fresh number.
    /// - Returns: the messages that are ready now, in order.
    mutating func fill(_ sequence: MailSequence, _ slot: Slot) -> [Digest] {
        var ready: [Digest] = []
        if sequence.epoch > epoch { ready = close(into: sequence.epoch) }
        slots[sequence] = slot
        advance(&ready)
        return ready
    }

    /// Puts a slot where it was before a restart, without moving the cursor.
    mutating func restore(_ sequence: MailSequence, _ slot: Slot) { slots[sequence] = slot }

    /// The message of this number is over.
    mutating func close(_ sequence: MailSequence, _ mail: ClosedMail) { slots[sequence] = .closed(mail) }

    /// The number is no longer remembered; only sensible at or behind the cursor.
    mutating func forget(_ sequence: MailSequence) { slots[sequence] = nil }

    /// Whether the cursor has passed this number.
    func hasPassed(_ sequence: MailSequence) -> Bool {
        sequence.epoch < epoch || (sequence.epoch == epoch && sequence.counter <= cursor)
    }

    /// A newer home epoch ends the older one: what it still held follows in order, gaps and all.
    private mutating func close(into next: HomeEpoch) -> [Digest] {
        let held = slots.keys.filter { $0.epoch == epoch && $0.counter > cursor }.sorted()
        epoch = next
        cursor = 0
        return held.compactMap { sequence in
            guard case .active(let digest)? = slots[sequence] else { return nil }
            return digest
        }
    }

    private mutating func advance(_ ready: inout [Digest]) {
        while let slot = slots[MailSequence(epoch: epoch, counter: cursor + 1)] {
            cursor += 1
            if case .active(let digest) = slot { ready.append(digest) }
        }
    }
}

/// What is remembered of a message that is over.
struct ClosedMail: Sendable, Hashable {
    var digest: Digest
    var id: String
    /// `acknowledged`, `expired` or `deadLetter`.
    var tier: MailTier
    var time: WallTime
    /// Why it was refused or died: `code: message`.
    var reason: String
    /// Whether the node refused it at the door: a repetition is refused in the same words.
    var isRefusal: Bool
}
