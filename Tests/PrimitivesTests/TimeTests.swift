import Primitives
import Testing

/// Headers and messages carry times that strangers chose: no difference or sum of them may trap.
struct TimeTests {
    @Test func arithmeticEndsAtTheEndsOfTheRange() {
        let first = WallTime(milliseconds: .min), last = WallTime(milliseconds: .max)
        #expect(last - first == Interval(nanoseconds: .max))
        #expect(first - last == Interval(nanoseconds: .min))
        #expect(last - .zero == Interval(nanoseconds: .max))
        #expect(last + .milliseconds(1) == last)
        #expect(first + .milliseconds(-1) == first)
        #expect(Interval.seconds(.min) == Interval(nanoseconds: .min))
        #expect(Interval.microseconds(.max) == Interval(nanoseconds: .max))
    }

    @Test func ordinaryArithmeticIsExact() {
        #expect(WallTime(milliseconds: 5) - WallTime(milliseconds: 8) == .milliseconds(-3))
        #expect(WallTime(milliseconds: 5) + .seconds(2) == WallTime(milliseconds: 2005))
        #expect(Interval.seconds(-2).milliseconds == -2000)
    }
}
