import Quorum
import Simplex

// A scenario as text: one line of settings, then a line for each actor, clock and fault. It doesn't depend on how seeds
// become scenarios, so a tape that was kept goes on meaning what it meant.
extension Scenario {
    public enum TapeFailure: Error, Hashable, Sendable {
        case line(Int, String)
    }

    public var tape: String {
        var lines = ["simulate-tape 1"]
        lines.append(
            "run seed=\(seed) mode=\(mode.rawValue) duration=\(duration) commits=\(commitCount) latency=\(minLatency) "
                + "jitter=\(jitter) loss=\(lossPerMille) duplicate=\(duplicatePerMille) reorder=\(reorderPerMille) "
                + "sync=\(syncLatency) check=\(checkLatency) heartbeat=\(heartbeat) timeout=\(minTimeout) "
                + "patience=\(patience)")
        lines.append("weights " + weights.map(String.init).joined(separator: " "))
        if !twins.isEmpty { lines.append("twins " + twins.map(String.init).joined(separator: " ")) }
        if !dead.isEmpty { lines.append("dead " + dead.map(String.init).joined(separator: " ")) }
        if !leaders.isEmpty { lines.append("leaders " + leaders.map(String.init).joined(separator: " ")) }
        for actor in actors { lines.append("actor machine=\(actor.machine) kind=\(actor.kind.rawValue)") }
        for clock in clocks { lines.append("clock offset=\(clock.offset) drift=\(clock.drift)") }
        for fault in faults {
            lines.append(
                "fault at=\(fault.at) kind=\(fault.kind.rawValue) machine=\(fault.machine) amount=\(fault.amount) "
                    + "for=\(fault.duration)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    public init(tape: String) throws(TapeFailure) {
        self.init(seed: 0)
        weights = []
        var isHeaded = false
        for (index, line) in tape.split(separator: "\n").enumerated() where !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            guard isHeaded else {
                guard words == ["simulate-tape", "1"] else { throw .line(index + 1, "no tape of version 1") }
                isHeaded = true
                continue
            }
            guard read(words) else { throw .line(index + 1, String(line)) }
        }
        guard ValidatorSet(weights: weights) != nil else { throw .line(0, "no validators") }
        let isInside = (faults.map(\.machine) + twins + dead + actors.map(\.machine)).allSatisfy {
            (0..<machineCount).contains($0)
        }
        guard isInside, twins.allSatisfy(weights.indices.contains), dead.allSatisfy(weights.indices.contains) else {
            throw .line(0, "a machine that isn't there")
        }
    }

    private mutating func read(_ words: [String]) -> Bool {
        let rest = Array(words.dropFirst())
        let fields = Dictionary(
            rest.map { word in
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                return (parts.first ?? "", parts.last ?? "")
            }, uniquingKeysWith: { first, _ in first })
        switch words.first {
        case "run": return readRun(fields)
        case "weights": return read(rest, into: \.weights)
        case "twins": return read(rest, into: \.twins)
        case "dead": return read(rest, into: \.dead)
        case "leaders": return read(rest, into: \.leaders)
        case "actor":
            guard let machine = fields["machine"].flatMap({ Int($0) }),
                let kind = fields["kind"].flatMap(AdversaryKind.init(rawValue:))
            else { return false }
            actors.append(Actor(machine: machine, kind: kind))
        case "clock":
            guard let offset = fields["offset"].flatMap({ UInt64($0) }),
                let drift = fields["drift"].flatMap({ Int64($0) })
            else { return false }
            clocks.append(Clock(offset: offset, drift: drift))
        case "fault":
            guard let at = fields["at"].flatMap({ UInt64($0) }),
                let kind = fields["kind"].flatMap(Fault.Kind.init(rawValue:)),
                let machine = fields["machine"].flatMap({ Int($0) }),
                let amount = fields["amount"].flatMap({ UInt64($0) }),
                let span = fields["for"].flatMap({ UInt64($0) })
            else { return false }
            faults.append(Fault(at: at, kind: kind, machine: machine, amount: amount, duration: span))
        default: return false
        }
        return true
    }

    private mutating func readRun(_ fields: [String: String]) -> Bool {
        let places: [(String, WritableKeyPath<Scenario, UInt64>)] = [
            ("seed", \.seed), ("duration", \.duration), ("commits", \.commitCount), ("latency", \.minLatency),
            ("jitter", \.jitter), ("loss", \.lossPerMille), ("duplicate", \.duplicatePerMille),
            ("reorder", \.reorderPerMille), ("sync", \.syncLatency), ("check", \.checkLatency),
            ("heartbeat", \.heartbeat), ("timeout", \.minTimeout), ("patience", \.patience),
        ]
        for (name, place) in places {
            guard let value = fields[name].flatMap({ UInt64($0) }) else { return false }
            self[keyPath: place] = value
        }
        guard let mode = fields["mode"].flatMap(Mode.init(rawValue:)) else { return false }
        self.mode = mode
        return true
    }

    private mutating func read<Number: LosslessStringConvertible>(
        _ words: [String], into place: WritableKeyPath<Scenario, [Number]>
    ) -> Bool {
        let numbers = words.compactMap { Number($0) }
        self[keyPath: place] = numbers
        return numbers.count == words.count
    }
}
