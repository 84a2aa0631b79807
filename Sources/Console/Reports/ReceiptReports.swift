public import Primitives

/// `hanzo-dev commit` and every other command that changes replicated state.
public struct CommitReport: Report {
    public static let kind = "commit"

    public struct Receipt: Encodable, Sendable {
        /// The state key under which the commit is found.
        public var key: String
        public var nonce: UInt64
        public var leafHash: String
        /// `pending`, `included`, `final`, `rolled_back`, `expired`, `rejected` or `unknown`.
        public var state: String
        public var height: UInt64?
        public var reason: String?
        /// Of a claim.
        public var fence: UInt64?

        public init(
            key: String, nonce: UInt64, leafHash: Digest?, state: String, height: Height, reason: String, fence: Fence
        ) {
            self.key = key
            self.nonce = nonce
            self.leafHash = leafHash?.hex ?? ""
            self.state = state
            self.height = height.value == 0 ? nil : height.value
            self.reason = reason.isEmpty ? nil : reason
            self.fence = fence.value == 0 ? nil : fence.value
        }
    }

    public var network: String
    public var receipts: [Receipt]

    public init(network: String, receipts: [Receipt]) {
        self.network = network
        self.receipts = receipts
    }

    public var identifiers: [String] { receipts.map(\.key) }

    public var blocks: [Block] {
        receipts.map { receipt in
            var fields = [Block.Field("key", receipt.key), .init("state", receipt.state)]
            if let height = receipt.height { fields.append(.init("height", String(height))) }
            if let fence = receipt.fence { fields.append(.init("fence", String(fence))) }
            if let reason = receipt.reason { fields.append(.init("reason", reason)) }
            return .fields(fields)
        }
    }
}

/// `hanzo-dev send`.
public struct SendReport: Report {
    public static let kind = "receipt"

    public var id: String
    public var digest: String
    public var to: String
    public var homeEpoch: UInt64
    public var counter: UInt64
    /// As in `MailReport`.
    public var tier: String
    public var at: String?
    public var reason: String?

    public init(
        id: String, digest: Digest?, to: AgentID?, homeEpoch: HomeEpoch, counter: UInt64, tier: String, time: WallTime,
        reason: String
    ) {
        self.id = id
        self.digest = digest?.hex ?? ""
        self.to = to?.description ?? ""
        self.homeEpoch = homeEpoch.value
        self.counter = counter
        self.tier = tier
        at = time.rfc3339OrNil
        self.reason = reason.isEmpty ? nil : reason
    }

    public var identifiers: [String] { [id] }
    public var blocks: [Block] {
        let tail = reason.map { ": " + $0 } ?? ""
        return [.line("\(tier) \(id) to \(Printable.short(to))\(tail)")]
    }
}
