import Glibc

/// What a run measured: lines as the C++ peer prints them, or the same names and numbers as JSON.
struct BenchFigures {
    struct Line {
        var name: String
        /// The rest of the line.
        var text: String
        var numbers: [(key: String, value: Double)]
    }

    var lines: [Line] = []

    var text: String { lines.map { "\($0.name): \($0.text)" }.joined(separator: "\n") }

    var json: String {
        let members = lines.map { line in
            let numbers = line.numbers.map { "\"\($0.key)\": \(fixed($0.value, 2))" }.joined(separator: ", ")
            return "  \"\(line.name)\": {\(numbers)}"
        }
        return "{\n" + members.joined(separator: ",\n") + "\n}"
    }
}

extension BenchFigures.Line {
    /// Calls one after the other.
    static func sequence(_ samples: [Double], in seconds: Double) -> Self {
        let sorted = samples.sorted(), count = Double(samples.count)
        let mean = seconds / count * 1e6, rate = count / seconds
        let p50 = sorted[samples.count / 2] * 1e6, p99 = sorted[samples.count * 99 / 100] * 1e6
        return Self(
            name: "seq call",
            text: "mean \(fixed(mean, 2)) us p50 \(fixed(p50, 2)) p99 \(fixed(p99, 2))  (\(fixed(rate, 0))/s)",
            numbers: [("mean_us", mean), ("p50_us", p50), ("p99_us", p99), ("per_s", rate)])
    }

    static func calls(_ name: String, _ count: Int, in seconds: Double) -> Self {
        let each = seconds / Double(count) * 1e6, rate = Double(count) / seconds
        return Self(
            name: name, text: "\(fixed(each, 2)) us/call (\(fixed(rate, 0))/s)",
            numbers: [("us_per_call", each), ("per_s", rate)])
    }

    static func chains(_ count: Int, in seconds: Double) -> Self {
        let each = seconds / Double(count) * 1e6
        return Self(name: "pipelined 3-call chain", text: "\(fixed(each, 2)) us/chain", numbers: [("us_per_chain", each)])
    }

    static func stream(_ size: Int, _ count: Int, _ bytes: UInt64, in seconds: Double) -> Self {
        let rate = Double(bytes) / seconds / 1e6, each = seconds / Double(count) * 1e6
        return Self(
            name: "stream \(size)B chunks", text: "\(fixed(rate, 0)) MB/s (\(fixed(each, 2)) us/chunk) bytes \(bytes)",
            numbers: [("MB_per_s", rate), ("us_per_chunk", each), ("bytes", Double(bytes))])
    }

    /// What each of many connections got, in calls a second.
    static func fanIn(_ rates: [Double]) -> Self {
        let sorted = rates.sorted()
        let (least, median, most) = (sorted[0], sorted[sorted.count / 2], sorted[sorted.count - 1])
        let sum = rates.reduce(0, +)
        return Self(
            name: "fan-in \(rates.count) connections",
            text: "\(fixed(sum, 0))/s, each: min \(fixed(least, 0)) median \(fixed(median, 0)) max \(fixed(most, 0)), "
                + "median/min \(fixed(median / least, 2))",
            numbers: [
                ("per_s", sum), ("min_per_s", least), ("median_per_s", median), ("max_per_s", most),
                ("median_over_min", median / least),
            ])
    }

    static func echo(_ count: Int, in seconds: Double) -> Self {
        let each = seconds / Double(count) * 1e6
        return Self(name: "echo AgentMessage", text: "\(fixed(each, 2)) us/call", numbers: [("us_per_call", each)])
    }
}

/// A number with so many digits after the point.
private func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = pow(10, Double(digits))
    let scaled = Int64((value * scale).rounded())
    guard digits > 0 else { return "\(scaled)" }
    let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int64(scale))
    let fraction = "\(rest)"
    return "\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
}
