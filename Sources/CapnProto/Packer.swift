/// Packs whole words, eight bytes at a time and without a branch for each: the bytes that aren't zero are pushed together by
/// three masked shifts, whose masks a table has for each tag.
struct Packer {
    /// Where the next byte goes. Up to seven bytes beyond what is packed are written as well.
    private(set) var target: UnsafeMutableRawPointer
    private let masks = ByteMasks.table

    init(target: UnsafeMutableRawPointer) { self.target = target }

    mutating func pack(_ words: UnsafeRawBufferPointer) {
        guard var source = words.baseAddress else { return }
        let end = source + words.count
        while source < end {
            let word = load(source)
            source += 8
            let tag = put(word)
            if tag == 0 {
                source = putZeroCount(source, end)
            } else if tag == 0xFF {
                source = putLiterals(source, end)
            }
        }
    }

    /// - Returns: the tag.
    @inline(__always)
    private mutating func put(_ word: UInt64) -> UInt8 {
        let tag = ByteMasks.tag(of: word)
        target.storeBytes(of: tag, as: UInt8.self)
        target.storeBytes(of: masks.compress(word, tag).littleEndian, toByteOffset: 1, as: UInt64.self)
        target += 1 + masks.byteCount(tag)
        return tag
    }

    /// - Returns: the first word that isn't zero, at most 255 further.
    @inline(__always)
    private mutating func putZeroCount(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UnsafeRawPointer {
        let limit = min(end, start + 255 * 8)
        var source = start
        while source < limit, load(source) == 0 { source += 8 }
        target.storeBytes(of: UInt8(truncatingIfNeeded: (source - start) / 8), as: UInt8.self)
        target += 1
        return source
    }

    /// - Returns: the first word that is worth packing, having two zero bytes or more, at most 255 further.
    @inline(__always)
    private mutating func putLiterals(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UnsafeRawPointer {
        let limit = min(end, start + 255 * 8)
        var source = start
        while source < limit, !ByteMasks.hasTwoZeros(load(source)) { source += 8 }
        let byteCount = source - start
        target.storeBytes(of: UInt8(truncatingIfNeeded: byteCount / 8), as: UInt8.self)
        (target + 1).copyMemory(from: start, byteCount: byteCount)
        target += 1 + byteCount
        return source
    }

    @inline(__always)
    private func load(_ address: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: address.loadUnaligned(as: UInt64.self))
    }
}

/// Unpacks packed bytes in pieces of any size into room of any number of words.
struct Unpacker: Sendable {
    /// Of a run that has begun: zeros, and bytes that come as they are.
    private var zeros = 0
    private var literals = 0
    private let masks = ByteMasks.table

    var isBetweenWords: Bool { zeros == 0 && literals == 0 }

    /// Goes on until `target` is full or `source` holds no further whole unit: a tag, its bytes and its count.
    /// - Parameter target: whole words.
    mutating func unpack(
        _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
    ) -> (read: Int, written: Int) {
        guard let input = source.baseAddress, let output = target.baseAddress else { return (0, 0) }
        var read = 0
        var written = 0
        while true {
            finishRuns(input, &read, source.count, output, &written, target.count)
            guard written < target.count, read < source.count, isBetweenWords else { break }
            unpackWords(input, &read, source.count - 10, output, &written, target.count)
            guard isBetweenWords else { continue }
            guard written < target.count, unpackLastWord(input, &read, source.count, output, &written) else { break }
        }
        return (read, written)
    }

    /// Words that are read eight bytes at a time, as long as ten are there, until a run begins.
    @inline(__always)
    private mutating func unpackWords(
        _ input: UnsafeRawPointer, _ read: inout Int, _ lastRead: Int,
        _ output: UnsafeMutableRawPointer, _ written: inout Int, _ capacity: Int
    ) {
        while read <= lastRead, written < capacity {
            let tag = input.load(fromByteOffset: read, as: UInt8.self)
            let bytes = UInt64(littleEndian: input.loadUnaligned(fromByteOffset: read + 1, as: UInt64.self))
            output.storeBytes(of: masks.expand(bytes, tag).littleEndian, toByteOffset: written, as: UInt64.self)
            written += 8
            read += 1 &+ masks.byteCount(tag)
            guard tag == 0 || tag == 0xFF else { continue }
            let count = input.load(fromByteOffset: read, as: UInt8.self)
            read += 1
            if tag == 0, Int(count) * 8 <= capacity - written, count <= 4 {
                // Most runs of zeros are short.
                for _ in 0..<count {
                    output.storeBytes(of: 0, toByteOffset: written, as: UInt64.self)
                    written += 8
                }
            } else if count > 0 {
                return beginRun(tag, count)
            }
        }
    }

