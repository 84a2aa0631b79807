/// A running fingerprint of everything that happened: two runs of one seed must end with the same one.
public struct AuditDigest: Hashable, Sendable, CustomStringConvertible {
    private var low: UInt64 = 0x243F_6A88_85A3_08D3
    private var high: UInt64 = 0x1319_8A2E_0370_7344

    public init() {}

    public mutating func absorb(_ word: UInt64) {
        low = Self.mix(low ^ word)
        high = Self.mix(high &+ low)
    }

    var low64: UInt64 { low }

    public var description: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
