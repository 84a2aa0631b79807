public import Certificates
public import Consensus
public import Primitives

/// What a node is and which networks it carries.
public struct NodeConfiguration: Sendable {
    public var node: NodeID
    public var name: String
    public var version: String
    public var startedAt: WallTime
    public var limits: NodeLimits
    /// The default network first in lists; each id once.
    public var networks: [NetworkConfiguration]

    public init(
        node: NodeID, name: String, version: String, startedAt: WallTime, limits: NodeLimits = NodeLimits(),
        networks: [NetworkConfiguration]
    ) {
        self.node = node
        self.name = name
        self.version = version
        self.startedAt = startedAt
        self.limits = limits
        self.networks = networks
    }
}

/// One network, by its genesis.
public struct NetworkConfiguration: Sendable {
    public var id: NetworkID
    public var name: String
    public var isDefault: Bool
    /// Canonical bytes.
    public var genesis: [UInt8]
    public var hashSuite: String
    public var scheme: String
    public var engine: PoAEngine.Configuration

    public init(
        id: NetworkID, name: String, isDefault: Bool, genesis: [UInt8], hashSuite: String, scheme: String,
        engine: PoAEngine.Configuration
    ) {
        self.id = id
        self.name = name
        self.isDefault = isDefault
        self.genesis = genesis
        self.hashSuite = hashSuite
        self.scheme = scheme
        self.engine = engine
    }

    /// A node cuts no larger blocks than this, whatever its network allows: a block is one record of the journal.
    public static let maxJournaledBlockByteCount = 12 << 20

    /// What follows from a PoA genesis; nil where another engine is asked for.
    public init?(_ genesis: Genesis, node: NodeID, isDefault: Bool) {
        guard genesis.engine == .poa else { return nil }
        let parameters = genesis.parameters
        let id = genesis.networkID
        self.init(
            id: id, name: genesis.name, isDefault: isDefault, genesis: genesis.canonicalBytes,
            hashSuite: "\(genesis.hashSuite)", scheme: "\(genesis.scheme)",
            engine: PoAEngine.Configuration(
                network: id, node: node, genesisTime: genesis.time, nextValidatorsHash: genesis.nextValidatorsHash,
                heartbeat: parameters.heartbeat, maxClockSkew: parameters.maxClockSkew,
                limits: PayloadLimits(
                    maxByteCount: min(parameters.maxBlockByteCount, Self.maxJournaledBlockByteCount),
                    maxTransactionCount: parameters.maxBlockTransactionCount
                )))
    }
}
