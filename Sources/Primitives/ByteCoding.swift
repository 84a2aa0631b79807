/// Why bytes from elsewhere could not be read. The offset is where reading stopped.
public enum DecodingFailure: Error, Hashable, Sendable {
    /// The input ends inside a value.
    case truncated(offset: Int)
    /// A length, count or number exceeds the stated limit.
    case tooLarge(offset: Int, limit: Int)
    /// The bytes are no value of the expected type.
    case malformed(String, offset: Int)
    /// Bytes remain after the value.
    case trailingBytes(offset: Int)
    /// A version that this program does not know.
    case unknownVersion(Int)
}

/// Writes the canonical encoding that is hashed, signed and stored: fixed-width little-endian integers, byte strings and
/// texts behind a `UInt32` length, lists behind a `UInt32` count. One value has one encoding.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    public mutating func write(_ value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
    public mutating func write(_ value: Int64) { write(UInt64(bitPattern: value)) }
    public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
    public mutating func write(_ value: Digest) { bytes.append(contentsOf: value.bytes) }

    /// Bytes without a length: for fixed-size fields and tags.
    public mutating func writeRaw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    /// Bytes behind their `UInt32` length.
    public mutating func writeBytes(_ value: some Collection<UInt8>) {
        write(UInt32(value.count))
        bytes.append(contentsOf: value)
    }
    /// UTF-8 text behind its `UInt32` byte count.
    public mutating func write(_ value: String) { writeBytes(value.utf8) }

    /// A list behind its `UInt32` count.
    public mutating func writeList<Element>(
        _ elements: some Collection<Element>, _ writeElement: (inout ByteWriter, Element) -> Void
    ) {
        write(UInt32(elements.count))
        for element in elements { writeElement(&self, element) }
    }
}

/// Reads what `ByteWriter` writes. Every length is checked against what remains before anything is allocated.
public struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    public var offset: Int { position - bytes.startIndex }
    public var remaining: Int { bytes.endIndex - position }

    public mutating func read<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type = T.self) throws(DecodingFailure) -> T {
        let width = T.bitWidth / 8
        guard remaining >= width else { throw .truncated(offset: offset) }
        var value: T = 0
        for index in 0..<width { value |= T(truncatingIfNeeded: bytes[position + index]) << T(index * 8) }
        position += width
        return value
    }
    public mutating func readInt64() throws(DecodingFailure) -> Int64 { Int64(bitPattern: try read(UInt64.self)) }

    public mutating func readBool() throws(DecodingFailure) -> Bool {
        let start = offset
        switch try read(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .malformed("boolean", offset: start)
        }
    }

    public mutating func readDigest() throws(DecodingFailure) -> Digest {
        guard let digest = Digest(try readRaw(Digest.byteCount)) else { throw .truncated(offset: offset) }
        return digest
    }

    public mutating func readRaw(_ count: Int) throws(DecodingFailure) -> ArraySlice<UInt8> {
        guard count >= 0, remaining >= count else { throw .truncated(offset: offset) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    public mutating func readBytes(limit: Int = 1 << 24) throws(DecodingFailure) -> [UInt8] {
        let start = offset
        let count = Int(try read(UInt32.self))
        guard count <= limit else { throw .tooLarge(offset: start, limit: limit) }
        return Array(try readRaw(count))
    }

    public mutating func readString(limit: Int = 1 << 20) throws(DecodingFailure) -> String {
        let start = offset
        let raw = try readBytes(limit: limit)
        guard let text = String(validating: raw, as: UTF8.self) else {
            throw .malformed("text is not UTF-8", offset: start)
        }
        return text
    }

    public mutating func readList<Element>(
        limit: Int, _ readElement: (inout ByteReader) throws(DecodingFailure) -> Element
    ) throws(DecodingFailure) -> [Element] {
        let start = offset
        let count = Int(try read(UInt32.self))
        guard count <= limit, count <= remaining else { throw .tooLarge(offset: start, limit: min(limit, remaining)) }
        var elements = [Element]()
        for _ in 0..<count { elements.append(try readElement(&self)) }
        return elements
    }

    /// Call last: canonical encodings have nothing behind them.
    public func finish() throws(DecodingFailure) {
        guard remaining == 0 else { throw .trailingBytes(offset: offset) }
    }
}
