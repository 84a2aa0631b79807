import CapnProto
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Storage
import Testing

@testable import MeshState

/// An agent of the tests: a bundle of arbitrary bytes and a counter.
struct TestAgent {
    let bundle: PublicBundle
    let name: String

    init(_ name: String) {
        var random = PRNG(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        guard let bundle = PublicBundle(canonicalBytes: random.bytes(PublicBundle.byteCount)) else {
            preconditionFailure("3200 bytes")
        }
        self.bundle = bundle
        self.name = name
    }

    var id: AgentID { bundle.agentID }

    func registration(epoch: UInt64 = 1, name: String? = nil, role: String = "developer") -> Transaction.Which {
        .register(
            Registration.Value(
                bundle: bundle.schemaValue, node: [UInt8](repeating: 7, count: 32), nodeNonce: [UInt8](repeating: 1, count: 32),
                agentNonce: [UInt8](repeating: 2, count: 32), homeEpoch: epoch, name: name ?? self.name, role: role,
                capabilities: Capabilities.Value(tools: ["swift"], languages: ["en"])))
    }
}

/// One network with its state, cut into blocks by hand. Every block is checked against the invariants.
struct World {
    var machine: StateMachine
    let store: MemoryStore
    let genesis: Genesis
    var time = WallTime(milliseconds: 1_000_000)
    var nonce: UInt64 = 0
    var lastBlock: ExecutedBlock?

    static let authority = TestAgent("authority")
    static let asset = "mesh:credit"

    /// Agents that are registered from the start, each with 1000 units.
    init(_ agents: [TestAgent] = [], units: UInt64 = 1000, store: MemoryStore = MemoryStore()) throws {
        let balances = agents.map {
            Genesis.Balance(agent: $0.id, asset: Self.asset, units: UInt256(units).bigEndianBytes)
        }
        genesis = Genesis(
            poa: "test", authority: Self.authority.bundle, nodes: [], time: WallTime(milliseconds: 1_000_000),
            balances: balances)
        self.store = store
        machine = try StateMachine(genesis, store: store)
        if !agents.isEmpty {
            let outcomes = try run(agents.map { ($0, $0.registration()) })
            #expect(outcomes.allSatisfy { $0 == .applied })
        }
    }

    var height: UInt64 { machine.applied.height.value }
    var view: StateView { machine.view }

    mutating func leaf(_ which: Transaction.Which, expiresIn span: UInt64 = 100) -> CommitBatch.Leaf.Value {
        nonce += 1
        return CommitBatch.Leaf.Value(
            nonce: nonce, expiryHeight: height + span, body: Transaction.Value(which: which).framed())
    }

    func batch(_ agent: TestAgent, _ leaves: [CommitBatch.Leaf.Value]) -> SignedBatch {
        SignedBatch(
            network: machine.network, agent: agent.id, leaves: leaves,
            signature: HybridSignature(ed25519: [1], mldsa65: [2]))
    }

    /// One block of one-leaf batches.
    @discardableResult
    mutating func run(
        _ transactions: [(TestAgent, Transaction.Which)], after milliseconds: Int64 = 1000
    ) throws -> [Outcome] {
        var batches = [SignedBatch]()
        for (agent, which) in transactions { batches.append(batch(agent, [leaf(which)])) }
        return try cut(batches, after: milliseconds).results.map(\.outcome)
    }

    @discardableResult
    mutating func run(_ agent: TestAgent, _ which: Transaction.Which, after milliseconds: Int64 = 1000) throws -> Outcome {
        try run([(agent, which)], after: milliseconds)[0]
    }

    /// Executes and applies one block.
    @discardableResult
    mutating func cut(_ batches: [SignedBatch], after milliseconds: Int64 = 1000) throws -> ExecutedBlock {
        time = WallTime(milliseconds: time.milliseconds + milliseconds)
        let input = BlockInput(height: machine.applied.height.next, time: time, batches: batches)
        let executed = try machine.execute(input)
        try machine.apply(executed, header: header(of: executed), journalPosition: LSN(executed.height.value))
        lastBlock = executed
        try checkInvariants()
        return executed
    }

    func header(of executed: ExecutedBlock) -> BlockHeader {
        executed.header(
            network: machine.network, variant: .poa(term: Term(1), sequencer: NodeID(.zero)),
            nextValidatorsHash: genesis.nextValidatorsHash)
    }

    /// A machine that opens the same store, as after a restart.
    func reopened() throws -> StateMachine { try StateMachine(genesis, store: store) }

    /// Every state key with its value.
    func contents(_ prefix: String = "") throws -> [String: [UInt8]] {
        var contents = [String: [UInt8]]()
        try store.scan(.latest, prefix: Array(prefix.utf8)) { key, value in
            contents[String(decoding: key, as: UTF8.self)] = Array(value.dropFirst(8))
            return true
        }
        return contents
    }
}

/// What must hold after every block, whatever was in it.
extension World {
    func checkInvariants() throws {
        try checkBalances()
        try checkIndexes()
        try checkNames()
    }

