/// Bounds on everything that a peer can make grow, and the stream window. All are local: the peer is not told of them.
public struct ConnectionConfiguration: Hashable, Sendable {
    /// Questions of ours that may be open; one more fails at once as `overloaded`.
    public var maxQuestions = 16_384
    /// Calls of the peer that may be open; one more is answered at once with `overloaded`.
    public var maxAnswers = 4_096
    /// Words of the peer's open calls, all together; a call beyond is answered at once with `overloaded`.
    public var maxCallWords = 4 << 20
    /// Capabilities of ours that the peer may hold; a message that would export one more fails as `overloaded`.
    public var maxExports = 65_536
    /// Capabilities of the peer that this side may hold; one more ends the connection.
    public var maxImports = 65_536
    /// Promises whose older calls may still be on their way back to us; beyond it, later calls fail as `overloaded`.
    public var maxEmbargoes = 1_024
    /// Entries of one message's capability table; one more ends the connection.
    public var maxCapabilitiesPerMessage = 512
    /// Operations of one promised answer's transform; one more ends the connection.
    public var maxTransformLength = 32
    /// Different places of one running answer on which the peer may pipeline; a call on one more is refused.
    public var maxPipelinesPerAnswer = 64
    /// Words of one message; a longer one ends the connection. Also the bound on what its readers may traverse.
    public var maxMessageWords = 8 << 20
    /// Bytes of streaming calls that may be on their way to one capability before its sender is told to wait: at first.
    /// Where the loop has a clock, the window then follows what the way and the server can take.
    public var streamWindowByteCount = 262_144
    /// The most that the window may become.
    public var maxStreamWindowByteCount = 1 << 20

    public init() {}

    /// What contradicts itself, in words for the person who set it.
    public func problems() -> [String] {
        let counts = [
            ("maxQuestions", maxQuestions), ("maxAnswers", maxAnswers), ("maxCallWords", maxCallWords),
            ("maxExports", maxExports), ("maxImports", maxImports), ("maxEmbargoes", maxEmbargoes),
            ("maxCapabilitiesPerMessage", maxCapabilitiesPerMessage), ("maxTransformLength", maxTransformLength),
            ("maxPipelinesPerAnswer", maxPipelinesPerAnswer), ("maxMessageWords", maxMessageWords),
            ("streamWindowByteCount", streamWindowByteCount),
        ]
        var problems = counts.filter { $0.1 < 1 }.map { "\($0.0) must be at least 1" }
        if maxStreamWindowByteCount < streamWindowByteCount {
            problems.append("maxStreamWindowByteCount must not be below streamWindowByteCount")
        }
        return problems
    }
}
