/// Who votes in an epoch, how much each vote weighs, and how much is enough.
public struct ValidatorSet: Hashable, Sendable {
    /// By `ValidatorIndex`; all positive.
    public let weights: [UInt64]
    public let total: UInt64
    /// The weight that may be faulty in any way: f = ⌊(W − 1) / 3⌋.
    public let tolerance: UInt64
    /// The weight that makes a certificate. At least ⌈(W + f + 1) / 2⌉: any two quorums share more than f.
    public let quorum: UInt64

    public static let maxCount = 100
    /// So that sums of two never overflow.
    public static let maxTotal: UInt64 = 1 << 62

    /// - Parameter quorum: nil for the least one that is safe.
    /// - Returns: nil for more than 100 validators or none, for a weight of zero, for a sum above 2^62, and for a quorum
    ///   that is unsafe or that the tolerated faults could make unreachable.
    public init?(weights: [UInt64], quorum: UInt64? = nil) {
        guard (1...Self.maxCount).contains(weights.count) else { return nil }
        var total: UInt64 = 0
        for weight in weights {
            guard weight > 0, weight <= Self.maxTotal - total else { return nil }
            total += weight
        }
        let tolerance = (total - 1) / 3
        let least = (total + tolerance + 2) / 2
        guard (least...(total - tolerance)).contains(quorum ?? least) else { return nil }
        self.weights = weights
        self.total = total
        self.tolerance = tolerance
        self.quorum = quorum ?? least
    }

    public var count: Int { weights.count }
    public func contains(_ index: ValidatorIndex) -> Bool { Int(index.value) < weights.count }

    /// Zero for strangers.
    public func weight(of index: ValidatorIndex) -> UInt64 { contains(index) ? weights[Int(index.value)] : 0 }

    /// Strangers in the set weigh nothing.
    public func weight(of signers: SignerSet) -> UInt64 {
        signers.members.reduce(0) { $0 + weight(of: $1) }
    }

    public func isQuorum(_ signers: SignerSet) -> Bool { weight(of: signers) >= quorum }

    /// In the order of their index.
    public var indices: [ValidatorIndex] { (0..<weights.count).map { ValidatorIndex(UInt8($0)) } }
}
