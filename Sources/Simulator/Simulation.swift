// Simulator: worlds in which everything goes wrong that can, again and again, from seeds.
//
// One thread, one virtual time. Machines are values with a clock that is wrong, a disk that loses what it hasn't synced and
// lines that lose, double, delay and reorder. A seed decides the scenario: how many validators, which of them lie, what
// goes wrong when. Nothing else decides anything, so every failure comes back from its seed, and a shorter list of faults
// can be sought that still fails (`Shrinker`).
//
// Vocabulary. A *scenario* is all that a run depends on; its text is a *tape*, which replays and can be edited. A
// *machine* runs one engine; an *identity* is a validator's key, and *twins* are two machines with one identity. An
// *adversary* adds malice to a machine. The *observer* sees all that correct machines do and checks it. *Safety mode* goes
// beyond what progress can bear; *liveness mode* ends the faults and then insists on progress.
//
//     seed ─► scenario ─► world ──step──► machine ──observations──► observer ─► violations
//                           ▲               │ messages, wakes
//                           └───────────────┘
//
// After FoundationDB's and TigerBeetle's simulators. Deviations: a crash happens at the boundary between two effects of
// one call, counted, which finds what a crash between two events does not.

import Primitives
import Quorum
@_spi(Sabotage) public import Simplex

/// What one run came to.
public struct SimulationResult: Hashable, Sendable {
    public var scenario: Scenario
    public var violations: [Violation]
    public var commitCount: Int
    public var viewCount: UInt64
    public var blockCount: Int
    public var faults: [Fault.Kind: Int]
    public var restartCount: Int
    public var effectCount: UInt64
    public var stepCount: UInt64
    public var convictedCount: Int
    public var audit: AuditDigest
}

/// One run of one scenario.
public struct Simulation {
    private let scenario: Scenario
    private var world: World<SimplexMachine>
    private var observer: Observer
    private var audit = AuditDigest()
    private var faults: [Fault.Kind: Int] = [:]
    private var stepCount: UInt64 = 0
    private var nextCommit: UInt64 = 0
    private var moment = Instant(nanoseconds: 0)
    private var stepsOfMoment = 0
    /// Events of one nanosecond; only a loop has more.
    private static let maxStepsOfMoment = 20_000
    private let lookahead: UInt64
    /// Prints every step, for a drawn trace.
    private let trace: ((String) -> Void)?

    /// Odd appointments end a fault, even ones begin it; these are others.
    private static let commitAppointment = -1

    public init(_ scenario: Scenario, trace: ((String) -> Void)? = nil) {
        self.init(scenario, sabotage: nil, trace: trace)
    }

    /// For sensitivity tests: every machine runs an engine with this bug.
    @_spi(Sabotage) public init(_ scenario: Scenario, sabotage: Sabotage?, trace: ((String) -> Void)? = nil) {
        self.scenario = scenario
        self.trace = trace
        let random = PRNG(seed: scenario.seed)
        let network = UInt64(0x4E45_5457)
        let machines = (0..<scenario.machineCount).map {
            Self.machine($0, scenario, network: network, sabotage: sabotage, random)
        }
        let configuration = machines[0].specification.configuration
        lookahead = configuration.lookahead
        observer = Observer(
            scenario, verifier: MockVerifier(network: network), leaderOf: { configuration.leader(of: $0) })
        world = World(
            machines: machines, identities: (0..<scenario.machineCount).map(scenario.identity),
            clocks: (0..<scenario.machineCount).map {
                $0 < scenario.clocks.count
                    ? .init(offset: scenario.clocks[$0].offset * 1_000, drift: scenario.clocks[$0].drift)
                    : .init(offset: 0, drift: 0)
            },
            network: Network(
                count: scenario.machineCount, conditions: scenario.conditions, random: random.fork("network")),
            random: random.fork("order"))
    }

