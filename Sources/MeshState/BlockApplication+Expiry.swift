import Primitives
import Storage

/// What falls due by the header's time happens before any leaf, in the order of the indexes: time, then identifier; tasks first, then
/// holds.
extension BlockApplication {
    /// - Returns: whether more is due than one block processes.
    mutating func expire() throws(StateFailure) -> Bool {
        let limit = StateLimits.expiriesPerBlock
        let tasks = try dueEntries(StateKey.leasePrefix, limit: limit)
        for entry in tasks {
            let id = entry.rest
            if let task = try state.get(TaskRecord.self, StateKey.task(id)) { _ = try settle(task, id) }
        }
        let holds = try dueEntries(StateKey.lapsePrefix, limit: limit - tasks.count)
        for entry in holds { try lapse(entry.rest) }
        return tasks.count + holds.count == limit
    }

    private func dueEntries(
        _ prefix: [UInt8], limit: Int
    ) throws(StateFailure) -> [(time: WallTime, rest: String)] {
        var entries = [(time: WallTime, rest: String)]()
        for key in try state.due(prefix, from: context.earliestDue, through: context.time, limit: limit) {
            guard let entry = StateKey.parseDue(key, prefix: prefix) else {
                throw .corruptRecord(String(decoding: key, as: UTF8.self))
            }
            entries.append(entry)
        }
        return entries
    }

    /// Gives a hold back to its owner. `place` is `<owner>/<id>`.
    private mutating func lapse(_ place: String) throws(StateFailure) {
        let parts = place.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let digest = Digest(hex: parts[0]) else { throw .corruptRecord("lapse/\(place)") }
        let owner = AgentID(digest)
        let id = String(parts[1])
        guard let hold = try state.get(HoldRecord.self, StateKey.hold(owner, id: id)) else { return }
        try close(hold, owner, id, payTo: owner)
    }
}
