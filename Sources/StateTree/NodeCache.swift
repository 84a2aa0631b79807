import Primitives

/// The upper nodes of the newest version, decoded: the root and three levels below it, 4 369 nodes at most (about 5 MB).
/// Every path from the root passes through them; what lies deeper is read from the store.
///
/// An entry answers only for the version that wrote it, so reads of old versions cannot be misled.
struct NodeCache: Sendable {
    static let maxDepth = 3

    private var nodes: [UInt32: (version: UInt64, node: InnerNode)] = [:]

    subscript(key: NodeKey) -> InnerNode? {
        get {
            guard key.depth <= Self.maxDepth, let entry = nodes[Self.place(key)], entry.version == key.version else {
                return nil
            }
            return entry.node
        }
        set {
            guard key.depth <= Self.maxDepth else { return }
            nodes[Self.place(key)] = newValue.map { (key.version, $0) }
        }
    }

    /// Depth and nibbles in one number.
    private static func place(_ key: NodeKey) -> UInt32 {
        var place = UInt32(key.depth) << 16
        for index in 0..<key.depth { place |= UInt32(key.path.nibble(at: index)) << UInt32(index * 4) }
        return place
    }
}
