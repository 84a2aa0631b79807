public import Primitives

/// Bounds of everything that a peer can grow, and the periods of the node's own habits. Local settings: two nodes of
/// one network may differ.
public struct NodeLimits: Sendable, Hashable {
    /// Live sessions and registrations under way, over all networks.
    public var maxAgentCount = 1_000
    /// Leaves of one commit batch.
    public var maxBatchLeafCount = 1_024
    /// Bytes of one leaf's body.
    public var maxTransactionByteCount = 256 << 10
    /// Bytes of the batches that one agent has under way in one network, verification included.
    public var maxPendingByteCountPerAgent = 4 << 20
    /// Batches that one agent has under way in one network.
    public var maxPendingBatchCountPerAgent = 64
    /// Bytes that wait in one network's mempool, verification included.
    public var maxMempoolByteCount = 64 << 20

    /// Bytes of one envelope's body.
    public var maxMessageByteCount = 1 << 20
    /// Messages that one agent's mailbox holds, dead letters apart.
    public var maxMailboxCount = 10_000
    /// Of those, from one sender: nobody fills another's mailbox alone.
    public var maxMailboxCountPerSender = 5_000
    /// Bytes of one mailbox, and as many again of its dead letters.
    public var maxMailboxByteCount = 64 << 20
    /// Dead letters that one mailbox keeps; the oldest makes room, with an event.
    public var maxDeadLetterCount = 1_000
    /// Senders that one mailbox keeps a cursor for.
    public var maxSenderCount = 4_096
    /// How far a sequence number may run ahead of the cursor, and how many closed ones are remembered behind it.
    public var sequenceWindow: UInt64 = 1_024
    /// Closed numbers that one network remembers in all.
    public var maxRememberedCount = 65_536
    /// Bytes of all mail of one network.
    public var maxMailByteCount = 512 << 20
    public var defaultMailLifetime = Interval.seconds(7 * 24 * 3600)
    public var maxMailLifetime = Interval.seconds(30 * 24 * 3600)
    /// Calls to one session's inbox that have not returned.
    public var deliveryWindow = 64
    /// Bytes of those calls; a single message may have more.
    public var deliveryWindowByteCount = 8 << 20
    /// Receipts that wait for one session; the oldest makes room, and `mailStatus` still answers.
    public var maxWaitingReceiptCount = 4_096
    /// Whether every envelope needs its ML-DSA half too.
    public var requiresMLDSA = false
    /// How long mail may stay unwritten in the store.
    public var checkpointInterval = Interval.seconds(1)

    /// How many records become superfluous before the shell is asked to trim the journal.
    public var trimRecordCount: UInt64 = 16_384
    /// How many bytes of records are journaled, with some of them superfluous, before it is asked all the same.
    public var trimByteCount = 64 << 20
    /// Bytes on their way to disk above which new work is refused; well below what the journal takes.
    public var maxUnsyncedByteCount = 32 << 20

    public var maxSubscriptionCountPerSession = 16
    /// Events that wait for one observer.
    public var observerQueueCount = 256
    /// Bytes of those events.
    public var observerQueueByteCount = 4 << 20
    /// Events that one observer has not returned yet.
    public var observerWindow = 8
    public var maxListCount = 1_000
    /// Bytes of one page of a list; it has at least one element all the same.
    public var maxPageByteCount = 4 << 20
    /// Reads of one requester that the state thread has not answered.
    public var maxQueryCount = 64
    public var maxKeyByteCount = 1_024
    public var maxStatusTextByteCount = 1_024

    public init() {}
}
