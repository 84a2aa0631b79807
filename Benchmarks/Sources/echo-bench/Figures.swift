/// What a run of one stack gave.
struct Figures: Codable {
    var stack: String
    /// One call in flight, microseconds.
    var p50: Double
    var p99: Double
    /// Calls a second with a window of 64 in flight on one connection.
    var pipelined: Double
    /// Processor time of client and server together, microseconds a message, over all calls of the run.
    var cpu = 0.0
}

/// The value below which `share` of the sorted samples lie.
func percentile(_ sorted: [Double], _ share: Double) -> Double {
    sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}

/// The 200-byte message that every stack echoes.
struct Message: Codable, Equatable {
    var id: String
    var from: String
    var to: String
    var timestamp: Int64
    var text: String

    static let sample = Message(
        id: "0b7d9d60-3a55-4d5c-9f3e-1c35ee0a7d1b", from: String(repeating: "a", count: 32), to: String(repeating: "b", count: 32),
        timestamp: 1_795_000_000_000, text: String(repeating: "x", count: 64))
}
