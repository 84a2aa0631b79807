/// An unsigned number of 256 bits: units of an asset. Arithmetic that could lose something says so by returning nil.
public struct UInt256: Hashable, Comparable, Sendable {
    /// Most significant first.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    public static let zero = UInt256(0)
    public static let max = UInt256((.max, .max, .max, .max))
    public static let maxByteCount = 32

    private init(_ words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }
    public init(_ value: UInt64) { words = (0, 0, 0, value) }

    /// - Parameter bytes: unsigned big-endian; no bytes are zero, leading zeros change nothing.
    /// - Returns: nil for more than 32 bytes.
    public init?(bigEndian bytes: [UInt8]) {
        guard bytes.count <= Self.maxByteCount else { return nil }
        var words = [UInt64](repeating: 0, count: 4)
        for (offset, byte) in bytes.reversed().enumerated() {
            words[3 - offset / 8] |= UInt64(byte) << UInt64(offset % 8 * 8)
        }
        self.init((words[0], words[1], words[2], words[3]))
    }

    /// Unsigned big-endian without leading zeros: the canonical form. Zero has no bytes.
    public var bigEndianBytes: [UInt8] {
        var bytes = [UInt8]()
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return Array(bytes.drop { $0 == 0 })
    }

    /// - Returns: nil where the sum needs more than 256 bits.
    public func adding(_ other: UInt256) -> UInt256? {
        let (sum, carry) = addingWithCarry(other)
        return carry ? nil : sum
    }

    /// - Returns: nil where `other` is larger.
    public func subtracting(_ other: UInt256) -> UInt256? { self < other ? nil : self &- other }

    /// The sum modulo 2^256.
    public static func &+ (a: UInt256, b: UInt256) -> UInt256 { a.addingWithCarry(b).sum }

    /// The difference modulo 2^256.
    public static func &- (a: UInt256, b: UInt256) -> UInt256 {
        let complement = UInt256((~b.words.0, ~b.words.1, ~b.words.2, ~b.words.3))
        return a &+ complement &+ UInt256(1)
    }

    public static func == (a: UInt256, b: UInt256) -> Bool { a.words == b.words }
    public static func < (a: UInt256, b: UInt256) -> Bool { a.words < b.words }

    public func hash(into hasher: inout Hasher) {
        for word in [words.0, words.1, words.2, words.3] { hasher.combine(word) }
    }

    private func addingWithCarry(_ other: UInt256) -> (sum: UInt256, carry: Bool) {
        func add(_ a: UInt64, _ b: UInt64, _ carry: Bool) -> (UInt64, Bool) {
            let (first, overflow) = a.addingReportingOverflow(b)
            let (second, again) = first.addingReportingOverflow(carry ? 1 : 0)
            return (second, overflow || again)
        }
        let (word3, carry3) = add(words.3, other.words.3, false)
        let (word2, carry2) = add(words.2, other.words.2, carry3)
        let (word1, carry1) = add(words.1, other.words.1, carry2)
        let (word0, carry0) = add(words.0, other.words.0, carry1)
        return (UInt256((word0, word1, word2, word3)), carry0)
    }
}

extension UInt256: CustomStringConvertible {
    /// Decimal digits without leading zeros.
    public var description: String {
        var rest = [words.0, words.1, words.2, words.3]
        var groups = [String]()
        let base: UInt64 = 10_000_000_000_000_000_000
        repeat {
            var remainder: UInt64 = 0
            for index in rest.indices { (rest[index], remainder) = base.dividingFullWidth((remainder, rest[index])) }
            groups.append(String(remainder))
        } while rest.contains { $0 != 0 }
        return groups.indices.reversed().map { index in
            let digits = groups[index]
            return index == groups.count - 1 ? digits : String(repeating: "0", count: 19 - digits.utf8.count) + digits
        }.joined()
    }

    /// - Returns: nil unless the text is one to 78 decimal digits whose value fits into 256 bits.
    public init?(decimal text: some StringProtocol) {
        guard (1...78).contains(text.utf8.count) else { return nil }
        var words = [UInt64](repeating: 0, count: 4)
        for digit in text.utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            var carry = UInt64(digit - UInt8(ascii: "0"))
            for index in words.indices.reversed() {
                let (high, low) = words[index].multipliedFullWidth(by: 10)
                let (sum, overflow) = low.addingReportingOverflow(carry)
                words[index] = sum
                carry = high + (overflow ? 1 : 0)
            }
            guard carry == 0 else { return nil }
        }
        self.init((words[0], words[1], words[2], words[3]))
    }
}
