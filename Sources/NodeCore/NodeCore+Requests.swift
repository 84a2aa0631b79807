import MeshSchema
import OrderedCollections
import Primitives
import Storage

// Who may ask what, and who answers: every request ends in one reply.
extension NodeCore {
    mutating func answer(_ request: RequestID, _ requester: Requester, _ content: Request, _ turn: inout Turn) {
        turn.ledger.counters.requests += 1
        do throws(Refusal) {
            try admit(content, turn)
            switch requester {
            case .connection(let connection): try answer(request, over: connection, content, &turn)
            case .session(let session): try answer(request, of: session, content, &turn)
            case .owner: try answer(request, ofOwner: requester, content, &turn)
            }
        } catch { turn.refuse(request, error) }
    }

    private func admit(_ content: Request, _ turn: Turn) throws(Refusal) {
        if content.bringsWork, turn.ledger.unsyncedByteCount > configuration.limits.maxUnsyncedByteCount {
            throw Refusal(
                .overloaded, "the disk is behind by \(turn.ledger.unsyncedByteCount) bytes; ask again in a moment")
        }
        switch phase {
        case .starting: throw Refusal(.starting, "the node is reading its journal; ask again in a moment")
        case .running: return
        case .draining, .drained:
            guard content.bringsWork else { return }
            throw Refusal(.draining, "the node is shutting down; ask again when it is back")
        }
    }

    private mutating func answer(
        _ request: RequestID, over connection: ConnectionID, _ content: Request, _ turn: inout Turn
    ) throws(Refusal) {
        switch content {
        case .info: turn.reply(request, .info(status(turn)))
        case .challenge(let network, let agent, let nonce, let entropy):
            let core = networks[try find(network)]
            challenges[connection] = OpenChallenge(
                network: network, agent: agent, nodeNonce: entropy, agentNonce: nonce)
            turn.reply(request, .challenge(core.challenge(agent, nodeNonce: entropy)))
        case .register(let network, let batch):
            let index = try find(network)
            let challenge = challenges.removeValue(forKey: connection)
            networks[index].register(batch, challenge, over: connection, request, &turn)
        default: throw Refusal(.notPermitted, "only a session or the node's owner may ask that; register first")
        }
    }

    private mutating func answer(
        _ request: RequestID, of sessionID: SessionID, _ content: Request, _ turn: inout Turn
    ) throws(Refusal) {
        guard let home = turn.ledger.sessionNetworks[sessionID], let index = index(of: home),
            let session = networks[index].sessions[sessionID]
        else { throw Refusal(.unknownSession, "the session is over; register anew") }
        if let network = content.network, network != home {
            _ = try find(network)
            throw Refusal(
                .wrongNetwork, "this session is of network \(home); register in the other one for another session")
        }
        networks[index].sessions[sessionID]?.lastSeen = turn.now.wall
        switch content {
        case .info: turn.reply(request, .info(status(turn)))
        case .commit(let batch): networks[index].commit(batch, by: session, request, &turn)
        case .commitStatus(_, let nonces):
            try networks[index].commitStatus(nonces, by: session, request, &turn)
        case .send(_, let envelope, let wait): networks[index].send(envelope, wait: wait, by: session, request, &turn)
        case .acknowledge(_, let mail): networks[index].acknowledge(mail, by: session, request, &turn)
        case .mailStatus(_, let to, let sequence):
            turn.reply(
                request, networks[index].mailStatus(of: session.agent, to: to, sequence, durable: turn.ledger.durable))
        case .subscribe(_, let topics): networks[index].subscribe(topics, by: session, request, &turn)
        case .unsubscribe(let subscription):
            networks[index].unsubscribe(subscription, by: sessionID)
            turn.reply(request, .done)
        case .updateStatus(_, let status): networks[index].updateStatus(status, of: sessionID, request, &turn)
        case .leave:
            turn.reply(request, .done)
            networks[index].end(sessionID, "left", &turn)
        default: try read(request, .session(sessionID), content, &turn)
        }
    }

    private mutating func answer(
        _ request: RequestID, ofOwner requester: Requester, _ content: Request, _ turn: inout Turn
    ) throws(Refusal) {
        switch content {
        case .info: turn.reply(request, .info(status(turn)))
        case .status: turn.reply(request, .status(status(turn), metrics(turn)))
        case .network(let network): turn.reply(request, .network(networks[try find(network)].status))
        case .mail(let network, let deadOnly, let agent, let after, let limit):
            let core = networks[try find(network)]
            let entries = core.office.list(of: agent, deadOnly: deadOnly, after: after, limit: core.bounded(limit))
            turn.reply(request, .mail(entries.map { $0.item(durable: turn.ledger.durable) }))
        case .mailItem(let network, let digest):
            turn.reply(request, networks[try find(network)].mailItem(digest, durable: turn.ledger.durable))
        case .retryMail(let network, let digest): networks[try find(network)].retry(digest, request, &turn)
        case .keys(let network, let prefix, let after, let limit):
            let index = try find(network)
            let query = StateQuery.keys(prefix: prefix, after: after, limit: networks[index].bounded(limit))
            try networks[index].ask(query, .plain(request), by: requester, &turn)
        case .stop:
            turn.reply(request, .done)
            turn.emit(.stop)
        default: try read(request, requester, content, &turn)
        }
    }

