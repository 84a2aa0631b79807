@_spi(Sabotage) import Simplex
@_spi(Sabotage) import Simulator
import Testing

@Suite("Twins")
struct TwinsTests {
    @Test("a sample of all schedules of leaders and splits over five views")
    func sample() {
        let twins = Twins(viewCount: 5)
        var count = 0
        twins.runAll(stride: twins.count / 40) { result in
            count += 1
            #expect(result.violations.isEmpty, "schedule \(result.scenario.seed)")
        }
        #expect(count >= 40)
    }

    @Test("a quorum that is too small is found by twins alone")
    func sensitivity() {
        var found = 0
        let twins = Twins(viewCount: 3)
        twins.runAll(sabotage: .quorumTooSmall, stride: twins.count / 20) { found += $0.violations.isEmpty ? 0 : 1 }
        #expect(found > 0)
    }
}