    private static func machine(
        _ number: Int, _ scenario: Scenario, network: UInt64, sabotage: Sabotage?, _ random: PRNG
    ) -> SimplexMachine {
        let identity = ValidatorIndex(UInt8(scenario.identity(of: number)))
        var configuration = SimplexConfiguration(
            epoch: Epoch(0), validators: scenario.validators, me: identity, genesis: MockApplication.genesis)
        configuration.minTimeout = .milliseconds(Int64(scenario.minTimeout))
        configuration.maxLeaderTimeout = .milliseconds(600)
        configuration.maxAdvanceTimeout = .milliseconds(900)
        configuration.retryInterval = .milliseconds(50)
        configuration.heartbeat = .milliseconds(Int64(scenario.heartbeat))
        configuration.skipTimeout = .seconds(2)
        configuration.compactionRecordCount = 64
        if !scenario.leaders.isEmpty {
            configuration.schedule = .listed(scenario.leaders.map { ValidatorIndex(UInt8($0)) })
        }
        var machine = SimplexMachine(
            SimplexMachine.Specification(
                number: number, identity: identity, configuration: configuration, network: network, sabotage: sabotage,
                seed: random.fork("machine \(number)").seedWord, syncLatency: scenario.syncLatency * 1_000,
                checkLatency: scenario.checkLatency * 1_000))
        machine.adversary = scenario.actors.first { $0.machine == number }?.kind.make()
        return machine
    }

    // MARK: Running

    public mutating func run() -> SimulationResult {
        for machine in world.machines.indices {
            world.downtime[machine] = .milliseconds(50)
            world.boot(machine, after: .zero)
        }
        for (index, fault) in scenario.faults.enumerated() {
            world.appoint(2 * index, at: Self.moment(fault.at))
            world.appoint(2 * index + 1, at: Self.moment(fault.at + fault.duration))
        }
        world.appoint(Self.commitAppointment, at: Self.moment(5))
        advance(until: Self.moment(scenario.duration)) { _ in false }
        if scenario.mode == .liveness, observer.violations.isEmpty { recover() }
        return result()
    }

