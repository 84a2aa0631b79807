public import Primitives

/// `tasks list`, and what the verbs of `hanzo-dev task` answer with.
public struct TasksReport: Report {
    public static let kind = "tasks"

    public struct Task: Encodable, Sendable {
        public var id: String
        public var type: String
        /// `offered`, `claimed`, `done`, `failed` or `cancelled`.
        public var state: String
        public var description: String
        public var offeredBy: String
        public var holder: String?
        public var fence: UInt64
        public var leaseExpiresAt: String?
        public var leaseMs: UInt64
        public var parent: String?
        public var budget: UInt64
        public var deadline: String?
        public var note: String?
        /// Hexadecimal.
        public var result: String?

        public init(
            id: String, type: String, state: String, description: String, offeredBy: AgentID?, holder: AgentID?,
            fence: Fence,
            leaseExpiresAt: WallTime, leaseMs: UInt64, parent: String, budget: UInt64, deadline: WallTime, note: String,
            result: [UInt8]
        ) {
            self.id = id
            self.type = type
            self.state = state
            self.description = description
            self.offeredBy = offeredBy?.description ?? ""
            self.holder = holder?.description
            self.fence = fence.value
            self.leaseExpiresAt = leaseExpiresAt.rfc3339OrNil
            self.leaseMs = leaseMs
            self.parent = parent.isEmpty ? nil : parent
            self.budget = budget
            self.deadline = deadline.rfc3339OrNil
            self.note = note.isEmpty ? nil : note
            self.result = result.isEmpty ? nil : Hex.encode(result)
        }
    }

    public var network: String
    public var tasks: [Task]

    public init(network: String, tasks: [Task]) {
        self.network = network
        self.tasks = tasks
    }

    public var identifiers: [String] { tasks.map(\.id) }

    public var blocks: [Block] {
        let columns: [Table.Column] = [
            .init("task"), .init("type"), .init("state"), .init("holder"), .init("fence", isNumber: true),
            .init("lease until"),
            .init("description"),
        ]
        let rows = tasks.map { task in
            [
                task.id, task.type, task.state, task.holder.map(Printable.short) ?? "-", String(task.fence),
                task.leaseExpiresAt ?? "-", Printable.clipped(task.description, to: 40),
            ]
        }
        return [.table(Table(columns, rows: rows, empty: "no task"))]
    }
}
