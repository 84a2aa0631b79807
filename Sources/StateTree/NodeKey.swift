import Primitives

/// Names a stored node: the version that wrote it and the nibbles that lead to it.
///
/// In family `nodes`: version (8, big-endian) ‖ nibble count (1) ‖ nibbles, two to a byte, a last odd one in the upper half.
/// Keys grow with the version, so the family is only ever appended to.
struct NodeKey: Hashable, Sendable {
    var version: UInt64
    /// The number of nibbles.
    var depth: Int
    /// Any key hash below the node: its first `depth` nibbles are the path.
    var path: Digest

    var bytes: [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(9 + (depth + 1) / 2)
        BigEndian.append(version, to: &bytes)
        bytes.append(UInt8(depth))
        for index in 0..<depth / 2 { bytes.append(path[index]) }
        if depth & 1 == 1 { bytes.append(path[depth / 2] & 0xF0) }
        return bytes
    }

    static func root(_ version: UInt64) -> NodeKey { NodeKey(version: version, depth: 0, path: .zero) }
}
