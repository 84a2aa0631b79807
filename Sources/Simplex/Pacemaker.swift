import Primitives

/// How long to wait for a leader and for a notarization.
///
/// The base is four times the slowest of the last round trips, at least `minTimeout`. Each view in a row that was given
/// up makes it half as long again, up to the configured caps; each that succeeded halves the exponent, so that a network
/// that was down for a day doesn't wait for a day.
struct Pacemaker: Hashable, Sendable {
    private let configuration: SimplexConfiguration
    private var samples: [Interval] = []
    private var next = 0
    private(set) var failureCount = 0

    private static let sampleCount = 32
    private static let maxFailureCount = 24

    init(_ configuration: SimplexConfiguration) { self.configuration = configuration }

    /// A vote was answered by a quorum after this long.
    mutating func succeeded(after roundTrip: Interval) {
        failureCount /= 2
        if samples.count < Self.sampleCount {
            samples.append(roundTrip)
        } else {
            samples[next] = roundTrip
            next = (next + 1) % Self.sampleCount
        }
    }

    mutating func failed() { failureCount = min(failureCount + 1, Self.maxFailureCount) }

    /// Two message delays, for the leader's proposal.
    var leaderTimeout: Interval { min(scaled(1, 1), configuration.maxLeaderTimeout) }
    /// Three message delays, for the view's notarization.
    var advanceTimeout: Interval { min(scaled(3, 2), configuration.maxAdvanceTimeout) }

    private func scaled(_ numerator: Int64, _ denominator: Int64) -> Interval {
        let slowest = samples.max() ?? .zero
        let cap = configuration.maxAdvanceTimeout.nanoseconds
        var value = max(configuration.minTimeout.nanoseconds, min(slowest.nanoseconds, cap) * 4)
        for _ in 0..<failureCount where value < cap { value += value / 2 }
        return Interval(nanoseconds: min(value, cap) / denominator * numerator)
    }
}
