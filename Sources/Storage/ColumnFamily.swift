/// One ordered key space of a store. The set is closed: a store opens all of them, and a batch may touch several at once.
public struct ColumnFamily: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    /// The place in `all`: what stores index by.
    public let index: Int

    private init(_ name: String, _ index: Int) {
        self.name = name
        self.index = index
    }

    /// Nodes of the state tree, append-only: version (8, big-endian) ‖ nibble count ‖ nibbles.
    public static let nodes = ColumnFamily("nodes", 0)
    /// What a version replaced: version (8, big-endian) ‖ part (4, big-endian) → a list of node keys and of key hashes of values.
    public static let stale = ColumnFamily("stale", 1)
    /// Every version of every value: key hash ‖ ~version (8, big-endian).
    public static let values = ColumnFamily("values", 2)
    /// The newest value of a key: key → version ‖ value.
    public static let latest = ColumnFamily("latest", 3)
    /// Key hash → key.
    public static let preimage = ColumnFamily("preimage", 4)
    /// Height (8, big-endian) → block.
    public static let blocks = ColumnFamily("blocks", 5)
    /// Height (8, big-endian) → what makes the block final.
    public static let certificates = ColumnFamily("certificates", 6)
    /// Nodes of the history log (RFC 9162).
    public static let history = ColumnFamily("history", 7)
    /// Receipts of applied transactions.
    public static let receipts = ColumnFamily("receipts", 8)
    /// A few facts about the store itself: what was applied, the format's version.
    public static let meta = ColumnFamily("meta", 9)
    /// Mailboxes of local agents.
    public static let mail = ColumnFamily("mail", 10)
    /// How far the messages of a pair of agents have been taken.
    public static let cursors = ColumnFamily("cursors", 11)
    /// What an agent's handlers did, in the same batch as the cursor.
    public static let effects = ColumnFamily("effects", 12)

    public static let all: [ColumnFamily] = [
        nodes, stale, values, latest, preimage, blocks, certificates, history, receipts, meta, mail,
        cursors, effects,
    ]

    public static func == (a: ColumnFamily, b: ColumnFamily) -> Bool { a.index == b.index }
    public func hash(into hasher: inout Hasher) { hasher.combine(index) }
    public var description: String { name }
}