    /// The sum of every asset is the genesis's, and what is held is exactly what open holds and escrows have set aside.
    private func checkBalances() throws {
        var supply = [String: UInt256]()
        for balance in genesis.balances {
            supply[balance.asset, default: .zero] = supply[balance.asset, default: .zero]
                &+ (UInt256(bigEndian: balance.units) ?? .zero)
        }
        var held = [String: UInt256]()
        for (key, value) in try contents("balance/") {
            let balance = try BalanceRecord(value, under: Array(key.utf8))
            #expect(balance != .nothing)
            let asset = String(key.split(separator: "/", maxSplits: 2)[2])
            supply[asset] = supply[asset, default: .zero] &- balance.amount &- balance.held
            if balance.held != .zero { held["\(key.split(separator: "/")[1])/\(asset)"] = balance.held }
        }
        #expect(supply.allSatisfy { $0.value == .zero })
        var open = [String: UInt256]()
        for (key, value) in try contents("hold/") {
            let hold = try HoldRecord(value, under: Array(key.utf8))
            open["\(key.split(separator: "/")[1])/\(hold.asset)", default: .zero] = open[
                "\(key.split(separator: "/")[1])/\(hold.asset)", default: .zero] &+ hold.units
        }
        for (_, task) in try tasks() where !task.state.isFinal && task.escrowUnits != .zero {
            let owner = "\(task.offerer)/\(task.escrowAsset)"
            open[owner, default: .zero] = open[owner, default: .zero] &+ task.escrowUnits
        }
        #expect(held == open)
    }

    /// The indexes hold what falls due, no more and no less, and the machine knows what comes next.
    private func checkIndexes() throws {
        var due = [String: WallTime]()
        for (id, task) in try tasks() {
            for time in task.dueTimes { due[String(decoding: StateKey.lease(time, task: id), as: UTF8.self)] = time }
        }
        #expect(try Set(contents("lease/").keys) == Set(due.keys))
        var lapses = [String: WallTime]()
        for (key, value) in try contents("hold/") {
            let hold = try HoldRecord(value, under: Array(key.utf8))
            let parts = key.split(separator: "/", maxSplits: 2)
            let owner = AgentID(try #require(Digest(hex: parts[1])))
            let lapse = StateKey.lapse(hold.expiresAt, owner, hold: String(parts[2]))
            lapses[String(decoding: lapse, as: UTF8.self)] = hold.expiresAt
        }
        #expect(try Set(contents("lapse/").keys) == Set(lapses.keys))
        #expect(machine.nextExpiry == (Array(due.values) + Array(lapses.values)).min())
    }

    private func checkNames() throws {
        var owners = [String: [UInt8]]()
        for (key, value) in try contents("agent/") {
            let agent = try AgentRecord(value, under: Array(key.utf8))
            #expect(key == "agent/\(agent.id)")
            if !agent.name.isEmpty { owners["name/\(agent.name)"] = agent.id.bytes }
        }
        #expect(try contents("name/") == owners)
    }

    func tasks() throws -> [String: TaskRecord] {
        var tasks = [String: TaskRecord]()
        for (key, value) in try contents("task/") {
            tasks[String(key.dropFirst(5))] = try TaskRecord(value, under: Array(key.utf8))
        }
        return tasks
    }
}

/// Transactions in one line.
enum Make {
    static func amount(_ units: UInt64, _ asset: String = World.asset) -> Amount.Value {
        Amount.Value(asset: asset, units: UInt256(units).bigEndianBytes)
    }
    static func commit(_ task: String = "", fence: UInt64 = 0) -> Transaction.Which {
        .commit(AgentWork.Value(taskId: task, fence: fence, result: "done", filesChanged: ["a.swift"]))
    }
    static func fact(_ key: String, _ value: [UInt8], expected: UInt64 = 0) -> Transaction.Which {
        .putFact(PutFact.Value(key: key, value: value, expectedVersion: expected))
    }
    static func transfer(_ units: UInt64, to agent: TestAgent, asset: String = World.asset) -> Transaction.Which {
        .transfer(Transfer.Value(to: agent.id.bytes, amount: amount(units, asset)))
    }
    static func hold(_ id: String, _ units: UInt64, to agent: TestAgent, until: Int64) -> Transaction.Which {
        .hold(Hold.Value(id: id, amount: amount(units), to: agent.id.bytes, expiresAt: until))
    }
    static func release(_ id: String, of owner: TestAgent, pay: Bool) -> Transaction.Which {
        .releaseHold(ReleaseHold.Value(id: id, owner: owner.id.bytes, pay: pay))
    }
    static func offer(
        _ id: String, lease: UInt64 = 0, deadline: Int64 = 0, escrow: UInt64 = 0, parent: String = "", budget: UInt64 = 0
    ) -> Transaction.Which {
        .offerTask(
            OfferTask.Value(
                taskId: id, taskType: "code", description: "write it", parent: parent, leaseMs: lease, deadline: deadline,
                budget: budget, escrow: escrow == 0 ? nil : amount(escrow)))
    }
    static func claim(_ id: String) -> Transaction.Which { .claimTask(ClaimTask.Value(taskId: id)) }
    static func progress(_ id: String, fence: UInt64) -> Transaction.Which {
        .progressTask(ProgressTask.Value(taskId: id, fence: fence, note: "half"))
    }
    static func complete(_ id: String, fence: UInt64) -> Transaction.Which {
        .completeTask(FinishTask.Value(taskId: id, fence: fence, result: [1], note: "ready"))
    }
    static func fail(_ id: String, fence: UInt64) -> Transaction.Which {
        .failTask(FinishTask.Value(taskId: id, fence: fence, note: "cannot"))
    }
    static func cancel(_ id: String) -> Transaction.Which { .cancelTask(CancelTask.Value(taskId: id, reason: "why not")) }
}
