import CapnProto
import Certificates
import Consensus
import Identity
import MeshCrypto
import MeshSchema
import MeshState
import OrderedCollections
import Primitives
import Storage

/// A registration on its way through a block.
struct PendingRegistration: Sendable, Hashable {
    let request: RequestID
    let connection: ConnectionID
    let agent: AgentID
    let homeEpoch: HomeEpoch
    /// Nobody waits for the session any more; the record is committed all the same.
    var isAbandoned = false
}

// Registration, sessions and presence.
extension NetworkCore {
    func challenge(_ agent: AgentID, nodeNonce: Digest) -> Challenge {
        Challenge(
            node: node, nonce: nodeNonce, homeEpoch: directory[agent]?.homeEpoch ?? HomeEpoch(0),
            height: engine.status.height)
    }

    mutating func register(
        _ batch: CommitBatch.Value, _ challenge: OpenChallenge?, over connection: ConnectionID, _ request: RequestID,
        _ turn: inout Turn
    ) {
        do throws(Refusal) {
            guard let challenge, challenge.network == id else {
                throw Refusal(.noChallenge, "ask this connection for a challenge in this network first")
            }
            guard Digest(batch.agent) == challenge.agent.digest else {
                throw Refusal(.challengeMismatch, "the challenge was for another agent")
            }
            try checkRoom(for: challenge.agent, turn)
            let registration = try read(batch)
            let key = try check(registration, by: challenge)
            let pending = try check(batch)
            try submit(
                pending, signer: key, request,
                registration: PendingRegistration(
                    request: request, connection: connection, agent: challenge.agent,
                    homeEpoch: HomeEpoch(registration.homeEpoch)), &turn)
        } catch { turn.refuse(request, error) }
    }

    private func checkRoom(for agent: AgentID, _ turn: Turn) throws(Refusal) {
        let count = turn.ledger.sessionNetworks.count + registrationCount
        guard sessionByAgent[agent] != nil || count < limits.maxAgentCount else {
            throw Refusal(.tooManyAgents, "\(count) agents are here; raise max_agents or use another node")
        }
    }

    private func read(_ batch: CommitBatch.Value) throws(Refusal) -> Registration.Value {
        guard batch.leaves.count == 1, batch.leaves[0].body.count <= limits.maxTransactionByteCount else {
            throw Refusal(.malformedRegistration, "a registration is a batch of one leaf")
        }
        let transaction: Transaction.Value
        do {
            transaction = try Transaction.Value(framed: batch.leaves[0].body)
        } catch {
            throw Refusal(.malformedRegistration, "the leaf's body is no stream-framed Transaction")
        }
        guard case .register(let registration) = transaction.which else {
            throw Refusal(.malformedRegistration, "the leaf's body is another transaction than `register`")
        }
        return registration
    }

    private func check(_ registration: Registration.Value, by challenge: OpenChallenge) throws(Refusal)
        -> VerificationKey
    {
        guard Digest(registration.node) == node.digest else {
            throw Refusal(.wrongNode, "the registration is addressed to another node; this one is \(node)")
        }
        guard Digest(registration.nodeNonce) == challenge.nodeNonce,
            Digest(registration.agentNonce) == challenge.agentNonce
        else { throw Refusal(.challengeMismatch, "both nonces of this connection's last challenge must be signed") }
        guard let bundle = registration.bundle.flatMap({ PublicBundle($0) }), bundle.agentID == challenge.agent else {
            throw Refusal(.wrongBundle, "the agent's id is the digest of another key bundle")
        }
        let current = directory[challenge.agent]?.homeEpoch ?? HomeEpoch(0)
        guard HomeEpoch(registration.homeEpoch) > current else {
            throw Refusal(.staleHomeEpoch, "sign a homeEpoch higher than \(current)")
        }
        try check(name: registration.name, of: challenge.agent)
        do { return try bundle.verificationKey() } catch {
            throw Refusal(.wrongBundle, "the bundle holds bytes that are no keys")
        }
    }

    private func check(name: String, of agent: AgentID) throws(Refusal) {
        guard Self.isValid(name: name) else {
            throw Refusal(.invalidName, "a name has 1 to 64 letters, digits, dots, hyphens and underscores of ASCII")
        }
        if let owner = directory.owner(of: name), owner != agent {
            throw Refusal(.nameTaken, "another agent is called \(name); choose another name")
        }
    }

