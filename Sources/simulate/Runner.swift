import Dispatch
import Foundation
@_spi(Sabotage) import Simulator
import Synchronization

/// Runs scenarios on a few threads, each scenario on one, and reports in the order of the seeds.
enum Runner {
    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    static func report(_ result: SimulationResult, _ arguments: Arguments) {
        guard let first = result.violations.first else { return }
        let scenario = result.scenario
        let again =
            arguments.tape.map { "--replay \($0)" }
            ?? "--seeds \(scenario.seed)..\(scenario.seed) --scenario \(arguments.kind.rawValue)"
            + (arguments.nodes.map { " --nodes \($0)" } ?? "")
        say("seed \(scenario.seed): \(first)  (simulate \(again) --trace)")
        guard arguments.isShrunk else { return }
        var shrinker = Shrinker(sabotage: arguments.sabotage)
        say("the shortest tape that still fails:\n\(shrinker.shrink(scenario).tape)")
    }

    static func run(_ scenario: Scenario, _ arguments: Arguments) -> SimulationResult {
        var simulation = Simulation(
            scenario, sabotage: arguments.sabotage, trace: arguments.isTraced ? { say($0) } : nil)
        return simulation.run()
    }

    static func runSeeds(_ arguments: Arguments, _ tally: inout Tally) {
        let width = UInt64(arguments.isTraced ? 1 : 4 * arguments.jobs)
        var next = arguments.seeds.lowerBound
        while true {
            let last = min(next.addingReportingOverflow(width - 1).partialValue, arguments.seeds.upperBound)
            let results = Mutex<[UInt64: SimulationResult]>([:])
            let cursor = Mutex<UInt64>(next)
            DispatchQueue.concurrentPerform(iterations: arguments.jobs) { _ in
                while let seed = cursor.withLock({ (value: inout UInt64) -> UInt64? in
                    guard value <= last else { return nil }
                    defer { value += 1 }
                    return value
                }) {
                    let result = run(Scenario.make(seed: seed, kind: arguments.kind, nodes: arguments.nodes), arguments)
                    results.withLock { $0[seed] = result }
                }
            }
            for (_, result) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
                tally.add(result)
                report(result, arguments)
            }
            guard last < arguments.seeds.upperBound else { return }
            next = last + 1
        }
    }

    static func runAll(_ arguments: Arguments) throws -> Tally {
        var tally = Tally()
        if arguments.isTwins {
            Twins(viewCount: arguments.views).runAll(sabotage: arguments.sabotage, stride: arguments.stride) { result in
                tally.add(result)
                report(result, arguments)
            }
        } else if let path = arguments.tape {
            let result = run(try Scenario(tape: String(contentsOfFile: path, encoding: .utf8)), arguments)
            say("audit \(result.audit)")
            tally.add(result)
            report(result, arguments)
        } else {
            runSeeds(arguments, &tally)
        }
        return tally
    }
}
