import CapnProto
import Certificates
import MeshState
import NodeCore
import Primitives

extension StateMachine {
    /// Answers what a session or the owner asks of the state.
    func answer(_ query: StateQuery) throws(StateFailure) -> QueryResult {
        switch query {
        case .value(let key, let prove):
            let bundle = prove ? try proofBundle(for: key).framed() : []
            return .value(StateValue(value: try view.value(key), height: applied.height, bundle: bundle))
        case .commits(let agent, let nonces): return .commits(try receipts(agent, nonces))
        case .tasks(let state, let after, let limit): return .tasks(try listings(state, after, limit))
        case .task(let id): return .task(try listing(id))
        case .keys(let prefix, let after, let limit):
            return .keys(try view.keys(prefix: prefix, after: after, limit: limit))
        }
    }

    private func receipts(_ agent: AgentID, _ nonces: [UInt64]) throws(StateFailure) -> [CommitReceipt] {
        var receipts: [CommitReceipt] = []
        for nonce in nonces {
            guard let record = try view.commit(agent, nonce: nonce) else {
                receipts.append(CommitReceipt(nonce: nonce, state: .unknown))
                continue
            }
            receipts.append(
                CommitReceipt(
                    nonce: nonce, leafHash: record.leafHash, state: record.state, height: record.height,
                    reason: Outcome(rawValue: record.outcome)?.reason ?? ""))
        }
        return receipts
    }

    private func listings(_ state: String, _ after: String, _ limit: Int) throws(StateFailure) -> [TaskListing] {
        let wanted = TaskRecord.State.allCases.first { "\($0)" == state }
        guard state.isEmpty || wanted != nil else { return [] }
        let page = try view.tasks(state: wanted, after: after.isEmpty ? nil : after, limit: limit)
        var listings: [TaskListing] = []
        for (id, task) in page.items {
            guard let offer = try view.offer(id) else { continue }
            listings.append(TaskListing(id: id, task: task, offer: offer))
        }
        return listings
    }

    private func listing(_ id: String) throws(StateFailure) -> TaskListing? {
        guard let task = try view.task(id), let offer = try view.offer(id) else { return nil }
        return TaskListing(id: id, task: task, offer: offer)
    }
}

extension CommitRecord {
    fileprivate var state: CommitState {
        switch Outcome(rawValue: outcome) {
        case .applied, .duplicate: .included
        case .expired: .expired
        default: .rejected
        }
    }
}
