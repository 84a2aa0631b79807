public import Storage

/// Why the tree could not be read. Each means that the store is not what this code wrote, or that the caller asked for what
/// was never there: none is caused by a peer.
public enum TreeFailure: Error, Hashable, Sendable {
    /// The store below failed.
    case storage(StorageFailure)
    /// A node that another one names isn't there (pruned, or lost).
    case missingNode(String)
    /// Stored bytes are no node.
    case malformedNode(String)
    /// No version of the tree is stored at or below this one.
    case unknownVersion(UInt64)
    /// A version was written that isn't above the last one.
    case versionNotAbove(UInt64)
    /// The list has no such leaf.
    case noSuchLeaf(index: UInt64, count: UInt64)
}
