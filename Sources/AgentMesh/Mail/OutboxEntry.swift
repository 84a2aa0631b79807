import MeshSchema
import Primitives

/// A message that was numbered and is not yet known to be on the node's disk.
struct OutboxEntry: Sendable, Hashable {
    /// The order of sending, over all recipients.
    let order: UInt64
    /// The message's id; whoever sends again with the same id means this message.
    let id: String
    let recipient: AgentID
    let number: MailNumber
    /// SHA-256 of `body`.
    let digest: Digest
    /// The stream-framed AgentMessage that is signed.
    let body: [UInt8]
    /// A node or policy asked for the ML-DSA half too.
    var needsPostQuantum: Bool
    /// Its id was chosen by the caller, so its fate is remembered.
    let isNamed: Bool

    /// `u8 version ‖ text id ‖ AgentID ‖ u64 epoch ‖ u64 counter ‖ digest ‖ bool postQuantum ‖ bool named ‖ bytes body`.
    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: body.count + 160)
        writer.write(UInt8(1))
        writer.write(id)
        writer.write(recipient.digest)
        writer.write(number.epoch.value)
        writer.write(number.counter)
        writer.write(digest)
        writer.write(needsPostQuantum)
        writer.write(isNamed)
        writer.writeBytes(body)
        return writer.bytes
    }

    init(
        order: UInt64, id: String, recipient: AgentID, number: MailNumber, digest: Digest, body: [UInt8],
        needsPostQuantum: Bool, isNamed: Bool
    ) {
        self.order = order
        self.id = id
        self.recipient = recipient
        self.number = number
        self.digest = digest
        self.body = body
        self.needsPostQuantum = needsPostQuantum
        self.isNamed = isNamed
    }

    init(order: UInt64, bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard version == 1 else { throw .unknownVersion(Int(version)) }
        self.order = order
        id = try reader.readString(limit: 256)
        recipient = AgentID(try reader.readDigest())
        number = MailNumber(epoch: HomeEpoch(try reader.read()), counter: try reader.read())
        digest = try reader.readDigest()
        needsPostQuantum = try reader.readBool()
        isNamed = try reader.readBool()
        body = try reader.readBytes()
        try reader.finish()
    }
}

/// How far a message has come; the order of the cases is that of their coming. Raw values are those of zap.capnp.
public enum MailTier: UInt16, Hashable, Sendable, CaseIterable {
    /// Checked, in the node's memory.
    case accepted = 0
    /// On the node's disk.
    case stored = 1
    /// Handed to the recipient.
    case delivered = 2
    /// The effect of the recipient's handler is on its disk.
    case acknowledged = 3
    /// Its time ran out; it is a dead letter now.
    case expired = 4
    /// The recipient, or the node in its place, refused it; it is a dead letter.
    case deadLetter = 5

    /// Nothing follows.
    public var isLast: Bool { self == .acknowledged || hasFailed }
    public var hasFailed: Bool { self == .expired || self == .deadLetter }
    /// Neither a crash of the sender nor of the node loses it any more, so the sender need not keep it.
    var isSafe: Bool { self == .stored || isLast }
    /// Whether somebody who waits for `other` need wait no longer.
    func reaches(_ other: MailTier) -> Bool { isLast || rawValue >= other.rawValue }

    /// `dead_letter` and the like, as JSON has them.
    public var word: String { self == .deadLetter ? "dead_letter" : "\(self)" }
}
