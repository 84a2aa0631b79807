import Primitives

/// An inner node stands for four levels of the binary tree. Where a binary subtree holds a single leaf it *is* that leaf,
/// and where it holds nothing it is the placeholder; so the root depends on nothing but the set of leaves.
extension InnerNode {
    func hash(_ suite: HashSuite) -> Digest { hash(0, 16, suite) }

    /// The hash over `width` children from `start` on; `width` is a power of two.
    private func hash(_ start: Int, _ width: Int, _ suite: HashSuite) -> Digest {
        switch occupant(start, width) {
        case .nothing: return suite.placeholder
        case .single(let child) where width == 1 || child.isLeaf: return child.hash
        case .single, .several:
            let half = width / 2
            return suite.innerHash(hash(start, half, suite), hash(start + half, half, suite))
        }
    }

    /// Follows a nibble down the four levels, appending siblings from the top to the bottom, until a lone leaf, nothing, or
    /// the child itself is reached.
    func descend(_ nibble: Int, _ suite: HashSuite, appending siblings: inout [Digest]) -> Subtree {
        var start = 0
        var width = 16
        while width > 1 {
            switch occupant(start, width) {
            case .nothing: return .empty
            case .single(let child) where child.isLeaf: return child
            case .single, .several: break
            }
            width /= 2
            let goesRight = nibble & width != 0
            siblings.append(hash(goesRight ? start : start + width, width, suite))
            if goesRight { start += width }
        }
        return children[nibble]
    }

    private enum Occupant {
        case nothing
        case single(Subtree)
        case several
    }

    private func occupant(_ start: Int, _ width: Int) -> Occupant {
        var found: Subtree?
        for index in start..<start + width where !children[index].isEmpty {
            if found != nil { return .several }
            found = children[index]
        }
        return found.map { .single($0) } ?? .nothing
    }
}

extension Subtree {
    var isLeaf: Bool {
        if case .leaf = self { return true }
        return false
    }

    /// - Precondition: the subtree isn't empty.
    var hash: Digest {
        switch self {
        case .leaf(_, let hash), .inner(_, let hash): hash
        case .empty: preconditionFailure("only the suite knows the hash of nothing")
        }
    }

    func hash(_ suite: HashSuite) -> Digest { isEmpty ? suite.placeholder : hash }
}
