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
