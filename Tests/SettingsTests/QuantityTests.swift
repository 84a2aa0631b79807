import Primitives
import Settings
import Testing

@Suite("Durations, sizes, fractions, endpoints")
struct QuantityTests {
    @Test(
        "durations",
        arguments: [
            ("10s", 10_000), ("5m", 300_000), ("1h30m", 5_400_000), ("250ms", 250), ("1d", 86_400_000), ("0s", 0),
            ("2m0s", 120_000),
        ])
    func duration(text: String, milliseconds: Int64) {
        #expect(Interval(parsing: text) == .milliseconds(milliseconds))
    }

    @Test(
        "no durations",
        arguments: [
            "", "10", "s", "10 s", "-1s", "1.5s", "1m1h", "1s1s", "1S", "10s ", "9999999999999999999s", "200000d", "１s",
            "1y",
        ])
    func noDuration(text: String) { #expect(Interval(parsing: text) == nil) }

    @Test(
        "sizes",
        arguments: [
            ("100MB", 100_000_000), ("64MiB", 67_108_864), ("1kB", 1_000), ("0B", 0), ("17", 17),
            ("1TiB", 1_099_511_627_776),
        ])
    func size(text: String, bytes: Int64) { #expect(ByteCount(parsing: text)?.value == bytes) }

    @Test("no sizes", arguments: ["", "MB", "-1", "1mb", "1 MB", "1MB2", "1MB2kB", "9999999999GB", "0x10"])
    func noSize(text: String) { #expect(ByteCount(parsing: text) == nil) }

    @Test("fractions")
    func fractions() {
        #expect(Fraction(parsing: "2/3") == Fraction(2, 3))
        for text in ["", "2", "2/", "/3", "2/0", "2/3/4", "-2/3", "+2/3", "2 / 3", "5000000000/1"] {
            #expect(Fraction(parsing: text) == nil, "\(text)")
        }
        #expect(Fraction(2, 3) < Fraction(3, 4) && !(Fraction(2, 3) < Fraction(4, 6)))
    }

    @Test("what is written is read again")
    func roundTrip() {
        var random = PRNG(seed: 1)
        for _ in 0..<500 {
            let interval = Interval.milliseconds(Int64(random.next() % 10_000_000_000))
            #expect(Interval(parsing: interval.settingText) == interval)
            let size = ByteCount(Int64(random.next() % (1 << 50)))
            #expect(ByteCount(parsing: size.settingText) == size)
        }
    }

    @Test(
        "endpoints",
        arguments: [
            ("127.0.0.1:9999", Endpoint.tcp(host: "127.0.0.1", port: 9999)), ("[::1]:1", .tcp(host: "::1", port: 1)),
            ("host-a.example:65535", .tcp(host: "host-a.example", port: 65535)),
            ("/a/b.sock", .unix(path: "/a/b.sock")),
            ("unix:/a", .unix(path: "/a")), ("~/s", .unix(path: "/h/s")),
        ])
    func endpoint(text: String, endpoint: Endpoint) { #expect(Endpoint(parsing: text, home: "/h") == endpoint) }

    @Test(
        "no endpoints",
        arguments: [
            "", ":1", "a:", "a:65536", "a:-1", "a b:1", "::1:1", "[]:1", "[x]:1", "unix:a", "unix:a:1", "a/b", "~s",
            "http://a:1",
            "/" + String(repeating: "a", count: 107),
        ])
    func noEndpoint(text: String) { #expect(Endpoint(parsing: text, home: "/h") == nil) }

    @Test("what stays on this machine")
    func locality() {
        for text in ["127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "/s"] {
            #expect(Endpoint(parsing: text)?.isLocal == true)
        }
        for text in ["0.0.0.0:1", "127.0.0.1.example:1", "127.1:1", "[::]:1", "10.0.0.1:1"] {
            #expect(Endpoint(parsing: text)?.isLocal == false, "\(text)")
        }
    }
}
