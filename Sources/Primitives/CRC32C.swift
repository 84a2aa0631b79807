/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of journal records. Eight bytes a step.
public struct CRC32C: Sendable {
    private var state: UInt32 = ~0

    public init() {}

    public var value: UInt32 { ~state }

    public mutating func update(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { step(byte) }
    }

    public mutating func update(_ bytes: [UInt8]) { update(bytes.span) }
    public mutating func update(_ bytes: ArraySlice<UInt8>) { update(bytes.span) }

    public mutating func update(_ bytes: Span<UInt8>) {
        let tables = Self.tables
        var index = 0
        while index + 8 <= bytes.count {
            var word = UInt64(state)
            for place in 0..<8 { word ^= UInt64(bytes[index + place]) << UInt64(place * 8) }
            var next: UInt32 = 0
            for place in 0..<8 { next ^= tables[(7 - place) << 8 | Int(word >> UInt64(place * 8) & 0xFF)] }
            state = next
            index += 8
        }
        while index < bytes.count {
            step(bytes[index])
            index += 1
        }
    }

    public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes)
        return crc.value
    }

    private mutating func step(_ byte: UInt8) {
        state = Self.tables[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8)
    }

    /// Table `k` advances a byte over `k` zero bytes behind it.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = (0..<256).map { index in
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? 0x82F6_3B78 ^ (value >> 1) : value >> 1 }
            return value
        }
        for index in 256..<2048 {
            let shorter = tables[index - 256]
            tables.append(tables[Int(shorter & 0xFF)] ^ (shorter >> 8))
        }
        return tables
    }()
}
