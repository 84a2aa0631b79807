import CapnProtoRPC
public import MeshSchema
public import Primitives
public import ZAP

/// A task as the state holds it.
public struct TaskRecord: Hashable, Sendable {
    /// As the node sent it.
    public var schemaValue: ZAP.TaskRecord.Value
    public var id: String
    public var type: String
    /// "offered", "claimed", "done", "failed" or "cancelled".
    public var state: String
    public var description: String
    public var offeredBy: AgentID?
    public var holder: AgentID?
    public var fence: Fence
    /// Zero: the claim doesn't lapse.
    public var leaseExpiresAt: WallTime
    public var leaseMs: UInt64
    public var parent: String
    public var budget: UInt64
    public var deadline: WallTime
    public var escrow: Amount.Value?
    public var note: String
    public var result: [UInt8]
    public var context: [UInt8]

    init(_ value: ZAP.TaskRecord.Value) {
        schemaValue = value
        id = value.taskId
        type = value.taskType
        state = value.state
        description = value.description
        offeredBy = Digest(value.offeredBy).map(AgentID.init)
        holder = Digest(value.holder).map(AgentID.init)
        fence = Fence(value.fence)
        leaseExpiresAt = WallTime(milliseconds: value.leaseExpiresAt)
        leaseMs = value.leaseMs
        parent = value.parent
        budget = value.budget
        deadline = WallTime(milliseconds: value.deadline)
        escrow = value.escrow
        note = value.note
        result = value.result
        context = value.context
    }
}

// Tasks, facts and money. Each is a transaction: what is refused throws, with the state's own word as code.
extension LightAgent {
    @discardableResult
    public nonisolated(nonsending) func offerTask(_ offer: OfferTask.Value) async throws(AgentError) -> CommitReceipt {
        try await commit(.offerTask(offer)).orThrow()
    }

    /// Of all who claim, one gets it.
    /// - Returns: the fence that every later word on the task must carry.
    public nonisolated(nonsending) func claimTask(_ id: String) async throws(AgentError) -> Fence {
        try await commit(.claimTask(ClaimTask.Value(taskId: id))).orThrow().fence
    }

    /// Renews the lease.
    @discardableResult
    public nonisolated(nonsending) func progressTask(
        _ id: String, fence: Fence, note: String = ""
    ) async throws(AgentError) -> CommitReceipt {
        try await commit(.progressTask(ProgressTask.Value(taskId: id, fence: fence.value, note: note))).orThrow()
    }

    @discardableResult
    public nonisolated(nonsending) func completeTask(
        _ id: String, fence: Fence, result: [UInt8] = [], note: String = ""
    ) async throws(AgentError) -> CommitReceipt {
        try await commit(.completeTask(FinishTask.Value(taskId: id, fence: fence.value, result: result, note: note)))
            .orThrow()
    }

    @discardableResult
    public nonisolated(nonsending) func failTask(
        _ id: String, fence: Fence, note: String = ""
    ) async throws(AgentError) -> CommitReceipt {
        try await commit(.failTask(FinishTask.Value(taskId: id, fence: fence.value, note: note))).orThrow()
    }

    @discardableResult
    public nonisolated(nonsending) func cancelTask(_ id: String, reason: String = "") async throws(AgentError)
        -> CommitReceipt
    {
        try await commit(.cancelTask(CancelTask.Value(taskId: id, reason: reason))).orThrow()
    }

    /// Sorted by id. An empty state stands for all.
    public nonisolated(nonsending) func tasks(
        state: String = "", after: String = "", limit: Int = 100
    ) async throws(AgentError) -> [TaskRecord] {
        try await ask(AgentSession.tasks) { network in
            AgentSession.Tasks.Params.Value(
                network: network.bytes, state: state, after: after, limit: UInt32(clamping: limit))
        }.tasks.map { TaskRecord($0) }
    }

    public nonisolated(nonsending) func task(_ id: String) async throws(AgentError) -> TaskRecord {
        let record = try await ask(AgentSession.task) { network in
            AgentSession.Task.Params.Value(network: network.bytes, taskId: id)
        }.record
        guard let record else { throw AgentError(.notFound, "no task has this id") }
        return TaskRecord(record)
    }

    /// Writes a fact where it has the version that the writer has seen; 0: where there is none.
    @discardableResult
    public nonisolated(nonsending) func putFact(
        _ key: String, _ value: [UInt8], expectedVersion: UInt64
    ) async throws(AgentError) -> CommitReceipt {
        try await commit(.putFact(PutFact.Value(key: key, value: value, expectedVersion: expectedVersion))).orThrow()
    }

    @discardableResult
    public nonisolated(nonsending) func transfer(
        _ amount: Amount.Value, to recipient: AgentID, memo: String = ""
    ) async throws(AgentError) -> CommitReceipt {
        try await commit(.transfer(Transfer.Value(to: recipient.bytes, amount: amount, memo: memo))).orThrow()
    }

    @discardableResult
    public nonisolated(nonsending) func hold(
        _ id: String, _ amount: Amount.Value, for payee: AgentID, until expiry: WallTime
    ) async throws(AgentError) -> CommitReceipt {
        let hold = Hold.Value(id: id, amount: amount, to: payee.bytes, expiresAt: expiry.milliseconds)
        return try await commit(.hold(hold)).orThrow()
    }

    /// Pays from a hold, or gives it back.
    @discardableResult
    public nonisolated(nonsending) func releaseHold(
        _ id: String, of owner: AgentID, pay: Bool
    ) async throws(AgentError) -> CommitReceipt {
        try await commit(.releaseHold(ReleaseHold.Value(id: id, owner: owner.bytes, pay: pay))).orThrow()
    }
}
