@_spi(Sabotage) import Simplex
import Simulator

/// The command line of `simulate`.
struct Arguments {
    var seeds: ClosedRange<UInt64> = 1...100
    var nodes: Int?
    var kind = ScenarioKind.swarm
    var tape: String?
    var isTraced = false
    var isShrunk = false
    var isTwins = false
    var views = 5
    var stride = 1
    var sabotage: Sabotage?
    var jobs = 2

    struct Mistake: Error { var text: String }

    static let usage = """
        usage: simulate --seeds A..B [--nodes N] [--scenario KIND] [--jobs N] [--shrink] [--trace] [--sabotage BUG]
               simulate --replay TAPE [--trace] [--shrink]
               simulate --twins [--views N] [--stride N]
        KIND: \(ScenarioKind.allCases.map(\.rawValue).joined(separator: " "))
        BUG:  \(Sabotage.allCases.map(\.rawValue).joined(separator: " "))
        The last line of standard output is JSON; everything else goes to standard error. Exit 1 on any violation.

        """

    init(_ words: [String]) throws(Mistake) {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--seeds": seeds = try Self.range(rest.popFirst())
            case "--nodes": nodes = try Self.number(rest.popFirst(), 1...100)
            case "--jobs": jobs = try Self.number(rest.popFirst(), 1...64)
            case "--views": views = try Self.number(rest.popFirst(), 1...16)
            case "--stride": stride = try Self.number(rest.popFirst(), 1...1_000_000)
            case "--scenario": kind = try Self.named(rest.popFirst())
            case "--sabotage": sabotage = try Self.named(rest.popFirst())
            case "--replay": tape = rest.popFirst()
            case "--trace": isTraced = true
            case "--shrink": isShrunk = true
            case "--twins": isTwins = true
            default: throw Mistake(text: "unknown argument \(word)")
            }
        }
    }

    private static func range(_ word: String?) throws(Mistake) -> ClosedRange<UInt64> {
        let parts = (word ?? "").split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
        guard let first = parts.first, let last = parts.last, parts.count <= 2, first <= last else {
            throw Mistake(text: "--seeds takes A..B")
        }
        return first...last
    }

    private static func number(_ word: String?, _ range: ClosedRange<Int>) throws(Mistake) -> Int {
        guard let number = word.flatMap({ Int($0) }), range.contains(number) else {
            throw Mistake(text: "\(word ?? "nothing") is not within \(range)")
        }
        return number
    }

    private static func named<Value: RawRepresentable>(_ word: String?) throws(Mistake) -> Value
    where Value.RawValue == String {
        guard let value = word.flatMap(Value.init(rawValue:)) else {
            throw Mistake(text: "there is no \(word ?? "name")")
        }
        return value
    }
}
