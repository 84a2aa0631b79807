import Certificates
import Identity
import MeshSchema
import Primitives
import Storage

/// Registrations, commits and facts.
extension BlockApplication {
    /// The first registration makes an agent known; one with a higher home epoch moves it. The first to commit a name has it, and
    /// a registration under another name gives the old one back.
    mutating func register(_ registration: Registration.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        guard let keys = registration.bundle,
            let bundle = PublicBundle(
                ed25519: keys.ed25519, x25519: keys.x25519, mldsa65: keys.mldsa65, mlkem768: keys.mlkem768),
            let home = Digest(registration.node)
        else { return .malformed }
        guard bundle.agentID == author else { return .wrongBundle }
        let key = StateKey.agent(author)
        let known = try state.get(AgentRecord.self, key)
        guard registration.homeEpoch > known?.homeEpoch.value ?? 0 else { return .staleHomeEpoch }
        guard try takeName(registration.name, from: known?.name, author) else { return .nameTaken }
        let record = AgentRecord(
            homeEpoch: HomeEpoch(registration.homeEpoch), home: NodeID(home), name: registration.name,
            role: registration.role, registeredHeight: known?.registeredHeight ?? context.height,
            capabilities: registration.capabilities ?? Capabilities.Value(), bundle: bundle)
        state.put(key, record)
        if known == nil { counts.agents += 1 }
        changes.append(.agent(author))
        return .applied
    }

    /// - Returns: false, and nothing changed, where somebody else has the name.
    private mutating func takeName(_ name: String, from old: String?, _ author: AgentID) throws(StateFailure) -> Bool {
        if name == old { return true }
        if !name.isEmpty {
            guard try !state.contains(StateKey.name(name)) else { return false }
            state.put(StateKey.name(name), author.bytes)
        }
        if let old, !old.isEmpty { state.delete(StateKey.name(old)) }
        return true
    }

    /// Work outside any task applies as it is; work that names a task must come from its holder under its current fence.
    mutating func commit(_ work: AgentWork.Value, _ author: AgentID, _ nonce: UInt64) throws(StateFailure) -> Outcome {
        if !work.taskId.isEmpty {
            guard let task = try task(work.taskId) else { return .unknownTask }
            if let refusal = refusal(of: task, fence: work.fence, author) { return refusal }
        }
        counts.commits += 1
        changes.append(.commit(author, nonce: nonce, task: work.taskId.isEmpty ? nil : work.taskId))
        return .applied
    }

    /// Compare and set: the expected version is the current one, 0 where there is no fact yet.
    mutating func putFact(_ put: PutFact.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        let key = StateKey.fact(put.key)
        let current = try state.get(FactRecord.self, key)?.version ?? 0
        guard put.expectedVersion == current else { return .versionMismatch }
        let record = FactRecord(version: current &+ 1, writer: author, value: put.value)
        state.put(key, record)
        changes.append(.fact(key: put.key, version: record.version, writer: author))
        return .applied
    }
}
