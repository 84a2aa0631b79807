import Glibc
import Primitives

/// The two clocks and the entropy of the process: the only place of this module that reads them.
enum Machine {
    static func wallTime() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    static func instant() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    static func chance() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    /// 32 bytes of the system's entropy.
    static func nonce() -> Digest {
        var generator = SystemRandomNumberGenerator()
        var writer = ByteWriter(capacity: Digest.byteCount)
        for _ in 0..<4 { writer.write(generator.next()) }
        return Digest(writer.bytes) ?? .zero
    }

    /// A random UUID (version 4) as text.
    static func uuid() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & ~0xF000 | 0x4000
        let low = generator.next() & ~(0b11 << 62) | 0b10 << 62
        let digits = Array((hex(high) + hex(low)).utf8)
        let parts = [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static var processID: UInt32 { UInt32(getpid()) }
    static var userID: UInt32 { geteuid() }
}
