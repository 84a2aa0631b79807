import Primitives
import Quorum

/// Which kinds of scenario there are.
public enum ScenarioKind: String, CaseIterable, Hashable, Sendable {
    /// Each seed its own mixture of sizes, faults and adversaries.
    case swarm
    case calm, idle, crashes, partitions, byzantine, wipes, twins, blackouts, network
}

extension Scenario {
    /// The scenario of a seed.
    /// - Parameter nodes: nil lets the seed decide.
    public static func make(seed: UInt64, kind: ScenarioKind = .swarm, nodes: Int? = nil) -> Scenario {
        var draw = Draw(PRNG(seed: seed &* 0x9E37_79B9 &+ 0x51))
        var scenario = Scenario(seed: seed)
        scenario.drawSize(nodes, &draw)
        scenario.drawNetwork(kind, &draw)
        scenario.drawFoes(kind, &draw)
        scenario.drawFaults(kind, &draw)
        scenario.settleMode(kind, &draw)
        return scenario
    }

    /// Choices of one seed.
    struct Draw {
        var random: PRNG

        init(_ random: PRNG) { self.random = random }

        mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(max(bound, 1))) }
        mutating func within(_ range: ClosedRange<UInt64>) -> UInt64 {
            range.lowerBound + random.next() % (range.upperBound - range.lowerBound + 1)
        }
        mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }
        mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
    }

    private mutating func drawSize(_ nodes: Int?, _ draw: inout Draw) {
        let isLarge = draw.chance(10)
        let count = nodes ?? (isLarge ? draw.pick([10, 13, 16, 31]) : draw.pick([1, 2, 3, 4, 4, 4, 4, 5, 6, 7]))
        let isWeighted = draw.chance(20)
        weights = (0..<count).map { _ in isWeighted ? draw.within(1...4) : 1 }
        clocks = (0..<count).map { _ in
            Clock(offset: draw.within(0...5_000_000), drift: Int64(draw.within(0...400)) - 200)
        }
        if count > 7 { (commitCount, duration) = (50, 2_000) }
    }

    private mutating func drawNetwork(_ kind: ScenarioKind, _ draw: inout Draw) {
        let isWide = draw.chance(15)
        minLatency = isWide ? draw.within(5_000...30_000) : draw.within(50...2_000)
        jitter = draw.within(0...minLatency * 2)
        minTimeout = draw.pick([10, 40, 80])
        syncLatency = draw.pick([0, 100, 500, 3_000])
        checkLatency = draw.pick([0, 0, 100, 2_000])
        heartbeat = draw.pick([300, 800])
        if isWide { duration = max(duration, 6_000) }
        guard kind == .swarm || kind == .network else { return }
        if draw.chance(40) { lossPerMille = draw.pick([5, 50, 200]) }
        if draw.chance(40) { duplicatePerMille = draw.pick([10, 200]) }
        if draw.chance(40) { reorderPerMille = draw.pick([20, 300]) }
        if kind == .network { lossPerMille = max(lossPerMille, 50) }
    }

    /// Adversaries and twins, within what is tolerated.
    private mutating func drawFoes(_ kind: ScenarioKind, _ draw: inout Draw) {
        let isPeaceful = kind == .swarm ? draw.chance(40) : ![.byzantine, .twins].contains(kind)
        guard !isPeaceful else { return }
        var room = validators.tolerance
        let favourite = draw.pick(AdversaryKind.allCases)
        for index in weights.indices.reversed() where weights[index] <= room && draw.chance(kind == .swarm ? 70 : 100) {
            room -= weights[index]
            if kind == .twins || kind == .swarm && draw.chance(20) {
                twins.append(index)
            } else {
                actors.append(
                    Actor(machine: index, kind: draw.chance(50) ? favourite : draw.pick(AdversaryKind.allCases)))
            }
        }
        for twin in twins { clocks.append(clocks[twin]) }
    }

    private static func kinds(of scenario: ScenarioKind, _ draw: inout Draw) -> [Fault.Kind] {
        switch scenario {
        case .calm, .idle, .twins, .network: scenario == .twins ? [.partition] : []
        case .crashes: [.crash, .crash, .slowDisk]
        case .partitions: [.partition, .cut, .pause]
        case .byzantine: draw.chance(50) ? [] : [.partition, .loss]
        case .wipes: [.wipe, .crash, .partition]
        case .blackouts: [.blackout, .crash]
        case .swarm: [.crash] + Fault.Kind.allCases.filter { _ in draw.chance(45) }
        }
    }

    private mutating func drawFaults(_ kind: ScenarioKind, _ draw: inout Draw) {
        let kinds = Self.kinds(of: kind, &draw)
        guard !kinds.isEmpty else { return }
        if kind == .idle { commitCount = 3 }
        let count = Int(draw.within(5...10))
        for _ in 0..<count { add(draw.pick(kinds), &draw) }
        if kinds.contains(.crash) { add(.crash, &draw) }
        faults.sort { ($0.at, $0.kind, $0.machine) < ($1.at, $1.kind, $1.machine) }
    }

    private mutating func add(_ kind: Fault.Kind, _ draw: inout Draw) {
        var fault = Fault(
            at: draw.within(20...duration * 9 / 10), kind: kind, machine: draw.below(machineCount),
            duration: draw.within(10...draw.pick([50, 400, 1_500])))
        switch kind {
        case .crash: fault.amount = draw.within(0...60)
        case .partition: fault.amount = draw.random.next() & (1 << UInt64(machineCount) - 1)
        case .cut: fault.amount = UInt64(draw.below(machineCount))
        case .loss: fault.amount = draw.pick([100, 400, 900])
        case .duplication, .reordering: fault.amount = draw.pick([100, 500])
        case .slowDisk: fault.amount = draw.pick([10, 100])
        case .pause, .blackout: break
        case .wipe:
            // One at a time, so that in liveness mode a quorum always remembers; only where others are enough.
            let set = validators
            guard honest[identity(of: fault.machine)], !faults.contains(where: { $0.kind == .wipe }),
                set.total - weights[identity(of: fault.machine)] - weightOfFoes >= set.quorum
            else { return }
        }
        faults.append(fault)
    }

    private var weightOfFoes: UInt64 {
        zip(weights, honest).reduce(0) { $0 + ($1.1 ? 0 : $1.0) }
    }

    /// Safety mode also wipes beyond what progress allows; liveness mode leaves some machines dead.
    private mutating func settleMode(_ kind: ScenarioKind, _ draw: inout Draw) {
        mode = kind == .swarm && draw.chance(25) || kind == .wipes && draw.chance(50) ? .safety : .liveness
        if mode == .safety, draw.chance(30) || kind == .wipes {
            let machine = draw.below(weights.count)
            if honest[machine] {
                faults.append(Fault(at: draw.within(100...duration), kind: .wipe, machine: machine, duration: 100))
            }
        }
        guard mode == .liveness, kind == .swarm || kind == .crashes, draw.chance(40),
            !faults.contains(where: { $0.kind == .wipe })
        else { return }
        var room = validators.tolerance - min(validators.tolerance, weightOfFoes)
        for index in weights.indices where honest[index] && weights[index] <= room {
            room -= weights[index]
            dead.append(index)
        }
    }
}
