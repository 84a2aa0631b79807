import MeshSchema
import Primitives
public import Storage

/// What of a mailbox a key of the store holds.
enum MailKey: Hashable, Sendable {
    case box(AgentID)
    case pair(AgentID, AgentID)
    case number(AgentID, AgentID, MailSequence)
    case entry(AgentID, Digest)
}

/// The mailboxes of one network as the store's family `mail` holds them, written behind.
///
///     NetworkID ‖ 'b' ‖ recipient                              u64 handed position
///     NetworkID ‖ 'p' ‖ recipient ‖ sender                     u64 epoch ‖ u64 cursor
///     NetworkID ‖ 'n' ‖ recipient ‖ sender ‖ epoch ‖ counter   a closed number; integers big-endian
///     NetworkID ‖ 'e' ‖ recipient ‖ digest                     a message
struct MailImage: Sendable {
    struct Pair: Sendable {
        let recipient: AgentID
        let sender: AgentID
        let epoch: HomeEpoch
        let cursor: UInt64
    }
    struct Closed: Sendable {
        let recipient: AgentID
        let sender: AgentID
        let sequence: MailSequence
        let mail: ClosedMail
    }

    private(set) var boxes: [(AgentID, LSN)] = []
    private(set) var pairs: [Pair] = []
    private(set) var closed: [Closed] = []
    private(set) var entries: [MailEntry] = []

    init() {}

    // MARK: Writing

    static func operation(for key: MailKey, in office: PostOffice, network: NetworkID) -> BatchOperation {
        let bytes = encode(key, network)
        guard let value = value(for: key, in: office) else { return .delete(.mail, key: bytes) }
        return .put(.mail, key: bytes, value: value)
    }

    private static func encode(_ key: MailKey, _ network: NetworkID) -> [UInt8] {
        var bytes = network.bytes
        switch key {
        case .box(let recipient): bytes += [UInt8(ascii: "b")] + recipient.bytes
        case .pair(let recipient, let sender): bytes += [UInt8(ascii: "p")] + recipient.bytes + sender.bytes
        case .number(let recipient, let sender, let sequence):
            bytes += [UInt8(ascii: "n")] + recipient.bytes + sender.bytes
            for word in [sequence.epoch.value, sequence.counter] {
                for shift in stride(from: UInt64(56), through: 0, by: -8) {
                    bytes.append(UInt8(truncatingIfNeeded: word >> shift))
                }
            }
        case .entry(let recipient, let digest): bytes += [UInt8(ascii: "e")] + recipient.bytes + digest.bytes
        }
        return bytes
    }

    private static func value(for key: MailKey, in office: PostOffice) -> [UInt8]? {
        var writer = ByteWriter()
        switch key {
        case .box(let recipient):
            guard let box = office.boxes[recipient] else { return nil }
            writer.write(box.handedPosition.value)
        case .pair(let recipient, let sender):
            guard let pair = office.boxes[recipient]?.pairs[sender] else { return nil }
            writer.write(pair.epoch.value)
            writer.write(pair.cursor)
        case .number(let recipient, let sender, let sequence):
            guard case .closed(let mail)? = office.boxes[recipient]?.pairs[sender]?.slot(sequence) else { return nil }
            writer.write(mail)
        case .entry(let recipient, let digest):
            guard let entry = office.entry(digest, of: recipient) else { return nil }
            writer.write(entry, handed: office.isRedelivery(entry))
        }
        return writer.bytes
    }

    // MARK: Reading

