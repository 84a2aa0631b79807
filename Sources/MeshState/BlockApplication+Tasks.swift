import Certificates
import MeshSchema
import Primitives
import Storage

/// Tasks. Whoever touches one sees it settled: a lease or deadline that fell due counts, also where its turn in the index
/// hasn't come yet.
extension BlockApplication {
    mutating func offerTask(_ offer: OfferTask.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        let key = StateKey.task(offer.taskId)
        guard try !state.contains(key) else { return .taskExists }
        let deadline = WallTime(milliseconds: offer.deadline)
        guard deadline == .zero || deadline > context.time else { return .notPermitted }
        let parent = offer.parent.isEmpty ? nil : try task(offer.parent)
        if !offer.parent.isEmpty {
            guard let parent else { return .unknownTask }
            if let refusal = refusal(ofSubtask: offer, under: parent, author) { return refusal }
        }
        let escrow = offer.escrow?.positiveUnits
        if let escrow, let asset = offer.escrow?.asset {
            guard try setAside(escrow, asset, of: author) else { return .insufficientFunds }
        }
        if var parent, parent.budget > 0, offer.budget > 0 {
            parent.budgetLeft -= offer.budget
            state.put(StateKey.task(offer.parent), parent)
        }
        let task = TaskRecord(
            state: .offered, offerer: author, holder: nil, fence: Fence(0), leaseUntil: .zero,
            leaseMilliseconds: offer.leaseMs, deadline: deadline, offeredHeight: context.height,
            changedHeight: context.height, budget: offer.budget, budgetLeft: offer.budget,
            escrowAsset: escrow == nil ? "" : offer.escrow?.asset ?? "", escrowUnits: escrow ?? .zero,
            type: offer.taskType, parent: offer.parent, note: "", result: [])
        state.put(StateKey.offer(offer.taskId), OfferRecord(description: offer.description, context: offer.context))
        counts.tasks += 1
        save(task, offer.taskId, replacing: nil)
        return .applied
    }

    /// A subtask is offered by who offered or holds its parent, while that isn't final, and takes its budget out of the
    /// parent's.
    private func refusal(ofSubtask offer: OfferTask.Value, under parent: TaskRecord, _ author: AgentID) -> Outcome? {
        if parent.state.isFinal { return .wrongTaskState }
        let isHolder = parent.state == .claimed && parent.holder == author
        guard parent.offerer == author || isHolder else { return .notPermitted }
        return parent.budget > 0 && offer.budget > parent.budgetLeft ? .notPermitted : nil
    }

    /// First committed wins; the winner gets a higher fence than anyone before.
    mutating func claimTask(_ claim: ClaimTask.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        guard let old = try task(claim.taskId) else { return .unknownTask }
        guard old.state == .offered else { return .wrongTaskState }
        var task = old
        task.state = .claimed
        task.holder = author
        task.fence = Fence(old.fence.value + 1)
        task.leaseUntil = leaseEnd(of: task)
        task.changedHeight = context.height
        grantedFence = task.fence
        save(task, claim.taskId, replacing: old)
        return .applied
    }

    /// A sign of life: renews the lease.
    mutating func progressTask(_ progress: ProgressTask.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        guard let old = try task(progress.taskId) else { return .unknownTask }
        if let refusal = refusal(of: old, fence: progress.fence, author) { return refusal }
        var task = old
        task.note = progress.note
        task.leaseUntil = leaseEnd(of: task)
        save(task, progress.taskId, replacing: old)
        return .applied
    }

    /// The holder's last word: done pays the escrow out, failed gives it back.
    mutating func finishTask(
        _ finish: FinishTask.Value, _ author: AgentID, as final: TaskRecord.State
    ) throws(StateFailure) -> Outcome {
        guard let old = try task(finish.taskId) else { return .unknownTask }
        if let refusal = refusal(of: old, fence: finish.fence, author) { return refusal }
        var task = old
        task.result = finish.result
        task.note = finish.note
        try conclude(task, finish.taskId, replacing: old, as: final, payTo: final == .done ? author : old.offerer)
        return .applied
    }

    mutating func cancelTask(_ cancel: CancelTask.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        guard let old = try task(cancel.taskId) else { return .unknownTask }
        guard old.offerer == author else { return .notPermitted }
        guard !old.state.isFinal else { return .wrongTaskState }
        var task = old
        task.note = cancel.reason
        try conclude(task, cancel.taskId, replacing: old, as: .cancelled, payTo: old.offerer)
        return .applied
    }

    /// Why this author may not act as the task's holder under this fence; nil where it may.
    func refusal(of task: TaskRecord, fence: UInt64, _ author: AgentID) -> Outcome? {
        guard task.state == .claimed else { return .wrongTaskState }
        guard task.fence.value == fence else { return .staleFence }
        return task.holder == author ? nil : .notHolder
    }

    /// The task as it stands at the header's time.
    mutating func task(_ id: String) throws(StateFailure) -> TaskRecord? {
        guard let task = try state.get(TaskRecord.self, StateKey.task(id)) else { return nil }
        return try settle(task, id)
    }

    /// Lets a deadline or a lease that fell due take effect.
    mutating func settle(_ old: TaskRecord, _ id: String) throws(StateFailure) -> TaskRecord {
        guard !old.state.isFinal else { return old }
        if old.deadline != .zero, old.deadline <= context.time {
            var task = old
            task.note = "deadline"
            return try conclude(task, id, replacing: old, as: .failed, payTo: old.offerer)
        }
        guard old.state == .claimed, old.leaseUntil != .zero, old.leaseUntil <= context.time else { return old }
        var task = old
        task.state = .offered
        task.leaseUntil = .zero
        task.changedHeight = context.height
        save(task, id, replacing: old)
        return task
    }

    @discardableResult
    private mutating func conclude(
        _ task: TaskRecord, _ id: String, replacing old: TaskRecord, as final: TaskRecord.State, payTo receiver: AgentID
    ) throws(StateFailure) -> TaskRecord {
        var task = task
        task.state = final
        task.leaseUntil = .zero
        task.changedHeight = context.height
        if task.escrowUnits != .zero {
            try pay(task.escrowUnits, task.escrowAsset, setAsideBy: task.offerer, to: receiver)
        }
        save(task, id, replacing: old)
        return task
    }

    private func leaseEnd(of task: TaskRecord) -> WallTime {
        guard task.leaseMilliseconds > 0 else { return .zero }
        let (end, overflow) = context.time.milliseconds.addingReportingOverflow(Int64(task.leaseMilliseconds))
        return overflow ? .zero : WallTime(milliseconds: end)
    }

    /// Writes the task and keeps its places in the index of what falls due.
    private mutating func save(_ task: TaskRecord, _ id: String, replacing old: TaskRecord?) {
        let before = old?.dueTimes ?? []
        let after = task.dueTimes
        for time in before where !after.contains(time) { state.delete(StateKey.lease(time, task: id)) }
        for time in after where !before.contains(time) { state.put(StateKey.lease(time, task: id), []) }
        state.put(StateKey.task(id), task)
        changes.append(.task(id: id, state: task.state, fence: task.fence, holder: task.holder))
    }
}
