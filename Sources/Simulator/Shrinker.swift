@_spi(Sabotage) public import Simplex

/// Seeks the shortest list of faults that still ends in a violation: halves, then quarters, then single ones (delta
/// debugging, Zeller 1999); then fewer actors and a shorter run.
public struct Shrinker {
    private let sabotage: Sabotage?
    /// Runs that it may still spend.
    private var budget: Int

    public init(budget: Int = 200) { self.init(sabotage: nil, budget: budget) }

    @_spi(Sabotage) public init(sabotage: Sabotage?, budget: Int = 200) {
        self.sabotage = sabotage
        self.budget = budget
    }

    public mutating func shrink(_ scenario: Scenario) -> Scenario {
        var best = scenario
        shrinkList(&best, \.faults)
        shrinkList(&best, \.actors)
        for share in [4, 2] as [UInt64] {
            var shorter = best
            shorter.commitCount = max(1, best.commitCount / share)
            if fails(shorter) { best = shorter }
        }
        return best
    }

    private mutating func shrinkList<Element>(_ best: inout Scenario, _ list: WritableKeyPath<Scenario, [Element]>) {
        var size = max(best[keyPath: list].count / 2, 1)
        while size >= 1, budget > 0 {
            var start = 0
            while start < best[keyPath: list].count, budget > 0 {
                var candidate = best
                let end = min(start + size, candidate[keyPath: list].count)
                candidate[keyPath: list].removeSubrange(start..<end)
                if fails(candidate) { best = candidate } else { start += size }
            }
            if size == 1 { break }
            size /= 2
        }
    }

    private mutating func fails(_ scenario: Scenario) -> Bool {
        guard budget > 0 else { return false }
        budget -= 1
        var simulation = Simulation(scenario, sabotage: sabotage)
        return !simulation.run().violations.isEmpty
    }
}
