import Simulator
import Testing

@Suite("Simulated seeds")
struct SeedTests {
    static func run(_ scenario: Scenario) -> SimulationResult {
        var simulation = Simulation(scenario)
        return simulation.run()
    }

    @Test("no seed contradicts itself or stands still", arguments: ScenarioKind.allCases)
    func seeds(kind: ScenarioKind) {
        for seed in UInt64(1)...4 {
            let result = Self.run(.make(seed: seed, kind: kind, nodes: 4))
            #expect(result.violations.isEmpty, "simulate --seeds \(seed)..\(seed) --scenario \(kind) --nodes 4 --trace")
        }
    }

    @Test("one to seven validators", arguments: 1...7)
    func sizes(count: Int) {
        for seed in UInt64(11)...12 {
            let result = Self.run(.make(seed: seed, nodes: count))
            #expect(result.violations.isEmpty, "simulate --seeds \(seed)..\(seed) --nodes \(count) --trace")
        }
    }

    @Test("two runs of one seed are one run, and those of two seeds are not")
    func determinism() {
        var audits: Set<AuditDigest> = []
        for seed in UInt64(21)...24 {
            let scenario = Scenario.make(seed: seed, nodes: 4)
            let result = Self.run(scenario)
            #expect(result == Self.run(scenario), "seed \(seed)")
            audits.insert(result.audit)
        }
        #expect(audits.count == 4)
    }

    @Test("a tape is its scenario, and what is no tape is refused")
    func tapes() throws {
        for seed in UInt64(1)...200 {
            let scenario = Scenario.make(seed: seed)
            #expect(try Scenario(tape: scenario.tape) == scenario)
        }
        let tape = Scenario.make(seed: 5, kind: .crashes).tape
        for wrong in ["", "simulate-tape 2\n", tape + "fault at=1\n", tape + "twins 99\n", tape + "weights 0\n"] {
            #expect(throws: Scenario.TapeFailure.self) { try Scenario(tape: wrong) }
        }
    }

    @Test("a machine that loses power between any two effects keeps its promises and comes back")
    func everyEffectBoundary() {
        for boundary in UInt64(0)..<120 {
            var scenario = Scenario(seed: boundary)
            scenario.commitCount = 6
            scenario.duration = 200
            scenario.faults = [Fault(at: 1, kind: .crash, machine: 1, amount: boundary, duration: 30)]
            let result = Self.run(scenario)
            #expect(result.violations.isEmpty && result.commitCount == 6, "effect \(boundary)")
            #expect(result.restartCount == 1, "effect \(boundary)")
        }
    }

    @Test("all machines lose power at once, again and again, and go on")
    func blackouts() {
        var scenario = Scenario(seed: 77)
        scenario.faults = (1...6).map { Fault(at: $0 * 500, kind: .blackout, duration: 40) }
        let result = Self.run(scenario)
        #expect(result.violations.isEmpty && result.commitCount == 60)
        #expect(result.restartCount == 24)
    }

    @Test("an idle network makes a heartbeat block now and then, and no others")
    func idle() {
        var scenario = Scenario(seed: 3)
        scenario.commitCount = 0
        scenario.duration = 8_000
        scenario.heartbeat = 1_000
        let result = Self.run(scenario)
        #expect((6...9).contains(result.blockCount), "\(result.blockCount) blocks in 8 s")
    }

    @Test("a wiped validator follows, abstains and votes again, while the others go on without it")
    func wiped() {
        var scenario = Scenario(seed: 8)
        scenario.faults = [Fault(at: 1_000, kind: .wipe, machine: 2, duration: 100)]
        let result = Self.run(scenario)
        #expect(result.violations.isEmpty && result.commitCount == 60)
    }
}
