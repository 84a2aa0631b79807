/// What many runs came to together.
public struct Tally: Sendable {
    public private(set) var seedCount = 0
    public private(set) var violationCount = 0
    public private(set) var commitCount = 0
    public private(set) var viewCount: UInt64 = 0
    public private(set) var restartCount = 0
    public private(set) var faults: [Fault.Kind: Int] = [:]
    /// Runs by the number of validators.
    public private(set) var sizes: [Int: Int] = [:]

    public init() {}

    public mutating func add(_ result: SimulationResult) {
        seedCount += 1
        violationCount += result.violations.count
        commitCount += result.commitCount
        viewCount += result.viewCount
        restartCount += result.restartCount
        sizes[result.scenario.weights.count, default: 0] += 1
        for (kind, count) in result.faults { faults[kind, default: 0] += count }
    }

    /// One line, its keys in a fixed order.
    public var json: String {
        let faults = faults.sorted { $0.key < $1.key }.map { "\"\($0.key.rawValue)\":\($0.value)" }
        let sizes = sizes.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        return
            "{\"seeds\":\(seedCount),\"violations\":\(violationCount),\"commits\":\(commitCount),\"views\":\(viewCount),"
            + "\"faults\":{\(faults.joined(separator: ","))},\"crash_restarts\":\(restartCount),"
            + "\"nodes\":{\(sizes.joined(separator: ","))},\"engines\":{\"bft\":\(seedCount),\"poa\":0}}"
    }
}
