import CapnProtoRPC
public import Certificates
import MeshCrypto
public import MeshSchema
public import Primitives
public import ZAP

/// An agent as its network and its home node know it.
public struct AgentRecord: Hashable, Sendable {
    /// As the node sent it.
    public var schemaValue: ZAP.AgentRecord.Value
    public var id: AgentID
    public var name: String
    public var role: String
    public var destination: ShortHash?
    public var homeEpoch: HomeEpoch
    public var home: NodeID?
    public var capabilities: Capabilities.Value
    public var isOnline: Bool
    public var state: String
    public var taskID: String
    public var note: String
    public var progressAt: WallTime
    public var processID: UInt32
    public var lastSeen: WallTime
    public var registeredHeight: Height

    init?(_ value: ZAP.AgentRecord.Value) {
        guard let id = Digest(value.agent) else { return nil }
        let status = value.status ?? ZAP.AgentStatus.Value()
        schemaValue = value
        self.id = AgentID(id)
        name = value.name
        role = value.role
        destination = ShortHash(value.destination)
        homeEpoch = HomeEpoch(value.homeEpoch)
        home = Digest(value.home).map(NodeID.init)
        capabilities = value.capabilities ?? Capabilities.Value()
        isOnline = value.online
        state = status.state
        taskID = status.taskId
        note = status.note
        progressAt = WallTime(milliseconds: status.progressAt)
        processID = status.processId
        lastSeen = WallTime(milliseconds: value.lastSeen)
        registeredHeight = Height(value.registeredHeight)
    }
}

/// A value of the state.
public struct StateReading: Hashable, Sendable {
    /// Nil: there is none.
    public var value: [UInt8]?
    public var height: Height
    /// Where a proof was asked for: what the bundle proves to somebody who trusts nothing but the NetworkID. It is of the
    /// newest final block and may be older than `value`.
    public var proven: ProvenValue?
    /// The bundle, for others to check.
    public var bundle: [UInt8]
}

/// A fact with its version.
public struct Fact: Hashable, Sendable {
    public var version: UInt64
    public var writer: AgentID
    public var value: [UInt8]
}

// Reading.
extension LightAgent {
    /// Reads a key. With `prove` the answer's bundle is verified before this returns; one that proves nothing, or another
    /// key, throws `invalidProof`.
    public nonisolated(nonsending) func readState(
        _ key: String, prove: Bool = false
    ) async throws(AgentError) -> StateReading {
        let bytes = Array(key.utf8)
        let answer = try await answer(key: bytes, prove: prove)
        var reading = StateReading(
            value: answer.present ? answer.value : nil, height: Height(answer.height), bundle: answer.bundle)
        if prove { reading.proven = try await verify(answer.bundle, proves: bytes) }
        return reading
    }

    /// A young network has no final block for a moment: waits for it as long as for any answer.
    private nonisolated(nonsending) func answer(
        key: [UInt8], prove: Bool
    ) async throws(AgentError) -> AgentSession.ReadState.Results.Value {
        let deadline = Machine.instant() + configuration.timeout
        var pause = 2
        while true {
            do throws(AgentError) {
                return try await ask(AgentSession.readState) { network in
                    AgentSession.ReadState.Params.Value(network: network.bytes, key: key, prove: prove)
                }
            } catch {
                guard error.code == .noProofYet, Machine.instant() < deadline else { throw error }
            }
            do { try await Task.sleep(for: .milliseconds(pause)) } catch { throw .cancelled }
            pause = min(2 * pause, 50)
        }
    }

    private nonisolated(nonsending) func verify(_ bundle: [UInt8], proves key: [UInt8]) async throws(AgentError)
        -> ProvenValue
    {
        guard let network else {
            throw AgentError(.disconnected, "the connection to the node ended", remedy: "try again")
        }
        let proven = try await Self.onDisk { () throws(AgentError) in
            do throws(ProofFailure) {
                return try ProofVerifier(network: network, verifier: SignatureVerifier()).verify(framed: bundle)
            } catch { throw AgentError(.invalidProof, "the node's proof doesn't hold: \(error)") }
        }
        guard proven.key == key else { throw AgentError(.invalidProof, "the node's proof is of another key") }
        return proven
    }

    /// - Returns: nil where there is no such fact.
    public nonisolated(nonsending) func fact(_ key: String) async throws(AgentError) -> Fact? {
        guard let bytes = try await readState("fact/" + key).value else { return nil }
        var reader = ByteReader(bytes)
        do throws(DecodingFailure) {
            let fact = Fact(
                version: try reader.read(), writer: AgentID(try reader.readDigest()), value: try reader.readBytes())
            try reader.finish()
            return fact
        } catch { throw AgentError(.peer, "the fact's value makes no sense: \(error)") }
    }

    /// Blocks that change what is asked for: "agents", "commits", "tasks", "facts", "balances"; none stands for all.
    public nonisolated(nonsending) func subscribe(_ topics: [String] = []) async throws(AgentError) -> StateUpdates {
        let started: (UInt64, LoopBoundQueue, Height) = try await onLoop(within: configuration.timeout) {
            core, answer in
            let queue = PullQueue<StateUpdate>(capacity: core.configuration.limits.maxEventCount)
            let bound = LoopBound(queue, on: core.loop)
            let box = LoopBound<UInt64>(0, on: core.loop)
            box.value = core.observe(
                topics, queue,
                Answer { result in
                    answer(result.map { height in (box.value, bound, height) })
                })
        }
        return StateUpdates(subscription: StateSubscription(self, id: started.0, height: started.2, updates: started.1))
    }

    /// Registered agents, sorted by name. An empty role stands for all.
    public nonisolated(nonsending) func agents(
        role: String = "", afterName: String = "", limit: Int = 1_000
    ) async throws(AgentError) -> [AgentRecord] {
        try await ask(AgentSession.agents) { network in
            AgentSession.Agents.Params.Value(
                network: network.bytes, role: role, afterName: afterName, limit: UInt32(clamping: limit))
        }.agents.compactMap { AgentRecord($0) }
    }

    /// An agent by name, 64 hexadecimal digits of its AgentID, or 32 of its destination.
    public nonisolated(nonsending) func resolve(_ nameOrID: String) async throws(AgentError) -> AgentRecord {
        let isID = nameOrID.utf8.count == 64 || nameOrID.utf8.count == 32
        let bytes = isID ? Hex.decode(nameOrID) : nil
        let record = try await ask(AgentSession.resolve) { network in
            AgentSession.Resolve.Params.Value(
                network: network.bytes, name: bytes == nil ? nameOrID : "", agent: bytes ?? [])
        }.record
        guard let record = record.flatMap({ AgentRecord($0) }) else {
            throw AgentError(.notFound, "no agent of this network is called \(nameOrID)")
        }
        return record
    }

    /// The node as this agent sees it.
    public nonisolated(nonsending) func nodeInfo() async throws(AgentError) -> NodeInfo.Value {
        let info = try await ask(AgentSession.info) { _ in AgentSession.Info.Params.Value() }.info
        guard let info else { throw AgentError(.peer, "the node says nothing about itself") }
        return info
    }
}
