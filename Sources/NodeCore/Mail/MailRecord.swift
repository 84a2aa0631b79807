public import MeshSchema
public import Primitives

/// What changes mail for good. The running node and its restart apply the same records, so both arrive at the same
/// mailboxes.
public enum MailRecord: Sendable, Hashable {
    case accepted(AcceptedMail)
    /// Acknowledged, or dead by expiry or refusal.
    case closed(recipient: AgentID, digest: Digest, tier: MailTier, time: WallTime, reason: String)
    /// The node refused it at the door, and its number is filled so that the cursor passes.
    case refused(recipient: AgentID, sender: AgentID, MailSequence, RefusedMail)
    /// A session of the recipient begins: everything that waits may be handed over.
    case handed(recipient: AgentID)
    /// The owner gave a dead letter another life.
    case retried(recipient: AgentID, digest: Digest, expiresAt: WallTime, wasRecipientOnline: Bool)
    /// A dead letter made room for a newer one.
    case forgotten(recipient: AgentID, digest: Digest)
}

/// A message as the node took it in.
public struct AcceptedMail: Sendable, Hashable {
    public var id: String
    public var digest: Digest
    public var from: AgentID
    /// Resolved: also where the body names a destination.
    public var to: AgentID
    public var sequence: MailSequence
    public var acceptedAt: WallTime
    /// Effective: never zero.
    public var expiresAt: WallTime
    public var wasRecipientOnline: Bool
    /// Sent again from a newer session: an earlier run of the node may have delivered it and lost it before it was on disk.
    public var mayHaveBeenHanded: Bool
    public var envelope: SignedEnvelope.Value
}

/// A number that stands for a refusal.
public struct RefusedMail: Sendable, Hashable {
    public var id: String
    public var digest: Digest
    public var time: WallTime
    /// `code: message`.
    public var reason: String
}
