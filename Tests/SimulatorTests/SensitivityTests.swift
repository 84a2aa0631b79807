@_spi(Sabotage) import Simplex
@_spi(Sabotage) import Simulator
import Testing

/// Plants bugs, one at a time, and expects the simulator to find each within a few seeds.
@Suite("Planted bugs are found")
struct SensitivityTests {
    /// A bug, where to look for it, and how many seeds that may take.
    struct Case: Sendable, CustomTestStringConvertible {
        var bug: Sabotage
        var kind = ScenarioKind.swarm
        var seeds: UInt64 = 20
        /// The actor that must be there for the bug to show.
        var actor: AdversaryKind?
        var commits: UInt64?

        var testDescription: String { bug.rawValue }
    }

    static let cases: [Case] = [
        Case(bug: .quorumTooSmall), Case(bug: .countRepeatedVotes), Case(bug: .signaturesUnchecked, actor: .forger),
        Case(bug: .certificateUnchecked, actor: .liar), Case(bug: .notarizeTwice, actor: .equivocatingLeader),
        Case(bug: .finalizeAfterNullify, kind: .crashes), Case(bug: .certifySkipped, kind: .calm),
        Case(bug: .parentUncertified, actor: .wrongParent), Case(bug: .gapIgnored, actor: .wrongParent),
        Case(bug: .checkIgnored, actor: .refusedPayload), Case(bug: .anyLeader, actor: .usurper),
        Case(bug: .sendBeforePersist, kind: .calm), Case(bug: .promiseUnrecorded, kind: .calm),
        Case(bug: .replaySkipped, kind: .crashes),
        Case(bug: .compactionForgets, kind: .crashes, seeds: 60, commits: 400),
        Case(bug: .wipedVotesAtOnce, kind: .wipes), Case(bug: .viewsUnproven, kind: .wipes, seeds: 60, actor: .liar),
        Case(bug: .falseEvidence, kind: .crashes), Case(bug: .votesNotOfferedAgain, kind: .blackouts, commits: 400),
        Case(bug: .nothingFetched, kind: .partitions),
        Case(bug: .runUnchecked, kind: .partitions, seeds: 60, actor: .liar),
        Case(bug: .viewsUnbounded, actor: .flooder), Case(bug: .neverNullify, kind: .crashes),
        Case(bug: .retryNever, kind: .network), Case(bug: .blockUnrecorded, kind: .blackouts),
    ]

    @Test("found", arguments: cases)
    func isFound(planted: Case) {
        let isFound = (1...planted.seeds).contains { seed in
            let scenario = Self.scenario(planted, seed: seed)
            var simulation = Simulation(scenario, sabotage: planted.bug)
            return !simulation.run().violations.isEmpty
        }
        #expect(isFound, "\(planted.bug) was not found in \(planted.seeds) seeds")
    }

    @Test("the same seeds are silent without the bug")
    func silence() {
        for planted in Self.cases {
            var simulation = Simulation(Self.scenario(planted, seed: 1))
            #expect(simulation.run().violations.isEmpty, "\(planted.bug)")
        }
    }

    static func scenario(_ planted: Case, seed: UInt64) -> Scenario {
        var scenario = Scenario.make(seed: seed, kind: planted.kind, nodes: 4)
        scenario.commitCount = planted.commits ?? scenario.commitCount
        scenario.patience = 12_000
        guard let actor = planted.actor else { return scenario }
        // A wipe and an actor together need seven.
        if planted.kind == .wipes {
            scenario = .make(seed: seed, kind: .wipes, nodes: 7)
            scenario.patience = 12_000
        }
        scenario.weights = scenario.weights.map { _ in 1 }
        scenario.twins = []
        scenario.dead = []
        scenario.clocks = Array(scenario.clocks.prefix(scenario.weights.count))
        let index = scenario.weights.count - 1
        scenario.faults.removeAll { $0.machine >= index && $0.kind == .wipe || $0.machine > index }
        scenario.actors = [Scenario.Actor(machine: index, kind: actor)]
        return scenario
    }

    @Test("every bug of the catalogue has its case")
    func completeness() {
        #expect(Set(Self.cases.map(\.bug)) == Set(Sabotage.allCases))
    }

    @Test("a failing scenario is shrunk to one that still fails, with fewer faults")
    func shrinking() throws {
        let failing = try #require(
            (UInt64(1)...20).lazy.map { Scenario.make(seed: $0, kind: .crashes, nodes: 4) }.first { scenario in
                var simulation = Simulation(scenario, sabotage: .replaySkipped)
                return !simulation.run().violations.isEmpty
            })
        var shrinker = Shrinker(sabotage: .replaySkipped, budget: 40)
        let shrunk = shrinker.shrink(failing)
        var simulation = Simulation(try Scenario(tape: shrunk.tape), sabotage: .replaySkipped)
        #expect(!simulation.run().violations.isEmpty)
        #expect(shrunk.faults.count < failing.faults.count)
    }
}
