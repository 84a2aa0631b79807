/// A moment of the monotonic clock that also counts suspended time. Only differences mean anything.
///
/// The protocol floors never read a clock: the caller passes an `Instant` with every input.
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
    public static func + (a: Instant, b: Interval) -> Instant {
        Instant(nanoseconds: a.nanoseconds &+ UInt64(bitPattern: b.nanoseconds))
    }
    public static func - (a: Instant, b: Instant) -> Interval {
        Interval(nanoseconds: Int64(bitPattern: a.nanoseconds &- b.nanoseconds))
    }
}

/// A span of time with nanosecond resolution; 292 years at most, where longer ones end up.
public struct Interval: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Interval(nanoseconds: 0)
    public static func microseconds(_ count: Int64) -> Interval { Interval(count, of: 1_000) }
    public static func milliseconds(_ count: Int64) -> Interval { Interval(count, of: 1_000_000) }
    public static func seconds(_ count: Int64) -> Interval { Interval(count, of: 1_000_000_000) }

    private init(_ count: Int64, of unit: Int64) {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        nanoseconds = overflow ? (count < 0 ? .min : .max) : product
    }

    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    public static func < (a: Interval, b: Interval) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// Wall-clock time in milliseconds since 1970-01-01T00:00:00Z: what headers and messages carry.
///
/// Strangers choose it, so arithmetic ends at the ends of the range and never traps.
public struct WallTime: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static let zero = WallTime(milliseconds: 0)
    public static func < (a: WallTime, b: WallTime) -> Bool { a.milliseconds < b.milliseconds }
    public static func + (a: WallTime, b: Interval) -> WallTime {
        let (sum, overflow) = a.milliseconds.addingReportingOverflow(b.milliseconds)
        return WallTime(milliseconds: overflow ? (b.milliseconds < 0 ? .min : .max) : sum)
    }
    public static func - (a: WallTime, b: WallTime) -> Interval {
        let (difference, overflow) = a.milliseconds.subtractingReportingOverflow(b.milliseconds)
        return .milliseconds(overflow ? (a < b ? .min : .max) : difference)
    }
}

/// Both clocks, read together by a driver and passed with an input.
public struct Now: Hashable, Sendable {
    public var instant: Instant
    public var wall: WallTime

    public init(instant: Instant, wall: WallTime) {
        self.instant = instant
        self.wall = wall
    }
}
