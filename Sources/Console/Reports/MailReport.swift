public import Primitives

/// `hanzod mail ls` and `mail show`.
public struct MailReport: Report {
    public static let kind = "mail"

    public struct Item: Encodable, Sendable {
        /// SHA-256 of the envelope's body: what `mail show` and `mail retry` take.
        public var digest: String
        public var id: String
        public var from: String
        public var to: String
        public var homeEpoch: UInt64
        public var counter: UInt64
        /// `accepted`, `stored`, `delivered`, `acknowledged`, `expired` or `dead_letter`.
        public var tier: String
        public var byteCount: UInt32
        public var acceptedAt: String?
        public var expiresAt: String?
        public var attempts: UInt32
        public var reason: String?

        public init(
            digest: Digest, id: String, from: AgentID?, to: AgentID?, homeEpoch: HomeEpoch, counter: UInt64,
            tier: String,
            byteCount: UInt32, acceptedAt: WallTime, expiresAt: WallTime, attempts: UInt32, reason: String
        ) {
            self.digest = digest.hex
            self.id = id
            self.from = from?.description ?? ""
            self.to = to?.description ?? ""
            self.homeEpoch = homeEpoch.value
            self.counter = counter
            self.tier = tier
            self.byteCount = byteCount
            self.acceptedAt = acceptedAt.rfc3339OrNil
            self.expiresAt = expiresAt.rfc3339OrNil
            self.attempts = attempts
            self.reason = reason.isEmpty ? nil : reason
        }
    }

    public var network: String
    public var mail: [Item]

    public init(network: String, mail: [Item]) {
        self.network = network
        self.mail = mail
    }

    public var identifiers: [String] { mail.map(\.digest) }

    public var blocks: [Block] {
        let columns: [Table.Column] = [
            .init("digest"), .init("from"), .init("to"), .init("tier"), .init("bytes", isNumber: true),
            .init("attempts", isNumber: true), .init("accepted"), .init("reason"),
        ]
        let rows = mail.map { item in
            [
                Printable.short(item.digest), Printable.short(item.from), Printable.short(item.to), item.tier,
                String(item.byteCount), String(item.attempts), item.acceptedAt ?? "-",
                Printable.clipped(item.reason ?? "", to: 40),
            ]
        }
        return [.table(Table(columns, rows: rows, empty: "no mail"))]
    }
}
