import DequeModule
import Primitives

/// An observer of state changes, who may be slow: what exceeds its queue is counted, not kept.
struct Subscription: Sendable {
    /// Every block, also one without changes, and once more when it is final.
    static let blocks = "blocks"
    static let topics: Set<String> = ["agents", "commits", "tasks", "facts", "balances", blocks]

    let id: SubscriptionID
    let session: SessionID
    let topics: Set<String>
    private var queue: Deque<StateEvent> = []
    private var queuedByteCount = 0
    private var missed: UInt64 = 0
    private var unansweredCount = 0

    init(id: SubscriptionID, session: SessionID, topics: Set<String>) {
        self.id = id
        self.session = session
        self.topics = topics
    }

    /// What of a block this observer asked for; nil: nothing.
    func select(_ event: StateEvent) -> StateEvent? {
        var selected = event
        selected.changes = event.changes.filter { topics.contains($0.topic) }
        return selected.changes.isEmpty && !topics.contains(Self.blocks) ? nil : selected
    }

    /// - Parameter maxCount: an observer with nothing queued gets an event of any size.
    mutating func offer(_ event: StateEvent, maxCount: Int, maxByteCount: Int) {
        let size = event.byteCount
        guard queue.isEmpty || (queue.count < maxCount && queuedByteCount + size <= maxByteCount) else {
            missed += 1
            return
        }
        queuedByteCount += size
        var event = event
        event.missed = missed
        missed = 0
        queue.append(event)
    }

    /// The next event to send; nil: none waits, or the observer has enough in hand.
    mutating func next(window: Int) -> StateEvent? {
        guard unansweredCount < window, let event = queue.popFirst() else { return nil }
        unansweredCount += 1
        queuedByteCount -= event.byteCount
        return event
    }

    mutating func answered() { unansweredCount = max(0, unansweredCount - 1) }
}

extension StateEvent {
    fileprivate var byteCount: Int { changes.reduce(128) { $0 + $1.key.utf8.count + $1.value.count + 64 } }
}
