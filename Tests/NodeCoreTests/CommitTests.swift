import Certificates
import Consensus
import Identity
@_spi(Simulation) import MeshCrypto
import MeshSchema
import MeshState
import NodeCore
import Primitives
import Testing

struct CommitTests {
    @Test("a commit is answered when it is durable, and final soon after")
    func receipt() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let receipts = try node.commit(&ada, [Work.commit, Work.fact("a", [1])])
        #expect(receipts.map(\.state) == [.included, .included])
        let nonces = receipts.map(\.nonce)
        #expect(try node.states(ada, nonces + [77]) == [.final, .final, .unknown])
        #expect(try node.machine().view.counts().commits == 1)
    }

    @Test("receipts come in the batch's order, each with its own outcome and a remedy")
    func outcomes() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let receipts = try node.commit(&ada, [Work.fact("a", [1]), Work.fact("a", [2]), Work.claim("nothing")])
        #expect(receipts.map(\.state) == [.included, .rejected, .rejected])
        #expect(receipts[1].reason.hasPrefix("versionMismatch: "))
        #expect(receipts[2].reason.hasPrefix("unknownTask: "))
    }

    @Test("a session acts only as itself")
    func actsAsItself() throws {
        let node = try TestNode()
        let ada = try node.join("ada")
        var bob = try node.join("bob")
        let batch = bob.agent.batch(in: node.main, [Work.commit])
        #expect(try node.refusal(ada.requester, .commit(batch)) == .wrongAgent)
        let envelope = bob.agent.envelope(in: node.main, to: bob.id)
        #expect(try node.refusal(ada.requester, .send(node.main, envelope: envelope, wait: .accepted)) == .wrongAgent)
    }

    @Test("both halves of the signature must hold")
    func signatures() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        var batch = ada.agent.batch(in: node.main, [Work.commit])
        batch.ed25519[3] ^= 1
        #expect(try node.refusal(ada.requester, .commit(batch)) == .badSignature)
        batch.ed25519[3] ^= 1
        batch.mldsa65[3] ^= 1
        #expect(try node.refusal(ada.requester, .commit(batch)) == .badSignature)
        batch.mldsa65[3] ^= 1
        #expect(try node.refusal(ada.requester, .commit(batch)) == nil)
    }

    @Test("the same batch again joins the one under way, and later answers with its first fate")
    func duplicates() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let batch = ada.agent.batch(in: node.main, [Work.commit])
        let requests = [node.ask(ada.requester, .commit(batch)), node.ask(ada.requester, .commit(batch))]
        try node.settle()
        #expect(node.replies[requests[0]] == node.replies[requests[1]])
        let height = try node.machine().applied.height
        guard case .receipts(let again) = try node.answer(ada.requester, .commit(batch)) else { throw Crash() }
        #expect(again.map(\.state) == [.final])
        #expect(again[0].height < node.height)
        #expect(again[0].height <= height)
        #expect(try node.machine().view.counts().commits == 1)
    }

    @Test("a nonce that stands for something else is rejected, and a rejected one stays rejected when repeated")
    func nonceReused() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let leaf = ada.agent.leaf(Work.fact("a", [1]))
        var other = ada.agent.leaf(Work.fact("b", [1]))
        other.nonce = leaf.nonce
        guard
            case .receipts(let receipts) = try node.answer(
                ada.requester, .commit(ada.agent.sign([leaf, other, leaf], in: node.main)))
        else { throw Crash() }
        #expect(receipts.map(\.state) == [.included, .rejected, .included])
        #expect(receipts[1].reason.hasPrefix("nonceReused: "))
        let refused = ada.agent.batch(in: node.main, [Work.claim("nothing")])
        for _ in 0..<2 {
            guard case .receipts(let rejected) = try node.answer(ada.requester, .commit(refused)) else { throw Crash() }
            #expect(rejected.map(\.state) == [.rejected])
            #expect(rejected[0].reason.hasPrefix("unknownTask: "))
        }
    }

    @Test("an expired leaf says so")
    func expired() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let batch = ada.agent.sign([ada.agent.leaf(Work.commit, expiresAt: 0)], in: node.main)
        guard case .receipts(let receipts) = try node.answer(ada.requester, .commit(batch)) else { throw Crash() }
        #expect(receipts.map(\.state) == [.expired])
    }

    @Test("what waits is pending, and everything that waits goes into the next block")
    func pending() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        var bob = try node.join("bob")
        let before = node.height
        let first = ada.agent.batch(in: node.main, [Work.commit])
        _ = node.ask(ada.requester, .commit(first))
        for _ in 0..<20 { _ = node.ask(bob.requester, .commit(bob.agent.batch(in: node.main, [Work.commit]))) }
        let status = node.ask(ada.requester, .commitStatus(node.main, nonces: [first.leaves[0].nonce]))
        try node.settle()
        guard case .receipts(let receipts)? = node.replies[status] else { throw Crash() }
        #expect(receipts.map(\.state) == [.pending])
        #expect(node.height.value - before.value <= 3)
        #expect(try node.machine().view.counts().commits == 21)
    }

    @Test("shapes and sizes are refused before any signature is checked")
    func limits() throws {
        var limits = NodeLimits()
        limits.maxBatchLeafCount = 4
        limits.maxTransactionByteCount = 8_000
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        func code(_ leaves: [CommitBatch.Leaf.Value]) throws -> ErrorCode? {
            try node.refusal(ada.requester, .commit(ada.agent.sign(leaves, in: node.main)))
        }
        #expect(try code([]) == .emptyBatch)
        #expect(try code((0..<5).map { _ in ada.agent.leaf(Work.commit) }) == .batchTooLarge)
        #expect(
            try code([CommitBatch.Leaf.Value(nonce: 9, expiryHeight: 9, body: [UInt8](repeating: 0, count: 8_001))])
                == .batchTooLarge)
        var foreign = ada.agent.batch(in: node.main, [Work.commit])
        foreign.network = [1, 2, 3]
        #expect(try node.refusal(ada.requester, .commit(foreign)) == .wrongNetwork)
    }

    @Test("one agent's flood costs its own quota only")
    func quota() throws {
        var limits = NodeLimits()
        limits.maxPendingBatchCountPerAgent = 3
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        var bob = try node.join("bob")
        let requests = (0..<5).map { _ in
            node.ask(ada.requester, .commit(ada.agent.batch(in: node.main, [Work.commit])))
        }
        let other = node.ask(bob.requester, .commit(bob.agent.batch(in: node.main, [Work.commit])))
        try node.settle()
        #expect(requests.map { node.replies[$0]?.code } == [nil, nil, nil, .quotaExceeded, .quotaExceeded])
        #expect(node.replies[other]?.code == nil)
        #expect(try node.commit(&ada, [Work.commit]).map(\.state) == [.included])
    }

    @Test("a full mempool refuses with a remedy and recovers")
    func mempoolFull() throws {
        var limits = NodeLimits()
        limits.maxMempoolByteCount = 10_000
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let requests = (0..<4).map { _ in
            node.ask(ada.requester, .commit(ada.agent.batch(in: node.main, [Work.commit])))
        }
        try node.settle()
        #expect(requests.compactMap { node.replies[$0]?.code } == [.mempoolFull, .mempoolFull])
        #expect(try node.commit(&ada, [Work.commit]).map(\.state) == [.included])
    }

    @Test("a commit to one network is not in the other, and its signature is worthless there")
    func twoNetworks() throws {
        let node = try TestNode([TestNode.genesis("main"), TestNode.genesis("test")])
        let test = node.networks[1].networkID
        var ada = try node.join("ada", in: node.main, over: 1)
        var adaInTest = try node.join("ada", in: test, over: 2)
        #expect(try node.commit(&ada, [Work.fact("where", [1])]).map(\.state) == [.included])
        #expect(try node.machine(node.main).view.fact("where")?.value == [1])
        #expect(try node.machine(test).view.fact("where") == nil)
        var replayed = ada.agent.batch(in: node.main, [Work.fact("replayed", [1])])
        replayed.network = test.bytes
        #expect(try node.refusal(adaInTest.requester, .commit(replayed)) == .badSignature)
        #expect(try node.refusal(ada.requester, .commit(replayed)) == .wrongNetwork)
        #expect(try node.commit(&adaInTest, [Work.fact("where", [2])]).map(\.state) == [.included])
        #expect(try node.machine(node.main).view.fact("where")?.value == [1])
        let unknown = NetworkID(TestAgent.bundle("nowhere").digest)
        #expect(try node.refusal(ada.requester, .commitStatus(unknown, nonces: [1])) == .unknownNetwork)
        #expect(
            try node.refusal(
                .connection(ConnectionID(1)), .challenge(unknown, agent: ada.id, nonce: .zero, entropy: .zero))
                == .unknownNetwork)
    }

    @Test("a hundred agents race for fifty tasks: each task is claimed and done once")
    func race() throws {
        let node = try TestNode()
        var offerer = try node.join("offerer")
        let offers = try node.commit(&offerer, (0..<50).map { Work.offer("task-\($0)") })
        #expect(offers.allSatisfy { $0.state == .included })
        var agents = try (0..<100).map { try node.join("agent-\($0)") }
        let claims = agents.indices.map { index in
            node.ask(
                agents[index].requester,
                .commit(agents[index].agent.batch(in: node.main, [Work.claim("task-\(index % 50)")])))
        }
        try node.settle()
        var winners: [Int: Fence] = [:]
        for (index, claim) in claims.enumerated() {
            guard case .receipts(let receipts)? = node.replies[claim] else { throw Crash() }
            if receipts[0].state == .included {
                winners[index] = receipts[0].fence
            } else {
                #expect(receipts[0].reason.hasPrefix("wrongTaskState: "))
            }
        }
        #expect(winners.count == 50)
        #expect(Set(winners.keys.map { $0 % 50 }).count == 50)
        for (index, fence) in winners.sorted(by: { $0.key < $1.key }) {
            #expect(
                try node.commit(&agents[index], [Work.complete("task-\(index % 50)", fence: fence)]).map(\.state) == [
                    .included
                ])
        }
        guard
            case .tasks(let tasks) = try node.answer(
                offerer.requester, .tasks(node.main, state: "", after: "", limit: 0))
        else { throw Crash() }
        #expect(tasks.count == 50)
        #expect(tasks.allSatisfy { $0.task.state == .done })
    }

    @Test("a claim whose lease runs out is lost without anybody asking, and the zombie's fence is stale")
    func lease() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        var bob = try node.join("bob")
        _ = try node.commit(&ada, [Work.offer("t", leaseMs: 5_000)])
        let fence = try node.commit(&ada, [Work.claim("t")])[0].fence
        try node.advance(.seconds(6))
        #expect(try node.machine().view.task("t")?.state == .offered)
        let second = try node.commit(&bob, [Work.claim("t")])
        #expect(second.map(\.state) == [.included])
        let late = try node.commit(&ada, [Work.complete("t", fence: fence)])
        #expect(late.map(\.state) == [.rejected])
        #expect(try node.commit(&bob, [Work.complete("t", fence: second[0].fence)]).map(\.state) == [.included])
    }

    @Test("a value is read with a proof that a stranger can check")
    func proof() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let nonce = try node.commit(&ada, [Work.commit])[0].nonce
        let key = CommitKey(agent: ada.id, nonce: nonce).bytes
        guard case .value(let value) = try node.answer(ada.requester, .readState(node.main, key: key, prove: true))
        else { throw Crash() }
        let proven = try ProofVerifier(network: node.main, verifier: SimulatedVerifier()).verify(framed: value.bundle)
        #expect(proven.value == value.value)
        #expect(proven.commit?.agent == ada.id)
        #expect(try node.refusal(ada.requester, .readState(node.main, key: [], prove: false)) == .malformedKey)
    }

    @Test("the heartbeat keeps the chain alive when nobody commits")
    func heartbeat() throws {
        let node = try TestNode()
        let before = node.height
        try node.advance(.seconds(35))
        #expect(node.height.value == before.value + 3)
    }

    @Test("observers hear of their topics, in order, and how much a slow one has missed")
    func subscriptions() throws {
        var limits = NodeLimits()
        limits.observerQueueCount = 2
        limits.observerWindow = 1
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        #expect(try node.refusal(ada.requester, .subscribe(node.main, topics: ["weather"])) == .unknownTopic)
        guard
            case .subscribed(let subscription, _) = try node.answer(
                ada.requester, .subscribe(node.main, topics: ["facts"]))
        else { throw Crash() }
        _ = try node.commit(&ada, [Work.commit])
        #expect(node.notifications.isEmpty)
        node.returnsNotifications = false
        for index in 0..<6 { _ = try node.commit(&ada, [Work.fact("f\(index)", [UInt8(index)])]) }
        #expect(node.notifications.map { $0.changes.map(\.key) } == [["fact/f0"]])
        node.returnsNotifications = true
        try node.take(.notified(subscription, succeeded: true))
        _ = try node.commit(&ada, [Work.fact("last", [9])])
        #expect(node.notifications.map { $0.changes[0].key } == ["fact/f0", "fact/f1", "fact/f2", "fact/last"])
        #expect(node.notifications.map(\.missed) == [0, 0, 0, 3])
        #expect(try node.answer(ada.requester, .unsubscribe(subscription)) == .done)
        _ = try node.commit(&ada, [Work.fact("unheard", [9])])
        #expect(node.notifications.count == 4)
    }

    @Test("observers of blocks hear of every block twice: included and final")
    func blocks() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        _ = try node.answer(ada.requester, .subscribe(node.main, topics: ["blocks"]))
        _ = try node.commit(&ada, [Work.commit])
        #expect(node.notifications.map(\.isFinal) == [false, true])
        #expect(node.notifications.allSatisfy { $0.height == node.height })
    }

    @Test("a draining node refuses new work, finishes what is under way, and says when it is done")
    func drain() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let request = node.ask(ada.requester, .commit(ada.agent.batch(in: node.main, [Work.commit])))
        node.give(.drain)
        try node.settle()
        guard case .receipts? = node.replies[request] else { throw Crash() }
        #expect(try node.refusal(ada.requester, .commit(ada.agent.batch(in: node.main, [Work.commit]))) == .draining)
        #expect(node.isDrained)
    }
}

extension TestNode {
    var height: Height {
        guard case .info(let info)? = try? answer(.connection(ConnectionID(1)), .info) else { return .genesis }
        return info.networks[0].height
    }

    func states(_ member: TestMember, _ nonces: [UInt64]) throws -> [CommitState] {
        guard case .receipts(let receipts) = try answer(member.requester, .commitStatus(member.network, nonces: nonces))
        else { return [] }
        return receipts.map(\.state)
    }
}
