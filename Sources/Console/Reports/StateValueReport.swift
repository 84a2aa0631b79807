public import Primitives

/// `hanzod state get KEY`.
public struct StateValueReport: Report {
    public static let kind = "state_value"

    public var network: String
    public var key: String
    public var present: Bool
    /// Hexadecimal; absent where the key is.
    public var value: String?
    public var height: UInt64
    /// The file that the proof bundle was written to.
    public var proofFile: String?

    public init(network: String, key: String, value: [UInt8]?, height: Height, proofFile: String? = nil) {
        self.network = network
        self.key = key
        present = value != nil
        self.value = value.map { Hex.encode($0) }
        self.height = height.value
        self.proofFile = proofFile
    }

    public var identifiers: [String] { value.map { [$0] } ?? [] }

    public var blocks: [Block] {
        var fields = [Block.Field("key", key), .init("height", String(height)), .init("value", value ?? "absent")]
        if let proofFile { fields.append(.init("proof", proofFile)) }
        return [.fields(fields)]
    }
}

/// `hanzo-dev verify FILE --network ID`.
public struct VerificationReport: Report {
    public static let kind = "verification"

    public var valid: Bool
    public var network: String
    public var height: UInt64?
    public var stateRoot: String?
    public var key: String?
    public var present: Bool?
    public var value: String?
    /// Why it is not valid.
    public var reason: String?

    public init(network: NetworkID, height: Height, stateRoot: Digest, key: String, value: [UInt8]?) {
        valid = true
        self.network = network.description
        self.height = height.value
        self.stateRoot = stateRoot.hex
        self.key = key
        present = value != nil
        self.value = value.map { Hex.encode($0) }
    }

    public init(network: NetworkID, reason: String) {
        valid = false
        self.network = network.description
        self.reason = reason
    }

    public var identifiers: [String] { [valid ? "valid" : "invalid"] }

    public var blocks: [Block] {
        guard valid, let height, let stateRoot, let key else {
            return [.line("NOT valid: \(reason ?? "no reason given")")]
        }
        return [
            .line("valid: nothing but the network's identifier was trusted"),
            .fields([
                .init("network", network), .init("height", String(height)), .init("state root", stateRoot),
                .init("key", key),
                .init("value", value ?? "absent, and proven to be"),
            ]),
        ]
    }
}
