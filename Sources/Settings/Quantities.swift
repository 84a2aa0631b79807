public import Primitives

extension Interval {
    /// Reads `10s`, `5m`, `1h30m`, `250ms`: whole numbers, each with its unit (`ms`, `s`, `m`, `h`, `d`), largest unit first.
    public init?(parsing text: some StringProtocol) {
        guard let parts = quantities(in: text), !parts.isEmpty else { return nil }
        var total: Int64 = 0
        var smallest = Int64.max
        for (count, unit) in parts {
            guard let scale = Self.units.first(where: { $0.name == unit })?.nanoseconds, scale < smallest else {
                return nil
            }
            smallest = scale
            let (product, overflow) = count.multipliedReportingOverflow(by: scale)
            let (sum, carry) = total.addingReportingOverflow(product)
            guard !overflow, !carry else { return nil }
            total = sum
        }
        self.init(nanoseconds: total)
    }

    /// As it may stand in a file: `1h30m`.
    public var settingText: String {
        var rest = nanoseconds
        var text = ""
        for unit in Self.units where rest >= unit.nanoseconds {
            text += "\(rest / unit.nanoseconds)\(unit.name)"
            rest %= unit.nanoseconds
        }
        return text.isEmpty ? "0s" : text
    }

    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000),
    ]
}

/// A size in bytes.
public struct ByteCount: Hashable, Comparable, Sendable {
    public var value: Int64

    /// - Precondition: not negative.
    public init(_ value: Int64) {
        precondition(value >= 0, "a size is not negative")
        self.value = value
    }

    public static func < (a: ByteCount, b: ByteCount) -> Bool { a.value < b.value }

    /// Reads `100MB` (a million each), `64MiB` (2^20 each), or a bare number of bytes.
    public init?(parsing text: some StringProtocol) {
        if let bytes = Int64(text), bytes >= 0 {
            value = bytes
            return
        }
        guard let parts = quantities(in: text), parts.count == 1,
            let unit = Self.units.first(where: { $0.name == parts[0].unit })
        else { return nil }
        let (product, overflow) = parts[0].count.multipliedReportingOverflow(by: unit.bytes)
        guard !overflow else { return nil }
        value = product
    }

    /// As it may stand in a file, in the largest unit that divides it.
    public var settingText: String {
        guard value > 0, let unit = Self.units.reversed().first(where: { value.isMultiple(of: $0.bytes) }) else {
            return "\(value)B"
        }
        return "\(value / unit.bytes)\(unit.name)"
    }

    /// From small to large.
    private static let units: [(name: String, bytes: Int64)] = [
        ("B", 1), ("kB", 1_000), ("KB", 1_000), ("KiB", 1 << 10), ("MB", 1_000_000), ("MiB", 1 << 20),
        ("GB", 1_000_000_000), ("GiB", 1 << 30), ("TB", 1_000_000_000_000), ("TiB", 1 << 40),
    ]
}

/// A share such as `2/3`, kept as it was written.
public struct Fraction: Hashable, Sendable {
    public var numerator: UInt32
    public var denominator: UInt32

    /// - Precondition: the denominator is positive.
    public init(_ numerator: UInt32, _ denominator: UInt32) {
        precondition(denominator > 0, "a fraction has a denominator")
        self.numerator = numerator
        self.denominator = denominator
    }

    public init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let top = UInt32(parts[0]), let bottom = UInt32(parts[1]), bottom > 0,
            parts.allSatisfy({ $0.allSatisfy(\.isNumber) })
        else { return nil }
        self.init(top, bottom)
    }

    public var settingText: String { "\(numerator)/\(denominator)" }

    /// Compares the shares, not their spelling: `2/3` and `4/6` are neither less than the other.
    public static func < (a: Fraction, b: Fraction) -> Bool {
        UInt64(a.numerator) * UInt64(b.denominator) < UInt64(b.numerator) * UInt64(a.denominator)
    }
}

/// - Returns: `[(1, "h"), (30, "m")]` for `1h30m`; nil where digits and letters don't alternate.
private func quantities(in text: some StringProtocol) -> [(count: Int64, unit: String)]? {
    var parts = [(count: Int64, unit: String)]()
    var rest = Substring(text)
    while !rest.isEmpty {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        let unit = rest.prefix { $0.isASCII && $0.isLetter }
        rest = rest.dropFirst(unit.count)
        guard let count = Int64(digits), !unit.isEmpty else { return nil }
        parts.append((count, String(unit)))
    }
    return parts
}
