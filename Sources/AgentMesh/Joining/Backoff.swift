import Primitives

/// How long to wait before the next attempt to join: twice as long after every failure, between a floor and a ceiling, and
/// spread by chance over the upper half, so that a thousand agents don't return to a restarted node in one instant.
struct Backoff: Sendable, Hashable {
    let floor: Interval
    let ceiling: Interval
    private(set) var failureCount = 0

    /// - Precondition: the floor is positive and below an hour.
    init(floor: Interval = .milliseconds(50), ceiling: Interval = .seconds(10)) {
        precondition(floor > .zero && floor < .seconds(3_600), "a floor that can be doubled twenty times")
        self.floor = floor
        self.ceiling = max(floor, ceiling)
    }

    /// - Parameter chance: any number, drawn evenly from all.
    mutating func failed(chance: UInt64) -> Interval {
        let span = min(floor.nanoseconds << Int64(min(failureCount, 20)), ceiling.nanoseconds)
        failureCount += 1
        let half = max(span / 2, 1)
        return Interval(nanoseconds: span - half + Int64(chance % UInt64(half)))
    }

    mutating func succeeded() { failureCount = 0 }
}
