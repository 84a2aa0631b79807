import Primitives

/// What a version replaced, for the pruner: node keys behind their length, and key hashes of replaced values behind 0xFF. A list
/// is cut into parts, so that no stored value grows without bound.
struct StaleList: Sendable {
    static let maxPartByteCount = 64 << 10
    /// A node key of six nibbles with its length.
    static let typicalEntryByteCount = 13
    private static let valueMark: UInt8 = 0xFF

    private(set) var parts: [[UInt8]] = []

    enum Entry: Hashable, Sendable {
        /// The bytes of a node key.
        case node([UInt8])
        /// A key hash: values older than the one of this version are superseded.
        case value(Digest)
    }

    init() {}

    mutating func append(node: NodeKey) {
        let bytes = node.bytes
        append([UInt8(bytes.count)] + bytes)
    }

    mutating func append(value keyHash: Digest) { append([Self.valueMark] + keyHash.bytes) }

    private mutating func append(_ entry: [UInt8]) {
        if parts.isEmpty || parts[parts.count - 1].count + entry.count > Self.maxPartByteCount { parts.append([]) }
        parts[parts.count - 1].append(contentsOf: entry)
    }

    /// version (8, big-endian) ‖ part (4, big-endian).
    static func key(version: UInt64, part: Int) -> [UInt8] {
        BigEndian.bytes(version) + BigEndian.bytes(UInt64(part))[4...]
    }

    /// - Returns: nil for bytes that this type never writes.
    static func entries(of part: [UInt8]) -> [Entry]? {
        var entries = [Entry]()
        var offset = 0
        while offset < part.count {
            let mark = part[offset]
            let end = offset + 1 + (mark == valueMark ? Digest.byteCount : Int(mark))
            guard end <= part.count else { return nil }
            if mark == valueMark, let keyHash = Digest(part, at: offset + 1) {
                entries.append(.value(keyHash))
            } else {
                entries.append(.node(Array(part[offset + 1..<end])))
            }
            offset = end
        }
        return entries
    }
}
