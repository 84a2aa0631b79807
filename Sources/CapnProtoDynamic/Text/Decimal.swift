// Floating point as C's printf writes it with %g, which is how other implementations print messages: the fewest of 15 or
// 17 digits that name the number (6 or 8 for Float32; 8 where it is subnormal), no `+` in exponents, which have at least two digits.

enum Decimal {
    static func append(_ value: Double, to text: inout [UInt8]) {
        guard appendSpecial(value, to: &text) else { return }
        let shortest = Shortest(value.magnitude.description)
        if value.isNormal, shortest.digitCount <= 15 { return shortest.number.append(to: &text, precision: 15) }
        if !value.isNormal {
            let short = Digits(value.magnitude, count: 15, near: shortest.exponent)
            if short.equals(value.magnitude) { return short.append(to: &text, precision: 15) }
        }
        Digits(value.magnitude, count: 17, near: shortest.exponent).append(to: &text, precision: 17)
    }

    static func append(_ value: Float, to text: inout [UInt8]) {
        guard appendSpecial(Double(value), to: &text) else { return }
        let shortest = Shortest(value.magnitude.description)
        if value.isNormal, shortest.digitCount <= 6 { return shortest.number.append(to: &text, precision: 6) }
        Digits(Double(value.magnitude), count: 8, near: shortest.exponent).append(to: &text, precision: 8)
    }

    /// Writes the sign; zero, infinity and NaN are then done.
    /// - Returns: whether digits are still to come.
    private static func appendSpecial(_ value: Double, to text: inout [UInt8]) -> Bool {
        if value.isNaN {
            text.append(contentsOf: "nan".utf8)
            return false
        }
        if value.sign == .minus { text.append(UInt8(ascii: "-")) }
        if value.isFinite && value != 0 { return true }
        text.append(contentsOf: (value == 0 ? "0" : "inf").utf8)
        return false
    }
}

/// The digits of Swift's description: the fewest that name the number.
private struct Shortest {
    var digits: UInt64 = 0
    var digitCount = 0
    /// Of ten, for the first digit.
    var exponent = 0

    var number: Digits { Digits(value: digits, count: digitCount, exponent: exponent) }

    init(_ description: String) {
        var sawPoint = false
        var trailingZeros = 0
        var utf8 = description.utf8[...]
        while let byte = utf8.first, byte != UInt8(ascii: "e") {
            utf8.removeFirst()
            if byte == UInt8(ascii: ".") {
                sawPoint = true
            } else if digitCount == 0, byte == UInt8(ascii: "0") {
                if sawPoint { exponent -= 1 }
            } else {
                if !sawPoint { exponent += 1 }
                digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
                digitCount += 1
                trailingZeros = byte == UInt8(ascii: "0") ? trailingZeros + 1 : 0
            }
        }
        for _ in 0..<trailingZeros { digits /= 10 }
        digitCount -= trailingZeros
        exponent -= 1
        if !utf8.isEmpty { exponent += Int(String(utf8.dropFirst()) ?? "") ?? 0 }
    }
}

/// A number of `count` digits, the first of which stands for ten to the power of `exponent`.
private struct Digits {
    var value: UInt64
    var count: Int
    var exponent: Int

    init(value: UInt64, count: Int, exponent: Int) {
        self.value = value
        self.count = count
        self.exponent = exponent
    }

    /// The nearest to `number`, ties to even.
    /// - Parameter exponent: a guess, at most a few off.
    init(_ number: Double, count: Int, near exponent: Int) {
        self.count = count
        self.exponent = exponent
        value = 0
        let limit = Self.power(count)
        while true {
            value = Self.scaled(number, power: count - 1 - self.exponent)
            if value < limit / 10 {
                self.exponent -= 1
                continue
            }
            guard value >= limit else { return }
            self.exponent += 1
            guard value == limit else { continue }
            value /= 10
            return
        }
    }

    static func power(_ exponent: Int) -> UInt64 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    /// `number` times ten to the power of `power`, rounded to an integer.
    static func scaled(_ number: Double, power: Int) -> UInt64 {
        let bits = number.bitPattern
        let isNormal = bits >> 52 != 0
        let significand = bits & (1 << 52 - 1) | (isNormal ? 1 << 52 : 0)
        let exponent = Int(bits >> 52) - 1075 + (isNormal ? 0 : 1)
        if (0...19).contains(power), (-126...0).contains(exponent) {
            return rounded(UInt128(significand) * UInt128(Self.power(power)), shift: -exponent)
        }
        var numerator = Natural(significand)
        var denominator = Natural(1)
        if power >= 0 { numerator.multiply(byTenTo: power) } else { denominator.multiply(byTenTo: -power) }
        if exponent >= 0 { numerator.shift(exponent) } else { denominator.shift(-exponent) }
        return numerator.dividedRounding(by: denominator)
    }

    private static func rounded(_ product: UInt128, shift: Int) -> UInt64 {
        guard shift > 0 else { return UInt64(truncatingIfNeeded: product) }
        let quotient = product >> UInt128(shift)
        let rest = product & ((1 as UInt128) << UInt128(shift) - 1)
        let half = (1 as UInt128) << UInt128(shift - 1)
        let roundsUp = rest > half || rest == half && quotient & 1 == 1
        return UInt64(truncatingIfNeeded: quotient) + (roundsUp ? 1 : 0)
    }

    private var literal: String { "\(value)e\(exponent - count + 1)" }
    func equals(_ number: Double) -> Bool { Double(literal) == number }

    /// As %g of that precision.
    func append(to text: inout [UInt8], precision: Int) {
        var digits = Array(String(value).utf8)
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        guard exponent >= -4, exponent < precision else { return appendScientific(digits, to: &text) }
        if exponent < 0 {
            text.append(contentsOf: "0.".utf8)
            text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -exponent - 1))
            text.append(contentsOf: digits)
            return
        }
        for index in 0..<max(digits.count, exponent + 1) {
            if index == exponent + 1 { text.append(UInt8(ascii: ".")) }
            text.append(index < digits.count ? digits[index] : UInt8(ascii: "0"))
        }
    }

    private func appendScientific(_ digits: [UInt8], to text: inout [UInt8]) {
        text.append(digits[0])
        if digits.count > 1 { text.append(UInt8(ascii: ".")) }
        text.append(contentsOf: digits.dropFirst())
        text.append(UInt8(ascii: "e"))
        if exponent < 0 { text.append(UInt8(ascii: "-")) }
        if exponent.magnitude < 10 { text.append(UInt8(ascii: "0")) }
        text.append(contentsOf: String(exponent.magnitude).utf8)
    }
}
