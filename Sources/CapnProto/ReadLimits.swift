/// What a reader grants to a message that it didn't write.
public struct ReadLimits: Sendable, Hashable {
    /// How many words may be followed in all, counting what is read twice twice. It also caps the size of a message,
    /// before anything is allocated. Stops small messages that unfold into huge ones.
    public var traversalWords: Int
    /// How deep structs and lists may be nested. Stops messages that exhaust the stack.
    public var nesting: Int

    /// 64 MiB and 64 levels, the defaults of every Cap'n Proto implementation.
    public init(traversalWords: Int = 8 << 20, nesting: Int = 64) {
        self.traversalWords = max(0, traversalWords)
        self.nesting = min(max(0, nesting), Int(UInt16.max))
    }

    public static let `default` = ReadLimits()

    /// These limits for a message that is read once, and copied out: a sound one is followed about once, so what it may
    /// make us allocate should stay in proportion to its size. Leaves 512 KiB to small ones, for values that are much
    /// larger in memory than on the wire.
    public func proportionate(toWords words: Int) -> ReadLimits {
        var limits = self
        limits.traversalWords = min(traversalWords, 16 * words + (1 << 16))
        return limits
    }

    /// The most segments that a frame may have; the number that the C++ implementation accepts.
    public static let maxSegmentCount = 512
}
