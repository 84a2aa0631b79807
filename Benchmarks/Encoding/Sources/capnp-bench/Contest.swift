/// One kind of work, done by both sides in turns.
struct Contest {
    let name: String
    /// What it may take at most, as a ratio to C++.
    let gate: Double?
    /// What one round handles.
    let items: Int
    /// Both return a number that depends on all of their work.
    let ours: (Int) -> UInt64
    let peer: (Int) -> UInt64

    struct Outcome {
        let ratio: Double
        let holds: Bool
    }

    static let turns = 15
    /// How long a side's turn takes, about.
    static let turnNanoseconds = 8e6

    func run() -> Outcome {
        let rounds = calibrate()
        var samples: [(ours: Cost, peer: Cost)] = []
        var sums: (UInt64, UInt64) = (0, 0)
        for turn in 0..<Self.turns {
            var pair = (ours: Cost(), peer: Cost())
            // Who goes first changes, as a processor's clock does.
            for side in [turn % 2, (turn + 1) % 2] {
                if side == 0 {
                    pair.ours = Cost.measure { sums.0 &+= ours(rounds) }
                } else {
                    pair.peer = Cost.measure { sums.1 &+= peer(rounds) }
                }
            }
            samples.append(pair)
        }
        guard sums.0 != 0, sums.1 != 0 else { fatalError("\(name): nothing was done") }
        return report(samples, rounds)
    }

    private func calibrate() -> Int {
        var rounds = 1
        while true {
            let cost = Cost.measure { _ = peer(rounds) }
            if cost.processor > Self.turnNanoseconds / 4 {
                return max(1, Int(Double(rounds) * Self.turnNanoseconds / cost.processor))
            }
            rounds *= 2
        }
    }

    private func report(_ samples: [(ours: Cost, peer: Cost)], _ rounds: Int) -> Outcome {
        let ratio = median(samples.map { $0.ours.processor / $0.peer.processor })
        let wall = median(samples.map { $0.ours.wall / $0.peer.wall })
        let work = Double(rounds * items)
        let figures = [
            median(samples.map(\.ours.processor)) / work, median(samples.map(\.peer.processor)) / work, ratio, wall,
        ]
        let holds = gate.map { ratio <= $0 } ?? true
        let verdict = gate.map { "at most \($0)\(holds ? "" : "  MISSED")" } ?? ""
        print(pad(name, 22) + figures.map { padLeft(decimals($0), 10) }.joined() + "   " + verdict)
        return Outcome(ratio: ratio, holds: holds)
    }
}

func decimals(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}
func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
