public import Primitives

/// `hanzod status` and `hanzo-dev mesh status`.
public struct NodeReport: Report {
    public static let kind = "node"

    public struct Metric: Encodable, Sendable {
        public var name: String
        public var value: Double

        public init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    public var id: NodeID
    public var name: String
    public var version: String
    public var protocolVersion: Int
    public var startedAt: WallTime
    /// Where the node was reached.
    public var address: String
    public var agentCount: Int
    public var networks: [NetworkReport]
    /// Empty for those who may not see them.
    public var metrics: [Metric]

    public init(
        id: NodeID, name: String, version: String, protocolVersion: Int, startedAt: WallTime, address: String,
        agentCount: Int, networks: [NetworkReport], metrics: [Metric] = []
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.protocolVersion = protocolVersion
        self.startedAt = startedAt
        self.address = address
        self.agentCount = agentCount
        self.networks = networks
        self.metrics = metrics
    }

    public var identifiers: [String] { [id.description] }

    public var blocks: [Block] {
        let fields = [
            Block.Field("node", name), .init("id", id.description),
            .init("version", "\(version), protocol \(protocolVersion)"),
            .init("address", address), .init("started", startedAt.rfc3339), .init("agents online", String(agentCount)),
        ]
        return [.fields(fields), .table(NetworkReport.table(networks))]
            + (metrics.isEmpty ? [] : [.fields(metrics.map { .init($0.name, Self.shown($0.value)) })])
    }

    private static func shown(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? String(value)
    }

    private enum CodingKeys: String, CodingKey {
        case id, name, version, `protocol`, startedAt, address, agents, networks, metrics
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id.description, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(version, forKey: .version)
        try container.encode(protocolVersion, forKey: .protocol)
        try container.encode(startedAt.rfc3339, forKey: .startedAt)
        try container.encode(address, forKey: .address)
        try container.encode(agentCount, forKey: .agents)
        try container.encode(networks, forKey: .networks)
        try container.encode(metrics, forKey: .metrics)
    }
}

/// `hanzod state show`, and a row of `status`.
public struct NetworkReport: Report {
    public static let kind = "state"

    public var id: NetworkID
    public var name: String
    public var engine: String
    public var isDefault: Bool
    public var height: Height
    public var finalHeight: Height
    public var stateRoot: Digest
    public var commitCount: UInt64
    public var transactionCount: UInt64
    public var agentCount: UInt64
    public var hashSuite: String
    public var scheme: String
    public var headerTime: WallTime
    public var term: Term

    public init(
        id: NetworkID, name: String, engine: String, isDefault: Bool, height: Height, finalHeight: Height,
        stateRoot: Digest,
        commitCount: UInt64, transactionCount: UInt64, agentCount: UInt64, hashSuite: String, scheme: String,
        headerTime: WallTime, term: Term
    ) {
        self.id = id
        self.name = name
        self.engine = engine
        self.isDefault = isDefault
        self.height = height
        self.finalHeight = finalHeight
        self.stateRoot = stateRoot
        self.commitCount = commitCount
        self.transactionCount = transactionCount
        self.agentCount = agentCount
        self.hashSuite = hashSuite
        self.scheme = scheme
        self.headerTime = headerTime
        self.term = term
    }

    public var identifiers: [String] { [stateRoot.hex] }

    public var blocks: [Block] {
        [
            .fields([
                .init("network", name + (isDefault ? " (default)" : "")), .init("id", id.description),
                .init("engine", "\(engine), term \(term)"), .init("state root", stateRoot.hex),
                .init("height", "\(height), final \(finalHeight)"),
                .init("time", headerTime.rfc3339OrNil ?? "no block yet"),
                .init("commits", String(commitCount)), .init("transactions", String(transactionCount)),
                .init("agents", String(agentCount)), .init("hash suite", hashSuite), .init("signatures", scheme),
            ])
        ]
    }

    static func table(_ networks: [NetworkReport]) -> Table {
        let columns: [Table.Column] = [
            .init("network"), .init("engine"), .init("height", isNumber: true), .init("final", isNumber: true),
            .init("commits", isNumber: true), .init("agents", isNumber: true), .init("state root"),
        ]
        let rows = networks.map { network in
            [
                network.name + (network.isDefault ? " *" : ""), network.engine, network.height.description,
                network.finalHeight.description, String(network.commitCount), String(network.agentCount),
                Printable.short(network.stateRoot.hex),
            ]
        }
        return Table(columns, rows: rows, empty: "no network")
    }

    private enum CodingKeys: String, CodingKey {
        case id, name, engine
        case isDefault = "default"
        case height, blocks, finalHeight, stateRoot, commits, transactions, agents
        case hashSuite, scheme, headerTime, term
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id.description, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(engine, forKey: .engine)
        try container.encode(isDefault, forKey: .isDefault)
        try container.encode(height.value, forKey: .height)
        try container.encode(height.value, forKey: .blocks)
        try container.encode(finalHeight.value, forKey: .finalHeight)
        try container.encode(stateRoot.hex, forKey: .stateRoot)
        try container.encode(commitCount, forKey: .commits)
        try container.encode(transactionCount, forKey: .transactions)
        try container.encode(agentCount, forKey: .agents)
        try container.encode(hashSuite, forKey: .hashSuite)
        try container.encode(scheme, forKey: .scheme)
        try container.encodeIfPresent(headerTime.rfc3339OrNil, forKey: .headerTime)
        try container.encode(term.value, forKey: .term)
    }
}

/// `hanzod consensus status`.
public struct ConsensusReport: Report {
    public static let kind = "consensus"
    public var networks: [NetworkReport]

    public init(networks: [NetworkReport]) { self.networks = networks }

    public var identifiers: [String] { networks.map(\.id.description) }

    public var blocks: [Block] {
        let columns: [Table.Column] = [
            .init("network"), .init("engine"), .init("term", isNumber: true), .init("height", isNumber: true),
            .init("final", isNumber: true), .init("behind", isNumber: true), .init("time"),
        ]
        let rows = networks.map { network in
            [
                network.name, network.engine, network.term.description, network.height.description,
                network.finalHeight.description, String(network.height.value &- network.finalHeight.value),
                network.headerTime.rfc3339OrNil ?? "-",
            ]
        }
        return [.table(Table(columns, rows: rows, empty: "no network"))]
    }
}
