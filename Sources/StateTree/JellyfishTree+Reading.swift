public import Primitives
public import Storage

/// What the store says about a key, and the proof of it.
public struct ProvenEntry: Hashable, Sendable {
    /// nil: the key is absent.
    public var value: [UInt8]?
    public var proof: StateProof
    /// The root that the proof leads to.
    public var root: Digest
}

extension JellyfishTree {
    /// The newest value of a key: one read.
    public static func latest(_ key: [UInt8], in reader: some KeyValueReader) throws(TreeFailure) -> [UInt8]? {
        let stored: [UInt8]?
        do { stored = try reader.get(key, in: .latest) } catch { throw .storage(error) }
        guard let stored else { return nil }
        guard stored.count >= 8 else { throw .malformedNode("latest value") }
        return Array(stored.dropFirst(8))
    }

    /// The value that a key had at a version, as long as it isn't pruned.
    public func value(of key: [UInt8], at version: UInt64, in reader: some KeyValueReader) throws(TreeFailure) -> [UInt8]? {
        _ = try root(at: version, in: reader)
        return try Self.value(ofHash: suite.keyHash(key), at: version, in: reader)
    }

    /// The root that the tree had at a version, as long as it isn't pruned.
    public func rootHash(at version: UInt64, in reader: some KeyValueReader) throws(TreeFailure) -> Digest {
        try root(at: version, in: reader).hash(suite)
    }

    /// The value of a key at a version, present or not, with the path to that version's root.
    public func prove(
        _ key: [UInt8], at version: UInt64, in reader: some KeyValueReader
    ) throws(TreeFailure) -> ProvenEntry {
        let keyHash = suite.keyHash(key)
        let top = try root(at: version, in: reader)
        var siblings = [Digest]()
        let end = try descend(from: top, to: keyHash, in: reader, appending: &siblings)
        siblings.reverse()
        guard case .leaf(let found, _) = end else {
            return ProvenEntry(value: nil, proof: StateProof(siblings: siblings, leaf: nil), root: top.hash(suite))
        }
        guard let value = try Self.value(ofHash: found, at: version, in: reader) else {
            throw .missingNode("value \(found.hex)")
        }
        let leaf = StateProof.Leaf(keyHash: found, valueHash: suite.valueHash(value))
        let proof = StateProof(siblings: siblings, leaf: leaf)
        return ProvenEntry(value: found == keyHash ? value : nil, proof: proof, root: top.hash(suite))
    }

    private func descend(
        from top: Subtree, to keyHash: Digest, in reader: some KeyValueReader, appending siblings: inout [Digest]
    ) throws(TreeFailure) -> Subtree {
        var current = top
        var depth = 0
        while case .inner(let version, _) = current {
            guard depth < 64 else { throw .malformedNode("a path of more than 64 nibbles") }
            let key = NodeKey(version: version, depth: depth, path: keyHash)
            let node = if let known = cache[key] { known } else { try InnerNode.load(key, from: reader) }
            current = node.descend(keyHash.nibble(at: depth), suite, appending: &siblings)
            depth += 1
        }
        return current
    }

    private func root(at wanted: UInt64, in reader: some KeyValueReader) throws(TreeFailure) -> Subtree {
        if let version, wanted >= version { return root }
        guard let found = try Self.newestVersion(through: wanted, in: reader) else { throw .unknownVersion(wanted) }
        return try Self.root(at: found, suite, in: reader)
    }

    static func value(
        ofHash keyHash: Digest, at version: UInt64, in reader: some KeyValueReader
    ) throws(TreeFailure) -> [UInt8]? {
        let lower = ValueKey.bytes(keyHash, version: version)
        let found: (key: [UInt8], value: [UInt8])?
        do {
            found = try reader.first(.values, from: lower, upTo: KeyOrder.end(ofPrefix: keyHash.bytes))
        } catch {
            throw .storage(error)
        }
        guard let stored = found?.value else { return nil }
        guard let mark = stored.first, mark <= 1 else { throw .malformedNode("value \(keyHash.hex)") }
        return mark == 1 ? Array(stored.dropFirst()) : nil
    }

    /// The newest version at or below `limit` that wrote a root.
    static func newestVersion(through limit: UInt64, in reader: some KeyValueReader) throws(TreeFailure) -> UInt64? {
        let upper = limit == .max ? nil : BigEndian.bytes(limit + 1)
        let found: (key: [UInt8], value: [UInt8])?
        do { found = try reader.last(.nodes, upTo: upper) } catch { throw .storage(error) }
        guard let key = found?.key else { return nil }
        guard key.count >= 9 else { throw .malformedNode("node key") }
        return BigEndian.read(key, at: 0)
    }

    /// The root that a version wrote.
    static func root(
        at version: UInt64, _ suite: HashSuite, in reader: some KeyValueReader
    ) throws(TreeFailure) -> Subtree {
        let stored: [UInt8]?
        do { stored = try reader.get(NodeKey.root(version).bytes, in: .nodes) } catch { throw .storage(error) }
        guard let stored else { throw .unknownVersion(version) }
        if let root = Subtree(root: stored) { return root }
        guard let node = InnerNode(stored) else { throw .malformedNode("root of version \(version)") }
        return .inner(version: version, hash: node.hash(suite))
    }
}
