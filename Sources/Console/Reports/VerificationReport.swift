public import Primitives

/// `hanzo-dev verify FILE --network ID`: what one proof bundle proves to somebody who trusts nothing but the NetworkID.
public struct VerificationReport: Report {
    public static let kind = "verification"

    public var file: String
    public var valid: Bool
    public var network: String
    public var key: String?
    public var present: Bool?
    /// Hexadecimal.
    public var value: String?
    public var height: UInt64?
    public var headerTime: String?
    public var stateRoot: String?
    /// Who signed the commit that the key names.
    public var agent: String?
    /// What the network made of that commit: `applied`, or why it was rejected.
    public var outcome: String?
    /// Why it is not valid.
    public var reason: String?

    public init(
        file: String, network: NetworkID, key: String, value: [UInt8]?, height: Height, headerTime: WallTime,
        stateRoot: Digest, commitAuthor: AgentID?, outcome: String?
    ) {
        self.file = file
        valid = true
        self.network = network.description
        self.key = key
        present = value != nil
        self.value = value.map { Hex.encode($0) }
        self.height = height.value
        self.headerTime = headerTime.rfc3339
        self.stateRoot = stateRoot.hex
        agent = commitAuthor?.description
        self.outcome = outcome
    }

    /// The bundle is sound, and what it proves is that the commit was rejected.
    public var isRejection: Bool { valid && outcome.map { $0 != "applied" } ?? false }

    public init(file: String, network: NetworkID, reason: String) {
        self.file = file
        valid = false
        self.network = network.description
        self.reason = reason
    }

    public var identifiers: [String] { ["\(!valid ? "invalid" : isRejection ? "rejected" : "valid") \(file)"] }

    public var blocks: [Block] {
        guard valid, let height, let stateRoot, let key, let headerTime else {
            return [.line("NOT VALID  \(file): \(reason ?? "no reason given")")]
        }
        var fields: [Block.Field] = [
            .init(isRejection ? "PROVEN REJECTED" : "VALID", file), .init("key", key), .init("value", value ?? "absent, and proven to be"),
            .init("height", "\(height), at \(headerTime)"), .init("state root", stateRoot), .init("network", network),
        ]
        if let agent { fields.append(.init("signed by", agent)) }
        if let outcome { fields.append(.init("outcome", outcome)) }
        return [.fields(fields)]
    }
}
