public import Certificates
public import Primitives
public import Storage

/// Everything that reaches the core: requests of sessions, and completions of effects. What is not listed as the
/// completion of an effect may arrive at any time, also for things that are gone; the core then ignores it.
public enum Input: Sendable {
    /// First and once: what storage holds. Every request before it is refused with `starting`.
    case restored(Restored)

    case request(RequestID, from: Requester, Request)
    /// Nobody waits for this reply any more. What the request set in motion goes on.
    case abandoned(RequestID)
    /// Ends the connection's sessions, challenge and subscriptions.
    case disconnected(ConnectionID)

    /// Completes `Effect.deliver`. False where the call failed while the connection may live on; the message is
    /// retried.
    case delivered(SessionID, NetworkID, digest: Digest, succeeded: Bool)
    /// Completes `Effect.pushReceipts`, however the call ended.
    case receiptsPushed(SessionID)
    /// Completes `Effect.notify`; false ends the subscription.
    case notified(SubscriptionID, succeeded: Bool)

    /// Completes `Effect.verify`.
    case verified(EffectToken, isValid: Bool)
    /// Completes `Effect.execute`.
    case executed(NetworkID, Height, ExecutionResult)
    /// Every record up to and including this one is on disk.
    case journaled(upTo: LSN)
    /// Completes `Effect.sign`.
    case signed(NetworkID, Height, FinalitySignature)
    /// Completes `Effect.apply`; with the earliest header time at which something expires now.
    case applied(NetworkID, Height, nextDue: WallTime?)
    /// Completes `Effect.storeMail`.
    case mailStored(position: LSN)
    /// Completes `Effect.query`.
    case queried(EffectToken, QueryResult)

    case timer(TimerID)
    /// SIGTERM: new work is refused with `draining`; what is under way is finished.
    case drain
}

/// The core's timers; setting one replaces its earlier deadline.
public enum TimerID: Hashable, Sendable {
    /// A network's engine: heartbeat or expiry.
    case engine(NetworkID)
    /// The earliest expiry of a message.
    case mail(NetworkID)
    /// Mail is written behind to the store.
    case checkpoint
}

/// What the state thread is asked.
public enum StateQuery: Sendable, Hashable {
    case value(key: [UInt8], prove: Bool)
    /// Commit receipts of one agent; unknown nonces get state `unknown`.
    case commits(AgentID, nonces: [UInt64])
    case tasks(state: String, after: String, limit: Int)
    case task(id: String)
    case keys(prefix: [UInt8], after: [UInt8], limit: Int)
}

/// The state thread's answers, in the shape of the questions.
public enum QueryResult: Sendable, Hashable {
    case value(StateValue)
    /// Included commits; the core knows better which of them are final.
    case commits([CommitReceipt])
    case tasks([TaskListing])
    case task(TaskListing?)
    case keys([[UInt8]])
    /// The store refused; the message goes to the asker as `readFailed`.
    case failed(String)
    /// No final block carries a signature yet.
    case noProofYet
}
