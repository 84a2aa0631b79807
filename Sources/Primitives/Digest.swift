/// A 32-byte hash. Stored as four words, so that it hashes and compares without touching the heap.
///
/// Ordered by its bytes, most significant first.
public struct Digest: Hashable, Sendable {
    /// The bytes as big-endian words.
    let word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64

    public static let byteCount = 32
    public static let zero = Digest(0, 0, 0, 0)

    init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard let words = bigEndianWords(bytes, count: 4) else { return nil }
        self.init(words[0], words[1], words[2], words[3])
    }

    /// - Returns: nil unless the text is 64 hexadecimal digits.
    public init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes)
    }

    public var bytes: [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(Self.byteCount)
        for word in [word0, word1, word2, word3] { appendBigEndian(word, to: &result) }
        return result
    }

    public var hex: String { Hex.encode(bytes) }

    /// Writes the 32 bytes into the front of `buffer`, without touching the heap.
    public func copyBytes(to buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= Self.byteCount, "the buffer holds a digest")
        unsafe buffer.storeBytes(of: word0.bigEndian, toByteOffset: 0, as: UInt64.self)
        unsafe buffer.storeBytes(of: word1.bigEndian, toByteOffset: 8, as: UInt64.self)
        unsafe buffer.storeBytes(of: word2.bigEndian, toByteOffset: 16, as: UInt64.self)
        unsafe buffer.storeBytes(of: word3.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// The 32 bytes that stand at `offset`, without an intermediate array.
    ///
    /// - Returns: nil where fewer remain.
    public init?(_ bytes: [UInt8], at offset: Int) {
        guard offset >= 0, offset <= bytes.count - Self.byteCount else { return nil }
        let digest = unsafe bytes.withUnsafeBytes { unsafe Digest(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + 32])) }
        guard let digest else { return nil }
        self = digest
    }

    /// Appends the 32 bytes.
    public func append(to bytes: inout [UInt8]) {
        for word in [word0, word1, word2, word3] { appendBigEndian(word, to: &bytes) }
    }

    /// The byte at `index`, 0 to 31.
    public subscript(index: Int) -> UInt8 {
        let word = index < 16 ? (index < 8 ? word0 : word1) : (index < 24 ? word2 : word3)
        return UInt8(truncatingIfNeeded: word >> UInt64((7 - index & 7) * 8))
    }

    /// The four bits at `index`, 0 to 63, the most significant first.
    public func nibble(at index: Int) -> Int {
        let byte = self[index >> 1]
        return Int(index & 1 == 0 ? byte >> 4 : byte & 15)
    }

    /// The bit at `index`, 0 to 255, the most significant first.
    public func bit(at index: Int) -> Bool { self[index >> 3] >> UInt8(7 - index & 7) & 1 == 1 }

    /// How many leading bits both have in common, 0 to 256.
    public func commonPrefixBitCount(with other: Digest) -> Int {
        var count = 0
        for difference in [word0 ^ other.word0, word1 ^ other.word1, word2 ^ other.word2, word3 ^ other.word3] {
            count += difference.leadingZeroBitCount
            if difference != 0 { break }
        }
        return count
    }
}

extension Digest: Comparable {
    public static func < (a: Digest, b: Digest) -> Bool {
        if a.word0 != b.word0 { return a.word0 < b.word0 }
        if a.word1 != b.word1 { return a.word1 < b.word1 }
        if a.word2 != b.word2 { return a.word2 < b.word2 }
        return a.word3 < b.word3
    }
}

extension Digest: CustomStringConvertible {
    public var description: String { hex }
}

/// A 16-byte hash (Reticulum's destinations and identity hashes).
public struct ShortHash: Hashable, Sendable, CustomStringConvertible {
    let word0: UInt64, word1: UInt64

    public static let byteCount = 16

    /// - Returns: nil unless there are exactly 16 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard let words = bigEndianWords(bytes, count: 2) else { return nil }
        word0 = words[0]
        word1 = words[1]
    }

    public var bytes: [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(Self.byteCount)
        appendBigEndian(word0, to: &result)
        appendBigEndian(word1, to: &result)
        return result
    }

    public var hex: String { Hex.encode(bytes) }
    public var description: String { hex }
}

private func bigEndianWords(_ bytes: some Collection<UInt8>, count: Int) -> [UInt64]? {
    guard bytes.count == count * 8 else { return nil }
    var words = [UInt64](repeating: 0, count: count)
    var position = 0
    for byte in bytes {
        words[position >> 3] = words[position >> 3] << 8 | UInt64(byte)
        position += 1
    }
    return words
}

private func appendBigEndian(_ word: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
}
