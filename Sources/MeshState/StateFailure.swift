public import StateTree
public import Storage

/// Why a block could not be executed or the state not be read. Never caused by what a transaction says: the node stops.
public enum StateFailure: Error, Hashable, Sendable {
    case storage(StorageFailure)
    case tree(TreeFailure)
    /// The value under this state key isn't what this code wrote.
    case corruptRecord(String)
    /// A block would create or destroy units of this asset.
    case notConserved(asset: String)
    /// The store belongs to another network, or to another genesis.
    case otherNetwork
    /// The genesis grants more than 256 bits can count, or lists a balance twice.
    case badGenesis
    /// A block that isn't the next one.
    case wrongHeight(expected: UInt64, found: UInt64)
    /// A block whose time isn't above its parent's.
    case timeNotAbove
    /// Executed on a state that is no longer the newest.
    case staleExecution
    /// A header that doesn't say what executing its block gave.
    case otherHeader
    /// No block of this height is stored.
    case unknownBlock(UInt64)
    /// Nothing makes this height final yet.
    case notFinal(UInt64)
}
