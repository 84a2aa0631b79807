import Identity
import Primitives
import StateTree

extension Genesis {
    /// The rules that hold between fields. Every genesis that was read meets them; one that was composed is checked before it is used.
    public func checkRules() throws(GenesisFailure) {
        guard !name.isEmpty, name.utf8.count <= Self.maxNameByteCount else { throw .notCanonical(.name) }
        switch engine {
        case .poa: try checkPoA()
        case .bft: try checkBFT()
        }
        for (earlier, later) in zip(balances, balances.dropFirst()) {
            guard Self.precedes(earlier, later) else { throw .notCanonical(.balances) }
        }
        guard balances.allSatisfy({ $0.units.first != 0 && $0.units.count <= 32 }) else { throw .notCanonical(.units) }
    }

    /// By agent, then by the bytes of the asset.
    static func precedes(_ a: Balance, _ b: Balance) -> Bool {
        a.agent == b.agent ? a.asset.precedes(b.asset) : a.agent < b.agent
    }

    private func checkPoA() throws(GenesisFailure) {
        guard authority != nil, validators.isEmpty else { throw .wrongSigners }
        guard Set(nodes).count == nodes.count else { throw .notCanonical(.nodes) }
        guard threshold.denominator > 0, threshold.numerator <= threshold.denominator,
            UInt64(threshold.numerator) * 2 > UInt64(threshold.denominator)
        else { throw .badThreshold }
    }

    private func checkBFT() throws(GenesisFailure) {
        guard authority == nil, nodes.isEmpty, !validators.isEmpty else { throw .wrongSigners }
        guard Set(validators.map(\.bundle.digest)).count == validators.count else { throw .notCanonical(.validators) }
        var total: UInt64 = 0
        for validator in validators {
            let (sum, overflow) = total.addingReportingOverflow(validator.weight)
            guard validator.weight > 0, !overflow else { throw .notCanonical(.validators) }
            total = sum
        }
        // The least weight above two thirds is q, and also n - f: less is unsafe, more lets f silent validators stop the network.
        guard threshold.floor(of: total) == Threshold.twoThirds.floor(of: total) else { throw .badThreshold }
    }
}

extension Genesis.Threshold {
    /// The fraction of a weight, rounded down; nil where it is no fraction below or equal to one.
    fileprivate func floor(of weight: UInt64) -> UInt64? {
        guard denominator > 0, numerator <= denominator else { return nil }
        return UInt64(denominator).dividingFullWidth(weight.multipliedFullWidth(by: UInt64(numerator))).quotient
    }
}