    /// A word near the end of the source.
    /// - Returns: whether the source has all of it.
    private mutating func unpackLastWord(
        _ input: UnsafeRawPointer, _ read: inout Int, _ count: Int, _ output: UnsafeMutableRawPointer,
        _ written: inout Int
    ) -> Bool {
        let tag = input.load(fromByteOffset: read, as: UInt8.self)
        let hasCount = tag == 0 || tag == 0xFF
        guard count - read >= 1 + tag.nonzeroBitCount + (hasCount ? 1 : 0) else { return false }
        read += 1
        for bit in 0..<8 {
            let isSet = tag >> UInt8(bit) & 1 != 0
            let byte = isSet ? input.load(fromByteOffset: read, as: UInt8.self) : 0
            output.storeBytes(of: byte, toByteOffset: written + bit, as: UInt8.self)
            read += isSet ? 1 : 0
        }
        written += 8
        guard hasCount else { return true }
        beginRun(tag, input.load(fromByteOffset: read, as: UInt8.self))
        read += 1
        return true
    }

    private mutating func beginRun(_ tag: UInt8, _ count: UInt8) {
        if tag == 0 { zeros = Int(count) * 8 } else { literals = Int(count) * 8 }
    }

    private mutating func finishRuns(
        _ input: UnsafeRawPointer, _ read: inout Int, _ count: Int,
        _ output: UnsafeMutableRawPointer, _ written: inout Int, _ capacity: Int
    ) {
        if zeros > 0 {
            let byteCount = min(zeros, capacity - written)
            (output + written).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
            written += byteCount
            zeros -= byteCount
        }
        if literals > 0 {
            let byteCount = min(literals, capacity - written, count - read)
            (output + written).copyMemory(from: input + read, byteCount: byteCount)
            read += byteCount
            written += byteCount
            literals -= byteCount
        }
    }
}

/// How the bytes of a word move for each tag.
///
/// Four masks a tag: the bytes that the tag names, and those that a shift by one, two and four bytes moves; behind them, how many
/// bytes each tag names. (The method is
/// that of "compress" and "expand" in Warren, Hacker's Delight, with bytes for bits.)
struct ByteMasks: Sendable {
    // SAFETY: written once, in `make`, before anybody else has it, and never freed.
    nonisolated(unsafe) private let masks: UnsafePointer<UInt64>

    static let table = ByteMasks(masks: make())

    /// How many bytes a tag names: baseline x86 has no instruction that counts bits.
    @inline(__always)
    func byteCount(_ tag: UInt8) -> Int {
        Int(UnsafeRawPointer(masks + 1024).load(fromByteOffset: Int(tag), as: UInt8.self))
    }

    @inline(__always)
    func compress(_ word: UInt64, _ tag: UInt8) -> UInt64 {
        let mask = masks + Int(tag) &* 4
        var word = word & mask[0]
        var moved = word & mask[1]
        word = word ^ moved | moved >> 8
        moved = word & mask[2]
        word = word ^ moved | moved >> 16
        moved = word & mask[3]
        return word ^ moved | moved >> 32
    }

    @inline(__always)
    func expand(_ bytes: UInt64, _ tag: UInt8) -> UInt64 {
        let mask = masks + Int(tag) &* 4
        var word = bytes & ~mask[3] | bytes << 32 & mask[3]
        word = word & ~mask[2] | word << 16 & mask[2]
        word = word & ~mask[1] | word << 8 & mask[1]
        return word & mask[0]
    }

    /// A bit for each byte that isn't zero.
    @inline(__always)
    static func tag(of word: UInt64) -> UInt8 {
        let bits = ((word & 0x7F7F_7F7F_7F7F_7F7F &+ 0x7F7F_7F7F_7F7F_7F7F) | word) & 0x8080_8080_8080_8080
        return UInt8(truncatingIfNeeded: ((bits >> 7) &* 0x0102_0408_1020_4080) >> 56)
    }

    @inline(__always)
    static func hasTwoZeros(_ word: UInt64) -> Bool {
        let zeros = ~((word & 0x7F7F_7F7F_7F7F_7F7F &+ 0x7F7F_7F7F_7F7F_7F7F) | word | 0x7F7F_7F7F_7F7F_7F7F)
        return zeros & (zeros &- 1) != 0
    }

    private static func make() -> UnsafePointer<UInt64> {
        let masks = UnsafeMutablePointer<UInt64>.allocate(capacity: 256 * 4 + 256 / 8)
        let counts = UnsafeMutableRawPointer(masks + 1024)
        for tag in 0..<256 {
            masks[tag * 4] = bytes(UInt8(tag))
            counts.storeBytes(of: UInt8(tag.nonzeroBitCount), toByteOffset: tag, as: UInt8.self)
            var rest = UInt8(tag)
            var gaps = ~rest << 1
            for step in 0..<3 {
                let parity = prefixParity(gaps)
                let moved = parity & rest
                masks[tag * 4 + step + 1] = bytes(moved)
                rest = rest ^ moved | moved >> UInt8(1 << step)
                gaps &= ~parity
            }
        }
        return UnsafePointer(masks)
    }

    /// Each bit: the parity of all bits up to it.
    private static func prefixParity(_ bits: UInt8) -> UInt8 {
        var parity = bits ^ bits << 1
        parity ^= parity << 2
        return parity ^ parity << 4
    }

    /// A byte of ones for each bit.
    private static func bytes(_ bits: UInt8) -> UInt64 {
        (0..<8).reduce(0) { $0 | (bits >> UInt8($1) & 1 != 0 ? 0xFF << UInt64($1 * 8) : 0) }
    }
}
