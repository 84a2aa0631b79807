public import Certificates
public import Primitives
import StateTree
public import Storage

/// Reads of the state, each at the newest block that its reader shows. May be used on any thread.
public struct StateView: Sendable {
    let reader: any KeyValueReader & Sendable

    public init(reader: any KeyValueReader & Sendable) { self.reader = reader }

    /// The bytes under a state key.
    public func value(_ key: [UInt8]) throws(StateFailure) -> [UInt8]? {
        do { return try JellyfishTree.latest(key, in: reader) } catch { throw .tree(error) }
    }

    public func commit(_ agent: AgentID, nonce: UInt64) throws(StateFailure) -> CommitRecord? {
        let key = StateKey.commit(agent, nonce: nonce)
        guard let value = try value(key) else { return nil }
        return try CommitRecord(value, under: key)
    }
    public func agent(_ agent: AgentID) throws(StateFailure) -> AgentRecord? { try record(StateKey.agent(agent)) }
    public func task(_ id: String) throws(StateFailure) -> TaskRecord? { try record(StateKey.task(id)) }
    public func offer(_ id: String) throws(StateFailure) -> OfferRecord? { try record(StateKey.offer(id)) }
    public func fact(_ key: String) throws(StateFailure) -> FactRecord? { try record(StateKey.fact(key)) }
    public func hold(_ owner: AgentID, id: String) throws(StateFailure) -> HoldRecord? {
        try record(StateKey.hold(owner, id: id))
    }
    /// Nothing of either where the agent has none.
    public func balance(_ agent: AgentID, asset: String) throws(StateFailure) -> BalanceRecord {
        try record(StateKey.balance(agent, asset: asset)) ?? .nothing
    }
    public func counts() throws(StateFailure) -> CountsRecord { try record(StateKey.counts) ?? CountsRecord() }

    public func agent(named name: String) throws(StateFailure) -> AgentID? {
        guard let value = try value(StateKey.name(name)) else { return nil }
        guard let digest = Digest(value) else { throw .corruptRecord("name/\(name)") }
        return AgentID(digest)
    }

    /// All balances of an agent, by asset.
    public func balances(_ agent: AgentID) throws(StateFailure) -> [(asset: String, balance: BalanceRecord)] {
        let prefix = StateKey.balance(agent, asset: "")
        return try page(BalanceRecord.self, prefix, after: nil, limit: .max, scan: .max) { _ in true }.items
            .map { (asset: $0.id, balance: $0.record) }
    }

    /// Keys that start with `prefix`, in their order, behind `after` where that isn't empty.
    public func keys(prefix: [UInt8], after: [UInt8], limit: Int) throws(StateFailure) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        let start = after.isEmpty ? prefix : after + [0]
        do {
            try reader.scan(.latest, from: start, upTo: KeyOrder.end(ofPrefix: prefix)) { key, _ in
                guard keys.count < limit else { return false }
                keys.append(key)
                return true
            }
        } catch { throw .storage(error) }
        return keys
    }

    private func record<Record: StateRecord>(_ key: [UInt8]) throws(StateFailure) -> Record? {
        guard let value = try value(key) else { return nil }
        return try Record(value, under: key)
    }
}

/// Some of a listing, and where the rest begins.
public struct Page<Record: Sendable>: Sendable {
    public var items: [(id: String, record: Record)]
    /// Pass it as `after` to go on; nil: that was all.
    public var next: String?
}

extension StateView {
    /// Records that one call looks at for those that fit, before it returns what it has.
    /// Without a filter `limit` is the only bound.
    static let maxScan = 10_000

    /// Agents in the order of their ids, of one role where that is given.
    public func agents(
        role: String? = nil, after: String? = nil, limit: Int = 100
    ) throws(StateFailure) -> Page<AgentRecord> {
        let scan = role == nil ? Int.max : Self.maxScan
        return try page(AgentRecord.self, StateKey.agentPrefix, after: after, limit: limit, scan: scan) { record in
            role.map { record.role == $0 } ?? true
        }
    }

    /// Tasks in the order of their ids, in one state where that is given.
    public func tasks(
        state: TaskRecord.State? = nil, after: String? = nil, limit: Int = 100
    ) throws(StateFailure) -> Page<TaskRecord> {
        let scan = state == nil ? Int.max : Self.maxScan
        return try page(TaskRecord.self, StateKey.taskPrefix, after: after, limit: limit, scan: scan) { record in
            state.map { record.state == $0 } ?? true
        }
    }

    private func page<Record: StateRecord & Sendable>(
        _ type: Record.Type, _ prefix: [UInt8], after: String?, limit: Int, scan: Int, where fits: (Record) -> Bool
    ) throws(StateFailure) -> Page<Record> {
        var page = Page<Record>(items: [], next: nil)
        var failure: StateFailure?
        var seen = 0
        var last = ""
        let start = after.map { prefix + Array($0.utf8) + [0] } ?? prefix
        do {
            try reader.scan(.latest, from: start, upTo: KeyOrder.end(ofPrefix: prefix)) { key, stored in
                guard page.items.count < limit, seen < scan else {
                    page.next = last
                    return false
                }
                seen += 1
                last = String(decoding: key[prefix.count...], as: UTF8.self)
                do throws(StateFailure) {
                    let record = try Record(Array(stored.dropFirst(8)), under: key)
                    if fits(record) { page.items.append((last, record)) }
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
        } catch {
            throw .storage(error)
        }
        if let failure { throw failure }
        return page
    }
}
