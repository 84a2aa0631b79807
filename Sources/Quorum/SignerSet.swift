public import Primitives

/// Which validators have signed: a bitmap of 128 bits, so that nobody can stand in it twice.
public struct SignerSet: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    public static let capacity = 128

    public init() {}
    public init(_ signers: some Sequence<ValidatorIndex>) { for signer in signers { insert(signer) } }

    public var count: Int { low.nonzeroBitCount + high.nonzeroBitCount }
    public var isEmpty: Bool { low | high == 0 }

    public func contains(_ signer: ValidatorIndex) -> Bool {
        switch signer.value {
        case 0..<64: low >> UInt64(signer.value) & 1 == 1
        case 64..<128: high >> UInt64(signer.value - 64) & 1 == 1
        default: false
        }
    }

    /// - Returns: whether the signer is new. Those that no set can hold are refused.
    @discardableResult public mutating func insert(_ signer: ValidatorIndex) -> Bool {
        guard signer.value < Self.capacity, !contains(signer) else { return false }
        if signer.value < 64 { low |= 1 << UInt64(signer.value) } else { high |= 1 << UInt64(signer.value - 64) }
        return true
    }

    public mutating func remove(_ signer: ValidatorIndex) {
        guard contains(signer) else { return }
        if signer.value < 64 { low &= ~(1 << UInt64(signer.value)) } else { high &= ~(1 << UInt64(signer.value - 64)) }
    }

    public func union(_ other: SignerSet) -> SignerSet {
        var result = self
        result.low |= other.low
        result.high |= other.high
        return result
    }

    public func subtracting(_ other: SignerSet) -> SignerSet {
        var result = self
        result.low &= ~other.low
        result.high &= ~other.high
        return result
    }

    /// Ascending.
    public var members: [ValidatorIndex] {
        var result: [ValidatorIndex] = []
        result.reserveCapacity(count)
        for (word, base) in [(low, UInt8(0)), (high, 64)] {
            var rest = word
            while rest != 0 {
                result.append(ValidatorIndex(base + UInt8(rest.trailingZeroBitCount)))
                rest &= rest - 1
            }
        }
        return result
    }

    /// u64 validators 0 … 63 ‖ u64 validators 64 … 127, the lowest bit first.
    public func write(to writer: inout ByteWriter) {
        writer.write(low)
        writer.write(high)
    }

    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        low = try reader.read()
        high = try reader.read()
    }
}

extension SignerSet: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: ValidatorIndex...) { self.init(elements) }
}
