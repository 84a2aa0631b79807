import Console
import Foundation
import Primitives
import Testing

@Suite("Times")
struct UTCTests {
    @Test(
        "RFC 3339 in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_800_001, "2024-02-29T00:00:00.001Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ])
    func text(milliseconds: Int64, text: String) { #expect(WallTime(milliseconds: milliseconds).rfc3339 == text) }

    @Test("agrees with Foundation's calendar")
    func agrees() {
        var random = PRNG(seed: 5)
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        for _ in 0..<300 {
            let seconds = Int64(random.next() % 8_000_000_000)
            let text = WallTime(milliseconds: seconds * 1_000 + 250).rfc3339
            #expect(text == formatter.string(from: Date(timeIntervalSince1970: Double(seconds) + 0.25)))
        }
    }
}
