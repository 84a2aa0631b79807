import Glibc

/// What an interval took: on the wall, and of this thread's time on a processor, which a busy machine disturbs less.
struct Cost {
    var wall = 0.0
    var processor = 0.0

    static func measure(_ body: () -> Void) -> Cost {
        let start = (now(CLOCK_MONOTONIC), now(CLOCK_THREAD_CPUTIME_ID))
        body()
        return Cost(wall: now(CLOCK_MONOTONIC) - start.0, processor: now(CLOCK_THREAD_CPUTIME_ID) - start.1)
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
