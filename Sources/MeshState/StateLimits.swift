/// How large a transaction and its parts may be; what exceeds one is `malformed`. They are part of the protocol: every node must
/// come to the same outcome (docs/protocols/state.md).
public enum StateLimits {
    /// A framed transaction.
    public static let bodyByteCount = 65_536
    /// Task, hold and asset identifiers and fact keys: printable ASCII without spaces.
    public static let identifierByteCount = 128
    public static let nameByteCount = 64
    /// Roles and task types.
    public static let roleByteCount = 64
    /// Notes, memos and reasons.
    public static let noteByteCount = 512
    /// An element of a registration's lists, and how many each may have.
    public static let capabilityByteCount = 128
    public static let capabilityCount = 64
    public static let descriptionByteCount = 8_192
    public static let contextByteCount = 32_768
    /// Results of work and of tasks.
    public static let resultByteCount = 16_384
    public static let fileCount = 1_024
    public static let fileByteCount = 1_024
    public static let factByteCount = 32_768
    /// About thirty years.
    public static let leaseMilliseconds: UInt64 = 1_000_000_000_000
    /// Expiries that one block processes; the rest fall to the next one.
    public static let expiriesPerBlock = 4_096
}
