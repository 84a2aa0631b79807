public import Primitives

/// What sequences a network's blocks.
public enum Engine: String, CaseIterable, Hashable, Sendable {
    case poa, bft
}

/// How a network's state tree hashes.
public enum HashSuite: String, CaseIterable, Hashable, Sendable {
    case penumbra, libra
}

/// What a finality signature is made of.
public enum SignatureScheme: String, CaseIterable, Hashable, Sendable {
    case ed25519, mldsa65, hybrid
}

/// The parameters of a network as `hanzod init` writes them into its genesis. Once the genesis exists it alone counts: a
/// definition that differs from it is a mistake that `start` reports.
public struct NetworkDefinition: Hashable, Sendable {
    public var name: String
    public var description: String
    public var engine: Engine
    public var hashSuite: HashSuite
    public var scheme: SignatureScheme
    /// The quorum's share of the voting weight; `bft` alone asks for it.
    public var threshold: Fraction
    public var roundTimeout: Interval
    public var proposalTimeout: Interval
    /// An empty block is cut when nothing has happened for so long.
    public var heartbeat: Interval
    /// A header further ahead of a node's own clock is refused.
    public var maxClockSkew: Interval

    public init(
        name: String, description: String = "", engine: Engine = .poa, hashSuite: HashSuite = .penumbra,
        scheme: SignatureScheme = .hybrid, threshold: Fraction = Fraction(2, 3), roundTimeout: Interval = .seconds(10),
        proposalTimeout: Interval = .seconds(30), heartbeat: Interval = .seconds(10),
        maxClockSkew: Interval = .seconds(10)
    ) {
        self.name = name
        self.description = description
        self.engine = engine
        self.hashSuite = hashSuite
        self.scheme = scheme
        self.threshold = threshold
        self.roundTimeout = roundTimeout
        self.proposalTimeout = proposalTimeout
        self.heartbeat = heartbeat
        self.maxClockSkew = maxClockSkew
    }
}

/// Names of nodes, agents, roles and networks: they stand in keys, tables and file names.
func checkName(_ name: String) throws(Unfit) {
    let isFit =
        name.utf8.count <= 64 && !name.hasPrefix(".") && !name.hasPrefix("-")
        && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    guard isFit else {
        throw Unfit(
            "\"\(name)\" is no name: at most 64 letters, digits, hyphens, underscores and dots, and a letter or digit first"
        )
    }
}
