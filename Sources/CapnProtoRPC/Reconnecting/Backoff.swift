public import Primitives

/// How long to wait before one more attempt: twice as long each time, up to a bound, less a part by chance, so that
/// many who lost the same server don't come back all at once.
public struct Backoff: Sendable {
    public let first: Interval
    public let most: Interval
    private var random: PRNG
    private var failureCount = 0

    /// - Parameter seed: anything that differs between those who may lose the same server.
    public init(
        first: Interval = .milliseconds(100), most: Interval = .seconds(10), seed: UInt64
    ) {
        self.first = first
        self.most = most
        random = PRNG(seed: seed)
    }

    /// The wait after one more failure.
    public mutating func next() -> Interval {
        let doubled = first.nanoseconds.multipliedReportingOverflow(by: 1 << min(failureCount, 40))
        failureCount += 1
        let longest = doubled.overflow ? most.nanoseconds : min(doubled.partialValue, most.nanoseconds)
        let half = max(1, longest / 2)
        return Interval(nanoseconds: half + Int64(random.next() % UInt64(half)))
    }

    /// An attempt has succeeded: the next wait is a short one.
    public mutating func reset() { failureCount = 0 }
}
