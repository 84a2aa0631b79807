/// A natural number of any size: what an exact decimal form of very large and very small numbers needs.
struct Natural {
    /// The lowest first, no zeros at the end.
    private var limbs: [UInt32]

    init(_ value: UInt64) {
        limbs = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
        trim()
    }

    private mutating func trim() { while limbs.last == 0 { limbs.removeLast() } }

    mutating func multiply(by factor: UInt32) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            carry += UInt64(limbs[index]) * UInt64(factor)
            limbs[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    mutating func multiply(byTenTo power: Int) {
        for _ in 0..<power / 9 { multiply(by: 1_000_000_000) }
        for _ in 0..<power % 9 { multiply(by: 10) }
    }

    mutating func shift(_ bits: Int) {
        multiply(by: 1 << UInt32(bits % 32))
        if !limbs.isEmpty { limbs.insert(contentsOf: repeatElement(0, count: bits / 32), at: 0) }
    }

    private static func isLess(_ left: Natural, _ right: Natural) -> Bool {
        if left.limbs.count != right.limbs.count { return left.limbs.count < right.limbs.count }
        for index in left.limbs.indices.reversed() where left.limbs[index] != right.limbs[index] {
            return left.limbs[index] < right.limbs[index]
        }
        return false
    }

    private mutating func subtract(_ other: Natural) {
        var borrow: Int64 = 0
        for index in limbs.indices {
            borrow += Int64(limbs[index]) - (index < other.limbs.count ? Int64(other.limbs[index]) : 0)
            limbs[index] = UInt32(truncatingIfNeeded: borrow)
            borrow >>= 32
        }
        trim()
    }

    /// The quotient, which fits 64 bits, rounded to the nearest, ties to even.
    func dividedRounding(by divisor: Natural) -> UInt64 {
        var rest = self
        var steps = [divisor]
        while let last = steps.last, !Self.isLess(rest, last) {
            var next = last
            next.multiply(by: 2)
            steps.append(next)
        }
        var quotient: UInt64 = 0
        for step in steps.reversed() {
            quotient <<= 1
            guard !Self.isLess(rest, step) else { continue }
            rest.subtract(step)
            quotient |= 1
        }
        rest.multiply(by: 2)
        let isHalf = !Self.isLess(rest, divisor) && !Self.isLess(divisor, rest)
        let roundsUp = isHalf ? quotient & 1 == 1 : !Self.isLess(rest, divisor)
        return quotient + (roundsUp ? 1 : 0)
    }
}
