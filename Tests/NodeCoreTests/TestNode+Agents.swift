import Certificates
import Identity
import MeshSchema
import NodeCore
import Primitives
import Testing

/// An agent with a session.
struct TestMember {
    var agent: TestAgent
    let network: NetworkID
    let connection: ConnectionID
    let session: SessionID
    let registered: Registered

    var requester: Requester { .session(session) }
    var id: AgentID { agent.id }
}

extension TestNode {
    var main: NetworkID { networks[0].networkID }
    private static var agentNonce: Digest { TestAgent.bundle("nonce").digest }

    /// Asks for a challenge and registers; the response as it comes.
    func register(
        _ agent: inout TestAgent, in network: NetworkID? = nil, over connection: UInt64, name: String? = nil,
        epoch: UInt64? = nil
    ) throws -> Response {
        let network = network ?? main
        let requester = Requester.connection(ConnectionID(connection))
        let entropy = TestAgent.bundle("entropy \(connection)").digest
        let challenged = try answer(
            requester, .challenge(network, agent: agent.id, nonce: Self.agentNonce, entropy: entropy))
        guard case .challenge(let challenge) = challenged else { return challenged }
        let batch = agent.registration(in: network, challenge, agentNonce: Self.agentNonce, name: name, epoch: epoch)
        return try answer(requester, .register(network, registration: batch))
    }

    func join(_ name: String, in network: NetworkID? = nil, over connection: UInt64? = nil) throws -> TestMember {
        try join(TestAgent(name), in: network, over: connection)
    }

    func join(_ agent: TestAgent, in network: NetworkID? = nil, over connection: UInt64? = nil) throws -> TestMember {
        var agent = agent
        let number = connection ?? UInt64(stepCount + 1)
        let response = try register(&agent, in: network, over: number)
        guard case .registered(let registered) = response else {
            Issue.record("\(agent.name) was refused: \(response)")
            throw Crash()
        }
        return TestMember(
            agent: agent, network: network ?? main, connection: ConnectionID(number), session: registered.session,
            registered: registered)
    }

    // MARK: Commits

    func commit(_ member: inout TestMember, _ transactions: [Transaction.Which]) throws -> [CommitReceipt] {
        let response = try answer(
            member.requester, .commit(member.agent.batch(in: member.network, transactions)))
        guard case .receipts(let receipts) = response else {
            Issue.record("the commit was refused: \(response)")
            return []
        }
        return receipts
    }

    // MARK: Mail

    func send(
        _ member: inout TestMember, to recipient: AgentID, _ text: String, counter: UInt64? = nil, epoch: UInt64? = nil,
        expiresAt: Int64 = 0, wait: MailTier = .accepted
    ) throws -> Response {
        let envelope = member.agent.envelope(
            in: member.network, to: recipient, text, counter: counter, epoch: epoch, expiresAt: expiresAt)
        return try answer(member.requester, .send(member.network, envelope: envelope, wait: wait))
    }

    func acknowledge(_ member: TestMember, _ envelopes: [SignedEnvelope.Value]) throws {
        #expect(
            try answer(member.requester, .acknowledge(member.network, envelopes.map { $0.acknowledgement() })) == .done)
    }

    /// What a session's inbox was called with, as text.
    func inbox(of member: TestMember) -> [String] {
        deliveries.filter { $0.session == member.session }.map { $0.delivery.envelope.text }
    }

    func delivered(to member: TestMember) -> [Delivery] {
        deliveries.filter { $0.session == member.session }.map(\.delivery)
    }
}

enum Work {
    static let commit = Transaction.Which.commit(AgentWork.Value(result: "done", filesChanged: ["a.swift"]))
    static func offer(_ id: String, leaseMs: UInt64 = 0) -> Transaction.Which {
        .offerTask(OfferTask.Value(taskId: id, taskType: "code", description: "write it", leaseMs: leaseMs))
    }
    static func claim(_ id: String) -> Transaction.Which { .claimTask(ClaimTask.Value(taskId: id)) }
    static func complete(_ id: String, fence: Fence) -> Transaction.Which {
        .completeTask(FinishTask.Value(taskId: id, fence: fence.value, result: [1]))
    }
    static func fact(_ key: String, _ value: [UInt8]) -> Transaction.Which {
        .putFact(PutFact.Value(key: key, value: value, expectedVersion: 0))
    }
}