    static func isValid(name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Registrations under way.
    var registrationCount: Int { batches.values.count { $0.registration != nil } }

    // MARK: Beginning and ending

    /// The registration is durable, or refused by the state machine.
    mutating func begin(
        _ registration: PendingRegistration, _ receipt: CommitReceipt, _ header: BlockHeader, _ turn: inout Turn
    ) {
        guard receipt.state == .included || receipt.state == .final else {
            let refusal = Refusal(repeating: receipt.reason)
            let code: ErrorCode = refusal.code == .rejected ? .registrationRejected : refusal.code
            return turn.refuse(registration.request, Refusal(code, refusal.message))
        }
        guard !registration.isAbandoned, let agent = directory[registration.agent], sessionByAgent[agent.id] == nil,
            agent.homeEpoch == registration.homeEpoch
        else { return turn.refuse(registration.request, Refusal(.fenced, "a newer registration has taken its place")) }
        let waiting = office.waitingCount(of: agent.id)
        var session = Session(
            id: turn.ledger.makeSession(), connection: registration.connection, network: id, agent: agent.id,
            epoch: agent.homeEpoch, beganAt: turn.now.wall, deliverAfter: .zero)
        if waiting > 0 { session.deliverAfter = record(.handed(recipient: agent.id), &turn) }
        sessions[session.id] = session
        sessionByAgent[agent.id] = session.id
        startingSessions.append(session.id)
        turn.ledger.sessionNetworks[session.id] = id
        turn.ledger.counters.registrations += 1
        turn.reply(
            registration.request,
            .registered(
                Registered(
                    session: session.id, agent: agent.id, homeEpoch: agent.homeEpoch, height: header.height,
                    headerTime: header.time, mailboxCount: waiting, receipt: receipt)))
        turn.event(.info, "session begun", id, ("agent", agent.name), ("session", session.id.description))
        startDeliveries(&turn)
    }

    /// Takes what a block says of agents; a newer home epoch ends older sessions.
    mutating func learn(_ agents: [AgentRecord], _ turn: inout Turn) {
        for agent in agents {
            directory.update(agent)
            guard let session = sessionByAgent[agent.id].flatMap({ sessions[$0] }), session.epoch < agent.homeEpoch
            else { continue }
            turn.emit(.fenced(session.id, id, agent.homeEpoch))
            end(session.id, "fenced by a newer registration", &turn)
        }
    }

    /// The session is over: what it had in hand waits again.
    mutating func end(_ sessionID: SessionID, _ reason: StaticString, _ turn: inout Turn) {
        guard let session = sessions.removeValue(forKey: sessionID) else { return }
        if sessionByAgent[session.agent] == sessionID { sessionByAgent[session.agent] = nil }
        startingSessions.remove(sessionID)
        for subscription in session.subscriptions { subscriptions[subscription] = nil }
        turn.ledger.sessionNetworks[sessionID] = nil
        office.sessionLost(sessionID, of: session.agent)
        lastSeen[session.agent] = session.lastSeen
        turn.emit(.closeSession(sessionID))
        turn.event(.info, "session ended", id, ("session", sessionID.description), ("reason", reason.description))
        armMailTimer(&turn)
    }

    mutating func disconnected(_ connection: ConnectionID, _ turn: inout Turn) {
        for session in sessions.values where session.connection == connection { end(session.id, "disconnected", &turn) }
        abandon { $0.connection == connection }
    }

    /// Registrations for which nobody waits any more begin no session.
    mutating func abandon(where matches: (PendingRegistration) -> Bool) {
        for (batchID, progress) in batches {
            guard let registration = progress.registration, matches(registration) else { continue }
            batches[batchID]?.registration?.isAbandoned = true
        }
    }

    mutating func updateStatus(_ status: AgentStatus, of session: SessionID, _ request: RequestID, _ turn: inout Turn) {
        let texts = [status.state, status.taskID, status.note]
        guard texts.allSatisfy({ $0.utf8.count <= limits.maxStatusTextByteCount }) else {
            return turn.refuse(
                request, Refusal(.limitExceeded, "a status text has at most \(limits.maxStatusTextByteCount) bytes"))
        }
        sessions[session]?.status = status
        turn.reply(request, .done)
    }
}