    private static func moment(_ milliseconds: UInt64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    private mutating func advance(until limit: Instant, or isDone: (Simulation) -> Bool) {
        while observer.violations.isEmpty, let step = world.step(until: limit) {
            stepCount += 1
            stepsOfMoment = world.now == moment ? stepsOfMoment + 1 : 0
            moment = world.now
            if stepsOfMoment > Self.maxStepsOfMoment { observer.note(.livelock, 0, "time stands still: \(step)") }
            observer.time = world.now.nanoseconds / 1_000_000
            switch step {
            case .appointment(let number): keep(number)
            case .machine(let machine): inspect(machine)
            }
            if stepCount & 15 == 0, isDone(self) { return }
        }
    }

    private mutating func inspect(_ machine: Int) {
        guard !world.machines[machine].observations.isEmpty || stepCount & 63 == 0 else { return }
        let observations = world.machines[machine].observations
        world.machines[machine].observations = []
        for observation in observations {
            if let trace { trace("\(observer.time) ms  \(machine)  \(observation)") }
            observer.see(observation, of: machine)
        }
        guard observer.isHonest(machine), let status = world.machines[machine].engine?.status else { return }
        observer.checkBounds(status, lookahead: lookahead, machine)
    }

    // MARK: Appointments

    private mutating func keep(_ number: Int) {
        guard number >= 0 else { return submit() }
        guard number / 2 < scenario.faults.count, world.now < Self.moment(scenario.duration) else { return }
        let fault = scenario.faults[number / 2]
        if number & 1 == 0 { begin(fault) } else { end(fault) }
    }

    private mutating func submit() {
        guard nextCommit < scenario.commitCount else { return }
        nextCommit += 1
        let span = Int64(scenario.duration * 1_000_000 / (scenario.commitCount + 4))
        world.appoint(Self.commitAppointment, at: world.now + Interval(nanoseconds: span))
        for machine in world.machines.indices {
            world.machines[machine].submit(nextCommit, at: world.localTime(of: machine))
            world.settle(machine)
            inspect(machine)
        }
    }

    private mutating func begin(_ fault: Fault) {
        trace?("\(observer.time) ms  --  \(fault.kind) \(fault.machine) \(fault.amount) for \(fault.duration) ms")
        faults[fault.kind, default: 0] += 1
        switch fault.kind {
        case .crash:
            world.downtime[fault.machine] = .milliseconds(Int64(fault.duration))
            world.machines[fault.machine].armCrash(afterEffects: Int(fault.amount))
        case .pause: world.pause(fault.machine, for: .milliseconds(Int64(fault.duration)))
        case .wipe:
            world.downtime[fault.machine] = .milliseconds(Int64(fault.duration))
            world.machines[fault.machine].powerOff()
            world.machines[fault.machine].wipe()
            world.settle(fault.machine)
        case .blackout:
            for machine in world.machines.indices {
                world.downtime[machine] = .milliseconds(Int64(fault.duration))
                world.machines[machine].powerOff()
                world.settle(machine)
            }
        case .partition: forEachCut(of: fault.amount) { $0.cut(from: $1, to: $2) }
        case .cut: world.network.cut(from: fault.machine, to: Int(fault.amount))
        case .loss: world.network.conditions.lossPerMille = fault.amount
        case .duplication: world.network.conditions.duplicatePerMille = fault.amount
        case .reordering: world.network.conditions.reorderPerMille = fault.amount
        case .slowDisk: world.machines[fault.machine].diskFactor = fault.amount
        }
    }

    private mutating func end(_ fault: Fault) {
        switch fault.kind {
        case .partition: forEachCut(of: fault.amount) { $0.mend(from: $1, to: $2) }
        case .cut: world.network.mend(from: fault.machine, to: Int(fault.amount))
        case .loss: world.network.conditions.lossPerMille = scenario.lossPerMille
        case .duplication: world.network.conditions.duplicatePerMille = scenario.duplicatePerMille
        case .reordering: world.network.conditions.reorderPerMille = scenario.reorderPerMille
        case .slowDisk: world.machines[fault.machine].diskFactor = 1
        case .crash, .pause, .wipe, .blackout: break
        }
    }

    private mutating func forEachCut(of mask: UInt64, _ change: (inout Network, Int, Int) -> Void) {
        for from in world.machines.indices {
            for to in world.machines.indices where mask >> UInt64(from) & 1 != mask >> UInt64(to) & 1 {
                change(&world.network, from, to)
            }
        }
    }

    // MARK: Liveness

    /// Ends all faults, leaves the dead dead, and gives the rest time to finish.
    private mutating func recover() {
        world.network.mendAll()
        world.network.conditions = scenario.conditions
        world.network.conditions.lossPerMille = min(scenario.lossPerMille, 50)
        world.resumeAll()
        for machine in world.machines.indices {
            world.machines[machine].diskFactor = 1
            world.downtime[machine] = .milliseconds(20)
            if scenario.dead.contains(machine) {
                world.downtime[machine] = nil
                world.machines[machine].powerOff()
            } else if !world.machines[machine].isUp {
                world.boot(machine, after: .zero)
            }
            world.settle(machine)
        }
        nextCommit = max(nextCommit, scenario.commitCount)
        let core = self.core
        let limit = world.now + .milliseconds(Int64(scenario.patience))
        advance(until: limit) { $0.isDone(core) }
        guard observer.violations.isEmpty, !isDone(core) else { return }
        for machine in core {
            let status = world.machines[machine].engine?.status
            observer.note(
                .notLive, machine,
                "\(world.machines[machine].waiting.count) commits wait; view \(status?.view.value ?? 0), final "
                    + "\(status?.final.height.value ?? 0), \(status.map { "\($0.standing)" } ?? "off")")
        }
    }

    private var core: [Int] {
        world.machines.indices.filter { observer.isHonest($0) && !scenario.dead.contains($0) }
    }

    private func isDone(_ core: [Int]) -> Bool {
        let heights = core.map { world.machines[$0].store.height }
        return Set(heights).count <= 1
            && core.allSatisfy { machine in
                guard case .ready? = world.machines[machine].engine?.status.standing else { return false }
                return world.machines[machine].waiting.isEmpty
            }
    }

    private func result() -> SimulationResult {
        var audit = audit
        for machine in world.machines {
            audit.absorb(machine.audit.word)
            audit.absorb(machine.effectCount)
        }
        audit.absorb(stepCount)
        var faults = faults
        for (kind, count) in [
            (Fault.Kind.loss, world.network.lost), (.duplication, world.network.duplicated),
            (.reordering, world.network.reordered),
        ] where count > 0 && faults[kind] == nil { faults[kind] = 1 }
        return SimulationResult(
            scenario: scenario, violations: observer.violations,
            commitCount: observer.commits.count { $0 <= scenario.commitCount }, viewCount: observer.maxView,
            blockCount: observer.chain.count, faults: faults,
            restartCount: max(0, world.restartCount - world.machines.count),
            effectCount: world.machines.reduce(0) { $0 + $1.effectCount }, stepCount: stepCount,
            convictedCount: observer.evidence.count, audit: audit)
    }
}

extension Scenario {
    var conditions: Network.Conditions {
        Network.Conditions(
            minLatency: minLatency * 1_000, jitter: jitter * 1_000, lossPerMille: lossPerMille,
            duplicatePerMille: duplicatePerMille, reorderPerMille: reorderPerMille)
    }
}

extension PRNG {
    /// The first word, as a seed for something else.
    var seedWord: UInt64 {
        var copy = self
        return copy.next()
    }
}
