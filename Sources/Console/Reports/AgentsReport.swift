public import Primitives

/// `hanzod agents list`, `hanzo-dev agents` and `hanzo-dev mesh peers`.
public struct AgentsReport: Report {
    public static let kind = "agents"

    public struct Agent: Encodable, Sendable {
        public struct Price: Encodable, Sendable {
            public var taskType: String
            public var asset: String
            /// Decimal digits, because amounts may exceed what a number of JSON holds.
            public var units: String

            public init(taskType: String, asset: String, units: String) {
                self.taskType = taskType
                self.asset = asset
                self.units = units
            }
        }

        public var id: String
        public var name: String
        public var role: String
        public var online: Bool
        /// `idle`, `busy`, `waiting`, or what the agent calls it.
        public var state: String
        public var task: String?
        public var note: String?
        public var progressAt: String?
        public var lastSeenAt: String?
        public var processId: UInt32?
        public var destination: String
        public var homeNode: String
        public var homeEpoch: UInt64
        public var registeredHeight: UInt64
        public var tools: [String]
        public var languages: [String]
        public var specializations: [String]
        public var prices: [Price]

        public init(
            id: AgentID, name: String, role: String, isOnline: Bool, state: String, task: String, note: String,
            progressAt: WallTime, lastSeenAt: WallTime, processID: UInt32, destination: ShortHash?, homeNode: NodeID?,
            homeEpoch: HomeEpoch, registeredHeight: Height, tools: [String], languages: [String],
            specializations: [String], prices: [Price]
        ) {
            self.id = id.description
            self.name = name
            self.role = role
            online = isOnline
            self.state = state
            self.task = task.isEmpty ? nil : task
            self.note = note.isEmpty ? nil : note
            self.progressAt = progressAt.rfc3339OrNil
            self.lastSeenAt = lastSeenAt.rfc3339OrNil
            processId = processID == 0 ? nil : processID
            self.destination = destination?.hex ?? ""
            self.homeNode = homeNode?.description ?? ""
            self.homeEpoch = homeEpoch.value
            self.registeredHeight = registeredHeight.value
            self.tools = tools
            self.languages = languages
            self.specializations = specializations
            self.prices = prices
        }
    }

    public var network: String
    public var agents: [Agent]

    public init(network: String, agents: [Agent]) {
        self.network = network
        self.agents = agents
    }

    public var identifiers: [String] { agents.map(\.id) }

    public var blocks: [Block] {
        let columns: [Table.Column] = [
            .init("name"), .init("role"), .init("online"), .init("state"), .init("task"), .init("last seen"),
            .init("id"),
        ]
        let rows = agents.map { agent in
            [
                agent.name, agent.role, agent.online ? "yes" : "no", agent.state, agent.task ?? "-",
                agent.lastSeenAt ?? "-",
                Printable.short(agent.id),
            ]
        }
        return [.table(Table(columns, rows: rows, empty: "no agent has registered"))]
    }
}
