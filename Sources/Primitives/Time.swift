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

/// A span of time with nanosecond resolution; 292 years at most.
public struct Interval: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Interval(nanoseconds: 0)
    public static func microseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000) }
    public static func milliseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000_000) }
    public static func seconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000_000_000) }

    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    public static func < (a: Interval, b: Interval) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// Wall-clock time in milliseconds since 1970-01-01T00:00:00Z: what headers and messages carry.
public struct WallTime: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static let zero = WallTime(milliseconds: 0)
    public static func < (a: WallTime, b: WallTime) -> Bool { a.milliseconds < b.milliseconds }
    public static func + (a: WallTime, b: Interval) -> WallTime {
        WallTime(milliseconds: a.milliseconds + b.milliseconds)
    }
    public static func - (a: WallTime, b: WallTime) -> Interval { .milliseconds(a.milliseconds - b.milliseconds) }
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
