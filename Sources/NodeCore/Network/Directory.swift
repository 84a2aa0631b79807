import Identity
import MeshCrypto
import MeshState
import Primitives

/// The agents that a network's state knows, in memory: whose keys check signatures, who owns a name, who lives where.
struct Directory: Sendable {
    private struct Entry: Sendable {
        let record: AgentRecord
        let destination: ShortHash
        /// Parsed once; nil where the state holds bytes that are no keys.
        let key: VerificationKey?
    }

    private var entries: [AgentID: Entry] = [:]
    private var byName: [String: AgentID] = [:]
    private var byDestination: [ShortHash: AgentID] = [:]
    /// Sorted.
    private var names: [String] = []

    subscript(agent: AgentID) -> AgentRecord? { entries[agent]?.record }
    func key(of agent: AgentID) -> VerificationKey? { entries[agent]?.key }
    func destination(of agent: AgentID) -> ShortHash? { entries[agent]?.destination }
    func owner(of name: String) -> AgentID? { byName[name] }
    func agent(at destination: ShortHash) -> AgentID? { byDestination[destination] }

    /// Takes what a block or the restored state says of an agent.
    mutating func update(_ agent: AgentRecord) {
        let old = entries[agent.id]
        if let old, old.record.name != agent.name, byName[old.record.name] == agent.id { remove(name: old.record.name) }
        let destination = old?.destination ?? agent.bundle.destination(.agent)
        entries[agent.id] = Entry(record: agent, destination: destination, key: old?.key ?? Self.key(of: agent))
        byDestination[destination] = agent.id
        if !agent.name.isEmpty, byName.updateValue(agent.id, forKey: agent.name) == nil { insert(name: agent.name) }
    }

    private static func key(of agent: AgentRecord) -> VerificationKey? {
        do { return try agent.bundle.verificationKey() } catch { return nil }
    }

    /// Names after `name`, ascending.
    func names(after name: String) -> ArraySlice<String> {
        name.isEmpty ? names[...] : names[place(of: name, after: true)...]
    }

    private mutating func insert(name: String) { names.insert(name, at: place(of: name, after: false)) }

    private mutating func remove(name: String) {
        byName[name] = nil
        let index = place(of: name, after: false)
        if index < names.count, names[index] == name { names.remove(at: index) }
    }

    /// The first index whose name isn't below `name` (or is above it).
    private func place(of name: String, after: Bool) -> Int {
        var low = 0
        var high = names.count
        while low < high {
            let middle = (low + high) / 2
            if names[middle] < name || (after && names[middle] == name) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