    /// Takes one pair of the family, without the network in front of its key.
    mutating func load(key: ArraySlice<UInt8>, value: [UInt8]) throws(DecodingFailure) {
        var name = ByteReader(key)
        var content = ByteReader(value)
        switch try name.read(UInt8.self) {
        case UInt8(ascii: "b"):
            boxes.append((AgentID(try name.readDigest()), LSN(try content.read())))
        case UInt8(ascii: "p"):
            let recipient = AgentID(try name.readDigest())
            pairs.append(
                Pair(
                    recipient: recipient, sender: AgentID(try name.readDigest()),
                    epoch: HomeEpoch(try content.read()), cursor: try content.read()))
        case UInt8(ascii: "n"):
            let recipient = AgentID(try name.readDigest())
            let sender = AgentID(try name.readDigest())
            let epoch: UInt64 = try name.read()
            let counter: UInt64 = try name.read()
            closed.append(
                Closed(
                    recipient: recipient, sender: sender,
                    sequence: MailSequence(epoch: HomeEpoch(epoch.byteSwapped), counter: counter.byteSwapped),
                    mail: try content.readClosedMail()))
        case UInt8(ascii: "e"):
            _ = try name.readRaw(2 * Digest.byteCount)
            entries.append(try content.readMailEntry())
        default: throw .malformed("mail key", offset: 0)
        }
        try name.finish()
        try content.finish()
    }
}

extension ByteWriter {
    mutating func write(_ mail: ClosedMail) {
        write(mail.digest)
        write(mail.id)
        write(mail.tier.rawValue)
        write(mail.time.milliseconds)
        write(mail.reason)
        write(mail.isRefusal)
    }

    fileprivate mutating func write(_ entry: MailEntry, handed: Bool) {
        write(
            AcceptedMail(
                id: entry.id, digest: entry.digest, from: entry.from, to: entry.to, sequence: entry.sequence,
                acceptedAt: entry.acceptedAt, expiresAt: entry.expiresAt,
                wasRecipientOnline: entry.wasRecipientOnline,
                mayHaveBeenHanded: entry.mayHaveBeenHanded || handed || entry.attempts > 0, envelope: entry.envelope))
        write(entry.position.value)
        write(entry.order)
        if case .dead(let tier, let reason) = entry.state {
            write(true)
            write(tier.rawValue)
            write(reason)
        } else {
            write(false)
        }
    }
}

extension ByteReader {
    mutating func readClosedMail() throws(DecodingFailure) -> ClosedMail {
        ClosedMail(
            digest: try readDigest(), id: try readString(), tier: try readMailTier(),
            time: WallTime(milliseconds: try readInt64()), reason: try readString(), isRefusal: try readBool())
    }

    mutating func readMailTier() throws(DecodingFailure) -> MailTier {
        let start = offset
        guard let tier = MailTier(rawValue: try read(UInt16.self)) else { throw .malformed("mail tier", offset: start) }
        return tier
    }

    fileprivate mutating func readMailEntry() throws(DecodingFailure) -> MailEntry {
        let mail = try readAcceptedMail()
        var entry = MailEntry(
            digest: mail.digest, id: mail.id, from: mail.from, to: mail.to, sequence: mail.sequence,
            envelope: mail.envelope, acceptedAt: mail.acceptedAt, expiresAt: mail.expiresAt,
            wasRecipientOnline: mail.wasRecipientOnline, mayHaveBeenHanded: mail.mayHaveBeenHanded,
            position: LSN(try read()))
        entry.order = try read()
        entry.isRestored = true
        if try readBool() {
            entry.state = .dead(try readMailTier(), reason: try readString())
        } else {
            entry.state = entry.order == 0 ? .held : .queued
        }
        return entry
    }
}

/// Where in the journal the family `mail` stands: the meta key `mail/position`.
public enum MailPosition {
    static let key = Array("mail/position".utf8)

    static func operation(_ position: LSN) -> BatchOperation {
        var writer = ByteWriter(capacity: 8)
        writer.write(position.value)
        return .put(.meta, key: key, value: writer.bytes)
    }

    /// Zero for a store that never held mail.
    public static func read(from store: some KeyValueReader) throws(StorageFailure) -> LSN {
        guard let bytes = try store.get(key, in: .meta) else { return .zero }
        return LSN(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
}
