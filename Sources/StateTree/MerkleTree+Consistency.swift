public import Primitives

extension MerkleTree {
    /// Whether the list under `newRoot` begins with the list under `oldRoot` (RFC 9162, section 2.1.4.2).
    ///
    /// The proof is what section 2.1.4.1 lists. Equal counts need an empty proof and equal roots; every list begins with the
    /// empty one.
    public static func verifyConsistency(
        oldCount: UInt64, oldRoot: Digest, newCount: UInt64, newRoot: Digest, proof: [Digest]
    ) -> Bool {
        guard oldCount <= newCount else { return false }
        if oldCount == newCount { return proof.isEmpty && oldRoot == newRoot }
        if oldCount == 0 { return proof.isEmpty && oldRoot == emptyRoot }
        return climb(from: oldCount, oldRoot, to: newCount, newRoot, along: proof)
    }

    /// Walks both trees up from the node where they part.
    private static func climb(
        from oldCount: UInt64, _ oldRoot: Digest, to newCount: UInt64, _ newRoot: Digest, along proof: [Digest]
    ) -> Bool {
        var steps = proof[...]
        if oldCount & (oldCount - 1) == 0 { steps = [oldRoot] + steps }
        guard let first = steps.popFirst() else { return false }
        var position = oldCount - 1
        var last = newCount - 1
        while position & 1 == 1 {
            position >>= 1
            last >>= 1
        }
        var old = first
        var new = first
        for sibling in steps {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                old = innerHash(sibling, old)
                new = innerHash(sibling, new)
                while position & 1 == 0, position > 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                new = innerHash(new, sibling)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && old == oldRoot && new == newRoot
    }
}
