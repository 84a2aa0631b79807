/// The points of Curve25519 whose order divides eight, as Ed25519 public keys.
///
/// RFC 8032's equation holds for such a key over messages that nobody signed, so its owner could disown what it seems to have signed.
/// Verifiers differ on them; we refuse them as keys.
enum SmallOrder {
    /// Whether 32 bytes decode to one, in any of its encodings. The top bit holds the sign of the other coordinate.
    static func contains(ed25519 key: [UInt8]) -> Bool {
        guard key.count == 32 else { return false }
        var ordinate = key
        ordinate[31] &= 0x7F
        return ordinates.contains(ordinate)
    }

    private static let ordinates: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),  // order 4
        [1] + [UInt8](repeating: 0, count: 31),  // order 1
        nearPrime(0xEC),  // p − 1, order 2
        nearPrime(0xED),  // p, another form of 0
        nearPrime(0xEE),  // p + 1, another form of 1
        [  // order 8
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [  // order 8
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
    ]

    /// 2^255 − 256 + the first byte.
    private static func nearPrime(_ first: UInt8) -> [UInt8] {
        [first] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
    }
}
