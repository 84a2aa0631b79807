@_spi(Sabotage) public import Simplex

/// Four validators, one of them two machines with one key, and every sequence of choices over some slots of time.
///
/// After "Twins: BFT Systems Made Robust" (Bano and others, 2020). A choice is the leader of a view, one of the honest 0 and 1
/// or the twin, and a split of the five machines into two sides for one slot; within a side everything arrives, across
/// nothing does. Of the sixteen splits six are kept: all together, and those that part the twins and leave each side every
/// number of honest machines, up to which twin is which. A slot is long enough for a view to succeed or to be given up, so
/// views and slots keep step only roughly.
public struct Twins: Sendable {
    private let viewCount: Int
    /// Machines 0, 1, 2 are honest, 3 and 4 are the twins of validator 3.
    private static let twin = 3
    /// How long a split lasts: enough for a view whose leader is heard, and to give up one whose isn't.
    private static let viewMilliseconds: UInt64 = 160

    public init(viewCount: Int = 5) { self.viewCount = viewCount }

    /// One view of a schedule.
    struct Choice: Hashable {
        var leader: Int
        /// The machines that are on the side of machine 0, as a mask.
        var side: UInt64
    }

    /// Both twins see everybody, or the twins are apart and the honest machines are split in every way.
    static var splits: [UInt64] { [0b11111, 0b01111, 0b01011, 0b01001, 0b01101, 0b10011] }

    static var choices: [Choice] {
        [0, 1, twin].flatMap { leader in splits.map { Choice(leader: leader, side: $0) } }
    }

    public var count: Int { (0..<viewCount).reduce(1) { product, _ in product * Self.choices.count } }

    /// The schedule of a number below `count`.
    public func scenario(_ number: Int) -> Scenario {
        let choices = Self.choices
        var rest = number
        var scenario = Scenario(seed: UInt64(number))
        scenario.twins = [Self.twin]
        scenario.clocks = []
        scenario.commitCount = UInt64(viewCount * 4)
        scenario.duration = UInt64(viewCount) * Self.viewMilliseconds
        scenario.minLatency = 1_000
        scenario.jitter = 0
        scenario.syncLatency = 0
        scenario.minTimeout = 40
        scenario.mode = .liveness
        for view in 0..<viewCount {
            let choice = choices[rest % choices.count]
            rest /= choices.count
            scenario.leaders.append(choice.leader)
            guard choice.side != 0b11111 else { continue }
            scenario.faults.append(
                Fault(
                    at: UInt64(view) * Self.viewMilliseconds, kind: .partition, amount: choice.side,
                    duration: Self.viewMilliseconds))
        }
        return scenario
    }

    /// Every `stride`th schedule.
    @_spi(Sabotage) public func runAll(
        sabotage: Sabotage? = nil, stride: Int = 1, _ each: (SimulationResult) -> Void
    ) {
        for number in Swift.stride(from: 0, to: count, by: stride) {
            var simulation = Simulation(scenario(number), sabotage: sabotage)
            each(simulation.run())
        }
    }
}
