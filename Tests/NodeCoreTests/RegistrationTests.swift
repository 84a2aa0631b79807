import Certificates
import Identity
import MeshSchema
import MeshState
import NodeCore
import Primitives
import Testing

struct RegistrationTests {
    @Test("an agent registers: its record is durable, and its session begins")
    func registers() throws {
        let node = try TestNode()
        let ada = try node.join("ada")
        #expect(ada.registered.homeEpoch == HomeEpoch(1))
        #expect(ada.registered.receipt.state == .included)
        #expect(ada.registered.mailboxCount == 0)
        #expect(try node.machine().view.agent(ada.id)?.name == "ada")
        guard
            case .agents(let agents) = try node.answer(
                ada.requester, .agents(node.main, role: "", afterName: "", limit: 10))
        else {
            Issue.record("no list")
            return
        }
        #expect(agents.map(\.record.name) == ["ada"])
        #expect(agents[0].isOnline)
    }

    @Test("a taken name is refused before it costs a block, and by the state machine where two race for it")
    func takenName() throws {
        let node = try TestNode()
        _ = try node.join("ada")
        var eve = TestAgent("eve")
        #expect(try node.register(&eve, over: 9, name: "ada").code == .nameTaken)

        var busy = try node.join("busy")
        node.ask(busy.requester, .commit(busy.agent.batch(in: node.main, [Work.commit])))
        var first = TestAgent("first")
        var second = TestAgent("second")
        let requests = try [
            node.startRegistration(&first, over: 20, name: "bob"),
            node.startRegistration(&second, over: 21, name: "bob"),
        ]
        try node.settle()
        let responses = requests.compactMap { node.replies[$0] }
        #expect(responses.compactMap(\.code) == [.nameTaken])
        #expect(responses.count == 2)
    }

