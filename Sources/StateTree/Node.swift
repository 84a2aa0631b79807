import Primitives

/// What hangs at one place of the tree: nothing, the only leaf below it, or an inner node, which has two leaves or more.
enum Subtree: Hashable, Sendable {
    case empty
    /// The leaf stands in its parent: it is stored nowhere else.
    case leaf(keyHash: Digest, hash: Digest)
    /// A node of its own, written by that version.
    case inner(version: UInt64, hash: Digest)

    var isEmpty: Bool { self == .empty }
}

/// An inner node: the 16 subtrees of a nibble.
///
/// Stored as `1 ‖ u16 occupied ‖ u16 leaves ‖ children`, bitmaps little-endian with bit n for nibble n, children in order: a leaf
/// as key hash ‖ hash, an inner node as version (8, big-endian) ‖ hash. A node with 16 leaves has 1029 bytes.
struct InnerNode: Hashable, Sendable {
    var children: [Subtree]

    init() { children = Array(repeating: .empty, count: 16) }

    static let kind: UInt8 = 1

    /// The subtree that remains when this node has no two leaves below it; nil where it has.
    var coalesced: Subtree? {
        var found = Subtree.empty
        for child in children {
            switch child {
            case .empty: continue
            case .inner: return nil
            case .leaf:
                guard found.isEmpty else { return nil }
                found = child
            }
        }
        return found
    }

    func encoded() -> [UInt8] {
        var occupied: UInt16 = 0
        var leaves: UInt16 = 0
        for (nibble, child) in children.enumerated() {
            if !child.isEmpty { occupied |= 1 << UInt16(nibble) }
            if case .leaf = child { leaves |= 1 << UInt16(nibble) }
        }
        var bytes = [UInt8]()
        bytes.reserveCapacity(5 + occupied.nonzeroBitCount * 40 + leaves.nonzeroBitCount * 24)
        bytes.append(Self.kind)
        for bitmap in [occupied, leaves] {
            bytes.append(UInt8(truncatingIfNeeded: bitmap))
            bytes.append(UInt8(truncatingIfNeeded: bitmap >> 8))
        }
        for child in children {
            switch child {
            case .empty: break
            case .leaf(let keyHash, let hash):
                keyHash.append(to: &bytes)
                hash.append(to: &bytes)
            case .inner(let version, let hash):
                BigEndian.append(version, to: &bytes)
                hash.append(to: &bytes)
            }
        }
        return bytes
    }

    /// - Returns: nil for bytes that `encoded` never yields.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 5, bytes[0] == Self.kind else { return nil }
        let occupied = UInt16(bytes[1]) | UInt16(bytes[2]) << 8
        let leaves = UInt16(bytes[3]) | UInt16(bytes[4]) << 8
        guard leaves & ~occupied == 0,
            bytes.count == 5 + occupied.nonzeroBitCount * 40 + leaves.nonzeroBitCount * 24
        else { return nil }
        self.init()
        var offset = 5
        for nibble in 0..<16 where occupied >> UInt16(nibble) & 1 == 1 {
            let isLeaf = leaves >> UInt16(nibble) & 1 == 1
            guard let hash = Digest(bytes, at: offset + (isLeaf ? 32 : 8)) else { return nil }
            if isLeaf, let keyHash = Digest(bytes, at: offset) {
                children[nibble] = .leaf(keyHash: keyHash, hash: hash)
            } else {
                children[nibble] = .inner(version: BigEndian.read(bytes, at: offset), hash: hash)
            }
            offset += isLeaf ? 64 : 40
        }
    }
}

/// What stands at the top of one version.
extension Subtree {
    static let emptyKind: UInt8 = 0
    static let leafKind: UInt8 = 2

    /// The stored form of a root that is no inner node: `0`, or `2 ‖ key hash ‖ hash`.
    func encodedRoot() -> [UInt8] {
        guard case .leaf(let keyHash, let hash) = self else { return [Self.emptyKind] }
        return [Self.leafKind] + keyHash.bytes + hash.bytes
    }

    /// - Returns: nil for bytes that `encodedRoot` never yields.
    init?(root bytes: [UInt8]) {
        if bytes == [Self.emptyKind] {
            self = .empty
        } else if bytes.count == 65, bytes[0] == Self.leafKind, let keyHash = Digest(bytes, at: 1),
            let hash = Digest(bytes, at: 33)
        {
            self = .leaf(keyHash: keyHash, hash: hash)
        } else {
            return nil
        }
    }
}
