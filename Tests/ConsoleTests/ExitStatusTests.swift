import Console
import Testing

@Suite("Exit status")
struct ExitStatusTests {
    @Test("the numbers that scripts rely on")
    func numbers() {
        #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6])
    }
}