    @Test("a copied key with a newer home epoch wins, and the older session is told and closed")
    func copiedKey() throws {
        let node = try TestNode()
        var original = try node.join("ada", over: 1)
        var copy = try node.join(TestAgent("ada"), over: 2)
        #expect(node.fenced == [original.session])
        #expect(node.closed == [original.session])
        #expect(copy.registered.homeEpoch == HomeEpoch(2))
        #expect(
            try node.refusal(original.requester, .commit(original.agent.batch(in: node.main, [Work.commit])))
                == .unknownSession)
        #expect(try node.commit(&copy, [Work.commit]).map(\.state) == [.included])
    }

    @Test("an old home epoch is refused")
    func staleEpoch() throws {
        let node = try TestNode()
        _ = try node.join("ada", over: 1)
        var copy = TestAgent("ada")
        #expect(try node.register(&copy, over: 2, epoch: 1).code == .staleHomeEpoch)
        #expect(node.fenced.isEmpty)
    }

    @Test("of two registrations of one key in one block, the newer home epoch gets the session")
    func racingCopies() throws {
        let node = try TestNode()
        var bob = try node.join("bob")
        node.ask(bob.requester, .commit(bob.agent.batch(in: node.main, [Work.commit])))  // keeps the engine busy
        var first = TestAgent("ada")
        var second = TestAgent("ada")
        let requests = try [
            node.startRegistration(&first, over: 1, epoch: 1), node.startRegistration(&second, over: 2, epoch: 2),
        ]
        try node.settle()
        #expect(node.replies[requests[0]]?.code == .fenced)
        guard case .registered(let registered)? = node.replies[requests[1]] else {
            Issue.record("the newer one was refused")
            return
        }
        #expect(registered.homeEpoch == HomeEpoch(2))
    }

    @Test("a registration relayed from another node's challenge is refused")
    func relayed() throws {
        let node = try TestNode()
        var ada = TestAgent("ada")
        let requester = Requester.connection(ConnectionID(1))
        let nonce = TestAgent.bundle("x").digest
        guard
            case .challenge(var challenge) = try node.answer(
                requester, .challenge(node.main, agent: ada.id, nonce: nonce, entropy: nonce))
        else { throw Crash() }
        challenge.node = TestAgent.bundle("another node").nodeID
        let batch = ada.registration(in: node.main, challenge, agentNonce: nonce)
        #expect(try node.refusal(requester, .register(node.main, registration: batch)) == .wrongNode)
    }

    @Test("a challenge serves once, for its connection, its agent and its nonces")
    func challenges() throws {
        let node = try TestNode()
        var ada = TestAgent("ada")
        let requester = Requester.connection(ConnectionID(1))
        let nonce = TestAgent.bundle("x").digest
        let other = TestAgent.bundle("y").digest
        func challenge() throws -> Challenge {
            guard
                case .challenge(let challenge) = try node.answer(
                    requester, .challenge(node.main, agent: ada.id, nonce: nonce, entropy: other))
            else { throw Crash() }
            return challenge
        }
        let batch = ada.registration(in: node.main, try challenge(), agentNonce: nonce)
        #expect(
            try node.refusal(.connection(ConnectionID(2)), .register(node.main, registration: batch)) == .noChallenge)
        let wrongNonce = ada.registration(in: node.main, try challenge(), agentNonce: other)
        #expect(try node.refusal(requester, .register(node.main, registration: wrongNonce)) == .challengeMismatch)
        #expect(try node.refusal(requester, .register(node.main, registration: batch)) == .noChallenge)
        var eve = TestAgent("eve")
        let stolen = eve.registration(in: node.main, try challenge(), agentNonce: nonce)
        #expect(try node.refusal(requester, .register(node.main, registration: stolen)) == .challengeMismatch)
    }

    @Test("another's bundle, a bad signature, a bad name and anything but one registration are refused")
    func malformed() throws {
        let node = try TestNode()
        let nonce = TestAgent.bundle("x").digest
        func attempt(_ make: (inout TestAgent, Challenge) -> CommitBatch.Value) throws -> ErrorCode? {
            var ada = TestAgent("ada")
            let requester = Requester.connection(ConnectionID(1))
            guard
                case .challenge(let challenge) = try node.answer(
                    requester, .challenge(node.main, agent: ada.id, nonce: nonce, entropy: nonce))
            else { throw Crash() }
            return try node.refusal(requester, .register(node.main, registration: make(&ada, challenge)))
        }
        #expect(
            try attempt { ada, challenge in
                var batch = ada.registration(in: node.main, challenge, agentNonce: nonce)
                batch.mldsa65[0] ^= 1
                return batch
            } == .badSignature)
        #expect(
            try attempt { ada, challenge in
                var batch = ada.registration(in: node.main, challenge, agentNonce: nonce)
                batch.ed25519[0] ^= 1
                return batch
            } == .badSignature)
        #expect(try attempt { ada, _ in ada.batch(in: node.main, [Work.commit]) } == .malformedRegistration)
        #expect(
            try attempt { ada, challenge in
                ada.registration(in: node.main, challenge, agentNonce: nonce, name: "a b")
            } == .invalidName)
        #expect(
            try attempt { ada, challenge in
                let batch = ada.registration(in: node.main, challenge, agentNonce: nonce)
                return ada.sign(batch.leaves + batch.leaves, in: node.main)
            } == .malformedRegistration)
        #expect(
            try attempt { ada, challenge in
                var batch = ada.registration(in: node.main, challenge, agentNonce: nonce)
                batch.leaves[0].body = [1, 2, 3]
                return batch
            } == .malformedRegistration)
        #expect(
            try attempt { ada, challenge in
                var eve = TestAgent("eve")
                var batch = eve.registration(in: node.main, challenge, agentNonce: nonce)
                batch.agent = ada.id.bytes
                return ada.sign(batch.leaves, in: node.main)
            } == .wrongBundle)
    }

    @Test("the node's bound of agents holds, and a fenced agent's successor needs no room")
    func tooMany() throws {
        var limits = NodeLimits()
        limits.maxAgentCount = 2
        let node = try TestNode(limits: limits)
        let ada = try node.join("ada", over: 1)
        _ = try node.join("bob", over: 2)
        var eve = TestAgent("eve")
        #expect(try node.register(&eve, over: 3).code == .tooManyAgents)
        _ = try node.join(TestAgent("ada"), over: 4)
        #expect(node.fenced == [ada.session])
        try node.take(.disconnected(ConnectionID(2)))
        #expect(try node.register(&eve, over: 3).code == nil)
    }

    @Test("presence tells the truth: online, last seen, what the agent says of itself, gone")
    func presence() throws {
        let node = try TestNode()
        let ada = try node.join("ada", over: 1)
        let bob = try node.join("bob", over: 2)
        let status = AgentStatus(state: "busy", taskID: "t1", note: "half", progressAt: node.now.wall, processID: 7)
        #expect(try node.answer(ada.requester, .updateStatus(node.main, status)) == .done)
        func listing() throws -> AgentListing {
            guard case .agent(let found) = try node.answer(bob.requester, .agent(node.main, .name("ada"))) else {
                throw Crash()
            }
            return found
        }
        #expect(try listing().status == status)
        let seen = node.now.wall
        try node.advance(.seconds(3))
        #expect(try listing().lastSeen == seen)
        #expect(try listing().isOnline)
        try node.take(.disconnected(ada.connection))
        let gone = try listing()
        #expect(!gone.isOnline)
        #expect(gone.status == AgentStatus())
        #expect(gone.lastSeen == seen)
        #expect(node.closed == [ada.session])
    }

    @Test("a registration for which nobody waits any more is committed, and begins no session")
    func abandoned() throws {
        let node = try TestNode()
        var ada = TestAgent("ada")
        let request = try node.startRegistration(&ada, over: 1)
        node.give(.abandoned(request))
        try node.settle()
        #expect(try node.machine().view.agent(ada.id) != nil)
        guard case .info(let info) = try node.answer(.connection(ConnectionID(5)), .info) else { throw Crash() }
        #expect(info.agentCount == 0)
        #expect(info.networks[0].registeredCount == 1)
    }

    @Test("nobody but a session or the owner may act")
    func permissions() throws {
        let node = try TestNode()
        let ada = try node.join("ada", over: 1)
        let stranger = Requester.connection(ConnectionID(9))
        #expect(try node.refusal(stranger, .commitStatus(node.main, nonces: [1])) == .notPermitted)
        #expect(try node.refusal(stranger, .status) == .notPermitted)
        #expect(try node.refusal(ada.requester, .stop) == .notPermitted)
        #expect(
            try node.refusal(ada.requester, .mail(node.main, deadOnly: false, agent: nil, limit: 1)) == .notPermitted)
        #expect(try node.refusal(.session(SessionID(999)), .info) == .unknownSession)
        guard case .status(_, let metrics) = try node.answer(.owner(ConnectionID(1)), .status) else { throw Crash() }
        #expect(metrics.contains(Metric("hanzo_node_sessions", 1)))
    }
}

extension Response {
    var code: ErrorCode? {
        guard case .failure(let refusal) = self else { return nil }
        return refusal.code
    }
}

extension TestNode {
    /// Sends a registration without performing what follows.
    func startRegistration(
        _ agent: inout TestAgent, over connection: UInt64, name: String? = nil, epoch: UInt64? = nil
    ) throws -> RequestID {
        let requester = Requester.connection(ConnectionID(connection))
        let nonce = TestAgent.bundle("n\(connection)").digest
        let asked = ask(requester, .challenge(main, agent: agent.id, nonce: nonce, entropy: nonce))
        try settleReplies()
        guard case .challenge(let challenge)? = replies[asked] else { throw Crash() }
        let batch = agent.registration(in: main, challenge, agentNonce: nonce, name: name, epoch: epoch)
        return ask(requester, .register(main, registration: batch))
    }
}
