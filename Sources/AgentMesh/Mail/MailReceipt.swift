public import Primitives

/// How far a message has come.
public struct MailReceipt: Hashable, Sendable {
    /// The message's id.
    public var id: String
    /// SHA-256 of the envelope's body: the message's name in mailboxes.
    public var digest: Digest
    public var to: AgentID
    public var number: MailNumber
    public var tier: MailTier
    public var time: WallTime
    /// Why it died; empty while it lives.
    public var reason: String

    public init(
        id: String, digest: Digest, to: AgentID, number: MailNumber, tier: MailTier, time: WallTime, reason: String = ""
    ) {
        self.id = id
        self.digest = digest
        self.to = to
        self.number = number
        self.tier = tier
        self.time = time
        self.reason = reason
    }

    /// `u8 version ‖ text id ‖ digest ‖ AgentID ‖ u64 epoch ‖ u64 counter ‖ u16 tier ‖ i64 time ‖ text reason`.
    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 160)
        writer.write(UInt8(1))
        writer.write(id)
        writer.write(digest)
        writer.write(to.digest)
        writer.write(number.epoch.value)
        writer.write(number.counter)
        writer.write(tier.rawValue)
        writer.write(time.milliseconds)
        writer.write(reason)
        return writer.bytes
    }

    init(bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard version == 1 else { throw .unknownVersion(Int(version)) }
        id = try reader.readString(limit: 256)
        digest = try reader.readDigest()
        to = AgentID(try reader.readDigest())
        number = MailNumber(epoch: HomeEpoch(try reader.read()), counter: try reader.read())
        let tierOffset = reader.offset
        guard let tier = MailTier(rawValue: try reader.read()) else { throw .malformed("tier", offset: tierOffset) }
        self.tier = tier
        time = WallTime(milliseconds: try reader.readInt64())
        reason = try reader.readString(limit: 4_096)
        try reader.finish()
    }
}
