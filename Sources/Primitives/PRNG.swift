/// A seeded pseudo-random generator (SplitMix64, Steele, Lea and Flood 2014): the only randomness of simulations and tests.
/// Not for keys or nonces.
public struct PRNG: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// An independent stream for one component, so that a new draw in one does not shift the others.
    public func fork(_ label: String) -> PRNG {
        var seed = state
        for byte in label.utf8 { seed = Self.mix(seed ^ UInt64(byte)) &+ 0x9E37_79B9_7F4A_7C15 }
        return PRNG(seed: seed)
    }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(count + 7)
        while result.count < count {
            var word = next()
            for _ in 0..<8 {
                result.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return Array(result.prefix(count))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