    /// What sessions and the owner may read alike.
    private mutating func read(
        _ request: RequestID, _ requester: Requester, _ content: Request, _ turn: inout Turn
    ) throws(Refusal) {
        switch content {
        case .readState(let network, let key, let prove):
            try networks[try find(network)].readState(key, prove: prove, request, by: requester, &turn)
        case .agents(let network, let role, let name, let limit):
            turn.reply(request, networks[try find(network)].agents(role: role, after: name, limit: limit))
        case .agent(let network, let selector): turn.reply(request, networks[try find(network)].agent(selector))
        case .tasks(let network, let state, let after, let limit):
            let index = try find(network)
            let query = StateQuery.tasks(state: state, after: after, limit: networks[index].bounded(limit))
            try networks[index].ask(query, .plain(request), by: requester, &turn)
        case .task(let network, let id):
            try networks[try find(network)].ask(.task(id: id), .plain(request), by: requester, &turn)
        default: throw Refusal(.notPermitted, "this is for others to ask")
        }
    }

    private func find(_ network: NetworkID) throws(Refusal) -> Int {
        guard let index = index(of: network) else {
            throw Refusal(
                .unknownNetwork, "this node doesn't carry network \(network); `info` lists those that it does")
        }
        return index
    }

    // MARK: The node at a glance

    private func status(_ turn: Turn) -> NodeStatus {
        NodeStatus(
            node: configuration.node, name: configuration.name, version: configuration.version,
            startedAt: configuration.startedAt, networks: networks.map(\.status),
            agentCount: turn.ledger.sessionNetworks.count, protocolVersion: 1)
    }

    private func metrics(_ turn: Turn) -> [Metric] {
        let counters = turn.ledger.counters
        let counted: [(String, UInt64)] = [
            ("hanzo_node_requests_total", counters.requests), ("hanzo_node_refusals_total", counters.refusals),
            ("hanzo_node_registrations_total", counters.registrations), ("hanzo_commit_leaves_total", counters.commits),
            ("hanzo_consensus_blocks_total", counters.blocks), ("hanzo_mail_accepted_total", counters.mailAccepted),
            ("hanzo_mail_delivered_total", counters.mailDelivered),
            ("hanzo_mail_acknowledged_total", counters.mailAcknowledged), ("hanzo_mail_dead_total", counters.mailDead),
            ("hanzo_mail_expired_total", counters.mailExpired),
            ("hanzo_mail_redelivered_total", counters.redeliveries),
        ]
        let measured: [(String, Int)] = [
            ("hanzo_node_sessions", turn.ledger.sessionNetworks.count),
            ("hanzo_mempool_batches", networks.reduce(0) { $0 + $1.mempool.count }),
            ("hanzo_mempool_bytes", networks.reduce(0) { $0 + $1.mempool.byteCount }),
            ("hanzo_mail_bytes", networks.reduce(0) { $0 + $1.office.byteCount }),
            ("hanzo_journal_unsynced_records", Int(turn.ledger.nextLSN.value - turn.ledger.durable.value) - 1),
        ]
        return counted.map { Metric($0.0, Double($0.1)) } + measured.map { Metric($0.0, Double($0.1)) }
    }
}

extension Request {
    /// The network that it names.
    var network: NetworkID? {
        switch self {
        case .info, .unsubscribe, .leave, .status, .stop: nil
        case .commit(let batch): Digest(batch.network).map { NetworkID($0) }
        case .challenge(let network, _, _, _), .register(let network, _), .commitStatus(let network, _),
            .send(let network, _, _), .acknowledge(let network, _), .mailStatus(let network, _, _),
            .subscribe(let network, _), .updateStatus(let network, _), .readState(let network, _, _),
            .agents(let network, _, _, _), .agent(let network, _), .tasks(let network, _, _, _), .task(let network, _),
            .network(let network), .mail(let network, _, _, _, _), .mailItem(let network, _),
            .retryMail(let network, _),
            .keys(let network, _, _, _):
            network
        }
    }

    /// Whether a node that shuts down must refuse it.
    var bringsWork: Bool {
        switch self {
        case .challenge, .register, .commit, .send, .subscribe, .retryMail: true
        default: false
        }
    }
}
