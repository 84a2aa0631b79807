/// Integers in keys, so that keys order as their numbers do.
enum BigEndian {
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    static func bytes(_ value: UInt64) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(8)
        append(value, to: &bytes)
        return bytes
    }

    /// - Precondition: eight bytes stand at `offset`.
    static func read(_ bytes: [UInt8], at offset: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in offset..<offset + 8 { value = value << 8 | UInt64(bytes[index]) }
        return value
    }
}
