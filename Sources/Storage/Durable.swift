/// Evidence, which only a journal can mint, that every record up to `lsn` has been synced.
public struct Synced: Hashable, Sendable {
    public let lsn: LSN

    init(_ lsn: LSN) { self.lsn = lsn }

    /// Turns a message that promises what the record at `lsn` says into one that may be sent.
    /// - Returns: nil where that record has not been synced.
    public func seal<Message>(_ message: Message, at lsn: LSN) -> Durable<Message>? {
        lsn <= self.lsn ? Durable(message: message, lsn: lsn) : nil
    }
}

/// A message whose record is on disk, so that it may leave. A function that sends promises takes this type, and nobody
/// can call it too early.
public struct Durable<Message>: ~Copyable {
    public let message: Message
    /// The record that stands behind the message.
    public let lsn: LSN
}

extension Durable: Sendable where Message: Sendable {}
