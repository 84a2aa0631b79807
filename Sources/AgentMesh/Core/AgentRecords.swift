import FileStore
import Primitives
import Storage

/// What an agent keeps in its store, and under which keys. Handlers' own keys are in `effects`, apart from these.
///
///     meta     "epoch/" ‖ NetworkID                       u64: the highest home epoch that was ever signed
///     mail     "out/" ‖ NetworkID ‖ u64 order (big-endian)   an OutboxEntry
///              "sent/" ‖ NetworkID ‖ u64 order               a MailReceipt: how a message with an id of the caller's ended
///     cursors  NetworkID ‖ AgentID of the sender          a MailCursor
struct AgentRecords: Sendable {
    let store: AgentStore
    let network: NetworkID

    struct Image {
        var outbox: [OutboxEntry] = []
        var settled: [(order: UInt64, receipt: MailReceipt)] = []
        var cursors: [AgentID: MailCursor] = [:]
    }

    private static let out = Array("out/".utf8)
    private static let sent = Array("sent/".utf8)
    private static let epoch = Array("epoch/".utf8)

    // MARK: Reading

    func load() throws(AgentError) -> Image {
        var image = Image()
        var damage: String?
        func reading(_ key: [UInt8], _ body: () throws(DecodingFailure) -> Void) -> Bool {
            do throws(DecodingFailure) { try body() } catch { damage = "\(Hex.encode(key)): \(error)" }
            return damage == nil
        }
        try wrapping { () throws(StorageFailure) in
            try store.scan(.mail, prefix: Self.out + network.bytes) { key, value in
                reading(key) { () throws(DecodingFailure) in
                    image.outbox.append(try OutboxEntry(order: Self.order(key), bytes: value))
                }
            }
            try store.scan(.mail, prefix: Self.sent + network.bytes) { key, value in
                reading(key) { () throws(DecodingFailure) in
                    image.settled.append((Self.order(key), try MailReceipt(bytes: value)))
                }
            }
            try store.scan(.cursors, prefix: network.bytes) { key, value in
                reading(key) { () throws(DecodingFailure) in
                    guard let sender = Digest(key.suffix(Digest.byteCount)) else { return }
                    image.cursors[AgentID(sender)] = try MailCursor(bytes: value)
                }
            }
        }
        if let damage {
            throw AgentError(
                .storage, "the agent's store is damaged at \(damage)", remedy: "restore it from a copy, or move it away"
            )
        }
        return image
    }

    /// The home epoch to sign next: at least `wanted`, and higher than any before. Durable on return; blocks.
    func takeEpoch(_ wanted: HomeEpoch) throws(AgentError) -> HomeEpoch {
        let key = Self.epoch + network.bytes
        return try wrapping { () throws(StorageFailure) in
            let before = try store.get(key, in: .meta).map { Self.number($0) } ?? 0
            let epoch = max(wanted.value, before + 1)
            var batch = Batch()
            batch.put(key, Self.bigEndian(epoch), in: .meta)
            try store.write(batch, sync: true)
            return HomeEpoch(epoch)
        }
    }

    // MARK: Writing

    func put(_ entry: OutboxEntry, in batch: inout Batch) {
        batch.put(Self.out + network.bytes + Self.bigEndian(entry.order), entry.bytes, in: .mail)
    }

    /// The node has it, or will never: remembered only where the caller chose its id.
    func settle(_ entry: OutboxEntry, _ receipt: MailReceipt, in batch: inout Batch) {
        let tail = network.bytes + Self.bigEndian(entry.order)
        batch.delete(Self.out + tail, in: .mail)
        if entry.isNamed { batch.put(Self.sent + tail, receipt.bytes, in: .mail) }
    }

    func forgetSettled(_ order: UInt64, in batch: inout Batch) {
        batch.delete(Self.sent + network.bytes + Self.bigEndian(order), in: .mail)
    }

    func put(_ cursor: MailCursor, of sender: AgentID, in batch: inout Batch) {
        batch.put(network.bytes + sender.bytes, cursor.bytes, in: .cursors)
    }

    // MARK: Parts

    private static func order(_ key: [UInt8]) -> UInt64 { number(Array(key.suffix(8))) }
    private static func number(_ bytes: [UInt8]) -> UInt64 { bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) } }
    private static func bigEndian(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    private func wrapping<Value>(_ body: () throws(StorageFailure) -> Value) throws(AgentError) -> Value {
        do throws(StorageFailure) { return try body() } catch { throw AgentError(error) }
    }
}

extension AgentError {
    init(_ failure: StorageFailure) {
        self.init(
            .storage, "the agent's store fails: \(failure)",
            remedy: "look after its disk; the agent must not go on without it")
    }
}
