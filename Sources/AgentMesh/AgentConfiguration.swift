public import Identity
public import MeshSchema
public import NIOCore
public import Primitives
public import Settings

/// What an agent is and where it lives.
public struct AgentConfiguration: Sendable {
    /// Where the agent's keys are.
    public enum Keys: Sendable {
        /// A file of mode 0600; made where there is none.
        case file(path: String)
        case identity(SecretIdentity)
    }

    /// 1 to 64 letters, digits, dots, hyphens and underscores; unique in the network, first come first served.
    public var name: String
    public var role: AgentRole
    public var keys: Keys
    /// Where the outbox and the cursors are kept, and what handlers store; nil: in memory, gone with the process.
    public var storePath: String?
    /// Where to look for the node, best first; the first that answers counts.
    public var candidates: [Candidate]
    /// The node that is meant; nil: the file beside the socket says it, or `nodeIDPath` for TCP.
    public var node: NodeID?
    public var nodeIDPath: String?
    /// The token's file, for TCP.
    public var tokenPath: String?
    /// By name or NetworkID; nil: the node's default.
    public var network: String?
    public var capabilities: Capabilities.Value
    /// Gives the connection its loop; nil: the process's own group. A hundred agents may share one loop.
    public var eventLoop: (any EventLoop)?
    /// How long joining may take, and how long anything that isn't said to wait may.
    public var timeout = Interval.seconds(10)
    /// Between attempts to join again: doubled from the first to the second, spread by chance.
    public var backoff = (first: Interval.milliseconds(50), last: Interval.seconds(10))
    /// False: the first loss of the connection ends the agent.
    public var reconnects = true
    public var limits = Limits()

    /// Bounds on what can grow. What exceeds one fails at once as `overloaded`.
    public struct Limits: Sendable, Hashable {
        /// Transactions without a receipt.
        public var maxWaitingCommitCount = 65_536
        /// Messages that the node hasn't stored yet.
        public var maxOutboxCount = 8_192
        /// Messages that wait for the handler; the node is told to wait beyond.
        public var maxInboxCount = 256
        /// Events that wait for one reader of `events`; the oldest makes room.
        public var maxEventCount = 256
        /// A transaction expires when the network has grown by so many blocks without it.
        public var expiryHeightSpan: UInt64 = 10_000

        public init() {}

        func expiryHeight(after height: Height) -> UInt64 {
            let (sum, overflows) = height.value.addingReportingOverflow(expiryHeightSpan)
            return overflows ? .max : sum
        }
    }

    public init(
        name: String, role: AgentRole = .developer, keys: Keys, storePath: String? = nil, candidates: [Candidate],
        network: String? = nil
    ) {
        self.name = name
        self.role = role
        self.keys = keys
        self.storePath = storePath
        self.candidates = candidates
        self.network = network
        capabilities = Capabilities.Value()
    }

    /// What `agent.toml` says.
    public init(_ settings: AgentSettings) throws(AgentError) {
        guard let name = settings.name, let identityPath = settings.identityPath else {
            throw AgentError(.usage, "the agent has no name", remedy: "set agent.name, or give --agent-name")
        }
        self.init(
            name: name, role: AgentRole(settings.role), keys: .file(path: identityPath),
            storePath: settings.dataDirectory.map { $0 + "/store" }, candidates: settings.hanzod.candidates,
            network: settings.hanzod.network)
        node = settings.hanzod.nodeID
        nodeIDPath = settings.hanzod.nodeIDPath
        tokenPath = settings.hanzod.tokenPath
        capabilities = Capabilities.Value(
            tools: settings.capabilities.tools, languages: settings.capabilities.languages,
            specializations: settings.capabilities.specializations, prices: settings.payment.prices.map(Self.price))
    }

    /// Satoshis on the configured network's ledger.
    private static func price(_ price: AgentSettings.Payment.Price) -> Capabilities.Price.Value {
        var units = withUnsafeBytes(of: UInt64(price.satoshis).bigEndian) { Array($0) }
        units.removeFirst(units.prefix { $0 == 0 }.count)
        return Capabilities.Price.Value(
            taskType: price.taskType.rawValue, amount: Amount.Value(asset: "sat", units: units))
    }

    /// What contradicts itself, in words.
    public func problems() -> [String] {
        var problems: [String] = []
        let isName = (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(Self.isNameByte)
        if !isName {
            problems.append("the name \"\(name)\" has other than 1 to 64 letters, digits, dots, hyphens, underscores")
        }
        if candidates.isEmpty { problems.append("there is no address of a node to look at") }
        if timeout <= .zero { problems.append("the timeout must be positive") }
        if backoff.first <= .zero || backoff.first >= .seconds(3_600) {
            problems.append("the back-off begins between 0 and an hour")
        }
        return problems
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
