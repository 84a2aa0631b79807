import Glibc
import Primitives

extension Now {
    /// Both clocks of this machine. The monotonic one also counts suspended time.
    static func current() -> Now {
        Now(
            instant: Instant(nanoseconds: read(CLOCK_BOOTTIME)),
            wall: WallTime(milliseconds: Int64(read(CLOCK_REALTIME) / 1_000_000)))
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
