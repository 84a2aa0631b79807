public import Primitives

/// The settings of a light agent: what `~/.hanzo/agent.toml` says.
public struct AgentSettings: Hashable, Sendable {
    /// Unique in a network; nil where the program must find one.
    public var name: String?
    public var role: String
    /// The agent's key bundle; nil where the name is missing that decides it.
    public var identityPath: String?
    /// Outbox, cursors and cache; nil where the name is missing that decides it.
    public var dataDirectory: String?
    public var hanzod: Hanzod
    public var capabilities: Capabilities
    public var payment: Payment
    public var state: State

    /// `[hanzod]`: the node that the agent lives on.
    public struct Hanzod: Hashable, Sendable {
        /// Where to look for it, best first.
        public var candidates: [Candidate]
        /// By name or NetworkID; nil for the node's default.
        public var network: String?
        /// The node that the agent means to reach; nil where the file beside the socket says it.
        public var nodeID: NodeID?
        /// The file that says it for a TCP address.
        public var nodeIDPath: String
        /// What both sides of a TCP connection prove.
        public var tokenPath: String
    }

    /// `[capabilities]`: what tasks it takes.
    public struct Capabilities: Hashable, Sendable {
        public var tools: [String]
        public var languages: [String]
        public var specializations: [String]
    }

    /// `[payment]`.
    public struct Payment: Hashable, Sendable {
        public var network: PaymentNetwork
        public var walletPath: String
        /// In satoshis, sorted by task type.
        public var prices: [Price]
        /// In satoshis; 0: never pay unasked.
        public var autoPayMax: Int

        public struct Price: Hashable, Sendable {
            public var taskType: TaskType
            public var satoshis: Int

            public init(taskType: TaskType, satoshis: Int) {
                self.taskType = taskType
                self.satoshis = satoshis
            }
        }
    }

    /// `[state]`: the local cache.
    public struct State: Hashable, Sendable {
        public var cacheSize: ByteCount
        public var syncInterval: Interval
    }

    /// The task types of the schema.
    public enum TaskType: String, CaseIterable, Comparable, Hashable, Sendable {
        case code, review, test, deploy, design, research
        public static func < (a: TaskType, b: TaskType) -> Bool { a.rawValue < b.rawValue }
    }
}
