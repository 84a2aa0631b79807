// NodeCore: a whole node as one value.
//
// Everything that happens to a node comes in through `handle(_:at:effects:)`, and everything that it does goes out as an
// effect: no clock, no socket, no disk, no key and no randomness inside. The shell (HanzoNode) performs effects on event
// loop, journal thread, state thread and verification pool; a test performs them inline; both see the same node.
//
// Vocabulary. A *session* is one agent's presence in one network over one connection; it begins when a block with the agent's registration
// is durable, and a higher home epoch *fences* it. A *batch* is what an agent signs at once. A *letter* is an envelope whose
// body has been read. A *receipt* says how far a commit or a message has come, and only what is true of the disk.
//
// The life of a commit:                                       The life of a message:
//
//     request(commit)                                             request(send)
//       │ shape, size, quota                                        │ shape, network, sender, recipient, Ed25519, number
//       ▼                                                           ▼
//     verify ──► verified                                         append(mail accepted) ─► deliver ─► reply(accepted)
//       │ mempool                                                   │ journaled                 │ delivered
//       ▼                                                           ▼                           ▼
//     execute ──► executed                                        reply / receipt(stored)     receipt(delivered)
//       │ header complete                                                                       │ request(acknowledge)
//       ▼                                                                                       ▼
//     append(block) ──► journaled                                                             append(mail closed), receipt(acknowledged)
//       │
//       ├─► reply(included), apply, notify
//       ▼
//     sign ──► signed ──► append(finality) ──► journaled ──► storeFinality, notify(final)
//
// Networks share nothing but the numbers of the journal: each has its own engine, agents, mempool, mailboxes and sessions, and
// every request names the one that it means.
//
// What the core promises its shell: exactly one `reply` for each `request`, whatever happens; effects of one call are in the
// order in which they must begin; nothing grows without a bound that `NodeLimits` names. What it asks for: completions of
// `execute`, `apply`, `storeFinality` and `storeMail` in the order of those effects, and `journaled` with rising positions.
//
// Deviations from the plan of the house: mail goes only to agents at home on this node, because there are no tunnels yet.

import Consensus
public import MeshCrypto
import MeshSchema
import OrderedCollections
public import Primitives
import Storage

/// See the essay at the top of this file.
public struct NodeCore: Sendable {
    private let configuration: NodeConfiguration
    private var networks: [NetworkCore]
    private var ledger = Ledger()
    private var challenges: [ConnectionID: OpenChallenge] = [:]
    private var phase = Phase.starting
    private var checkpoint = Checkpoint()
    private var trimmed = LSN.zero

    private enum Phase: Hashable {
        /// Can transition to: running.
        case starting
        /// Can transition to: draining.
        case running
        /// Can transition to: drained.
        case draining
        case drained
    }

    /// - Parameter verifier: checks Ed25519 signatures of messages inline.
    public init(_ configuration: NodeConfiguration, verifier: any Verifier) {
        self.configuration = configuration
        networks = configuration.networks.map {
            NetworkCore($0, node: configuration.node, limits: configuration.limits, verifier: verifier)
        }
    }

    /// Takes one input and collects what it wants done.
    public mutating func handle(_ input: Input, at now: Now, effects: inout Effects) {
        var turn = Turn(now: now, ledger: Ledger())
        swap(&turn.ledger, &ledger)
        swap(&turn.effects, &effects)
        take(input, &turn)
        writeBehind(&turn)
        finishDraining(&turn)
        swap(&turn.effects, &effects)
        swap(&turn.ledger, &ledger)
    }

    private mutating func take(_ input: Input, _ turn: inout Turn) {
        switch input {
        case .restored(let restored): start(restored, &turn)
        case .request(let request, let requester, let content): answer(request, requester, content, &turn)
        case .abandoned(let request): for index in networks.indices { networks[index].abandon { $0.request == request } }
        case .disconnected(let connection): disconnect(connection, &turn)
        case .delivered(let session, let network, let digest, let succeeded):
            with(network, &turn) { $0.delivered(digest, to: session, succeeded: succeeded, &$1) }
        case .receiptsPushed(let session): with(session, &turn) { $0.receiptsPushed(session, &$1) }
        case .notified(let subscription, let succeeded):
            for index in networks.indices { networks[index].notified(subscription, succeeded: succeeded, &turn) }
        case .verified(let token, let isValid): redeem(token, &turn) { $0.verified(token, isValid: isValid, &$1) }
        case .queried(let token, let result): redeem(token, &turn) { $0.queried(token, result, &$1) }
        case .executed(let network, let height, let result): with(network, &turn) { $0.executed(height, result, &$1) }
        case .journaled(let position): journaled(position, &turn)
        case .signed(let network, let height, let signature): with(network, &turn) { $0.drive(.signed(height, signature), &$1) }
        case .applied(let network, let height, let nextDue):
            with(network, &turn) { $0.applied(height, nextDue: nextDue, &$1) }
            trim(&turn)
        case .mailStored(let position):
            checkpoint.stored(position)
            trim(&turn)
        case .timer(let timer): fire(timer, &turn)
        case .drain: if phase == .running { phase = .draining }
        }
    }

    // MARK: Start

    private mutating func start(_ restored: Restored, _ turn: inout Turn) {
        guard phase == .starting else { return }
        phase = .running
        turn.ledger.nextLSN = restored.nextLSN
        turn.ledger.durable = restored.nextLSN.previous
        checkpoint = Checkpoint(stored: restored.reflectedMailPosition)
        for network in restored.networks { with(network.id, &turn) { $0.restore(network, &$1) } }
    }

    // MARK: Journal and store

    private mutating func journaled(_ position: LSN, _ turn: inout Turn) {
        guard position > turn.ledger.durable, position < turn.ledger.nextLSN else { return }
        turn.ledger.durable = position
        for index in networks.indices { networks[index].journaled(&turn) }
    }

    /// Writes mail to the store a while after it was journaled, and only what is still different by then.
    private mutating func writeBehind(_ turn: inout Turn) {
        if let batch = checkpoint.takeReady(durable: turn.ledger.durable) {
            turn.emit(.storeMail(batch.operations, position: batch.position))
        }
        guard networks.contains(where: { $0.office.hasChanges }) else {
            return checkpoint.noteClean(at: turn.ledger.nextLSN.previous)
        }
        guard !checkpoint.isArmed else { return }
        checkpoint.isArmed = true
        turn.emit(.setTimer(.checkpoint, turn.now.instant + configuration.limits.checkpointInterval))
    }

    private mutating func collectMail(_ turn: inout Turn) {
        checkpoint.isArmed = false
        guard checkpoint.isFree else { return }
        var operations: [BatchOperation] = []
        for index in networks.indices { operations += networks[index].office.takeChanges(network: networks[index].id) }
        guard !operations.isEmpty else { return }
        checkpoint.begin(operations, position: turn.ledger.nextLSN.previous)
    }

    /// Tells the shell how much of the journal nobody needs any more, now and then.
    private mutating func trim(_ turn: inout Turn) {
        let mail = min(checkpoint.position, turn.ledger.durable).next
        let oldest = networks.compactMap(\.oldestNeeded).reduce(mail, min)
        guard oldest.value >= trimmed.value + configuration.limits.trimRecordCount else { return }
        trimmed = oldest
        turn.emit(.trim(before: oldest))
    }

    private mutating func fire(_ timer: TimerID, _ turn: inout Turn) {
        switch timer {
        case .engine(let network): with(network, &turn) { $0.drive(.timer, &$1) }
        case .mail(let network): with(network, &turn) { $0.mailTimerFired(&$1) }
        case .checkpoint: collectMail(&turn)
        }
    }

    // MARK: Draining

    private mutating func finishDraining(_ turn: inout Turn) {
        guard phase == .draining, networks.allSatisfy(\.isQuiet), checkpoint.isFree,
            turn.ledger.durable.next == turn.ledger.nextLSN
        else { return }
        phase = .drained
        turn.emit(.drained)
    }

    // MARK: Connections

    private mutating func disconnect(_ connection: ConnectionID, _ turn: inout Turn) {
        challenges[connection] = nil
        for index in networks.indices { networks[index].disconnected(connection, &turn) }
    }

    // MARK: Finding networks

    private func index(of network: NetworkID) -> Int? { networks.firstIndex { $0.id == network } }

    private mutating func with(_ network: NetworkID, _ turn: inout Turn, _ body: (inout NetworkCore, inout Turn) -> Void) {
        guard let index = index(of: network) else { return }
        body(&networks[index], &turn)
    }

    private mutating func with(_ session: SessionID, _ turn: inout Turn, _ body: (inout NetworkCore, inout Turn) -> Void) {
        guard let network = turn.ledger.sessionNetworks[session] else { return }
        with(network, &turn, body)
    }

    private mutating func redeem(_ token: EffectToken, _ turn: inout Turn, _ body: (inout NetworkCore, inout Turn) -> Void) {
        guard let network = turn.ledger.redeem(token) else { return }
        with(network, &turn, body)
    }
}

// MARK: - Requests

extension NodeCore {
    private mutating func answer(_ request: RequestID, _ requester: Requester, _ content: Request, _ turn: inout Turn) {
        turn.ledger.counters.requests += 1
        do throws(Refusal) {
            try admit(content)
            switch requester {
            case .connection(let connection): try answer(request, over: connection, content, &turn)
            case .session(let session): try answer(request, of: session, content, &turn)
            case .owner(let connection): try answer(request, ofOwnerOver: connection, content, &turn)
            }
        } catch { turn.refuse(request, error) }
    }

    private func admit(_ content: Request) throws(Refusal) {
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
            challenges[connection] = OpenChallenge(network: network, agent: agent, nodeNonce: entropy, agentNonce: nonce)
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
            throw Refusal(.wrongNetwork, "this session is of network \(home); register in the other one for another session")
        }
        networks[index].sessions[sessionID]?.lastSeen = turn.now.wall
        switch content {
        case .info: turn.reply(request, .info(status(turn)))
        case .commit(let batch): networks[index].commit(batch, by: session, request, &turn)
        case .commitStatus(_, let nonces): networks[index].commitStatus(nonces, of: session.agent, request, &turn)
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
        default: try read(request, content, &turn)
        }
    }

    private mutating func answer(
        _ request: RequestID, ofOwnerOver connection: ConnectionID, _ content: Request, _ turn: inout Turn
    ) throws(Refusal) {
        switch content {
        case .info: turn.reply(request, .info(status(turn)))
        case .status: turn.reply(request, .status(status(turn), metrics(turn)))
        case .network(let network): turn.reply(request, .network(networks[try find(network)].status))
        case .mail(let network, let deadOnly, let agent, let limit):
            let core = networks[try find(network)]
            let entries = core.office.list(of: agent, deadOnly: deadOnly, limit: core.bounded(limit))
            turn.reply(request, .mail(entries.map { $0.item(durable: turn.ledger.durable) }))
        case .mailItem(let network, let digest):
            turn.reply(request, networks[try find(network)].mailItem(digest, durable: turn.ledger.durable))
        case .retryMail(let network, let digest): networks[try find(network)].retry(digest, request, &turn)
        case .keys(let network, let prefix, let after, let limit):
            let index = try find(network)
            let query = StateQuery.keys(prefix: prefix, after: after, limit: networks[index].bounded(limit))
            networks[index].ask(query, request, &turn)
        case .stop:
            turn.reply(request, .done)
            turn.emit(.stop)
        default: try read(request, content, &turn)
        }
    }

    /// What sessions and the owner may read alike.
    private mutating func read(_ request: RequestID, _ content: Request, _ turn: inout Turn) throws(Refusal) {
        switch content {
        case .readState(let network, let key, let prove):
            networks[try find(network)].readState(key, prove: prove, request, &turn)
        case .agents(let network, let role, let name, let limit):
            turn.reply(request, networks[try find(network)].agents(role: role, after: name, limit: limit))
        case .agent(let network, let selector): turn.reply(request, networks[try find(network)].agent(selector))
        case .tasks(let network, let state, let after, let limit):
            let index = try find(network)
            let query = StateQuery.tasks(state: state, after: after, limit: networks[index].bounded(limit))
            networks[index].ask(query, request, &turn)
        case .task(let network, let id): networks[try find(network)].ask(.task(id: id), request, &turn)
        default: throw Refusal(.notPermitted, "this is for others to ask")
        }
    }

    private func find(_ network: NetworkID) throws(Refusal) -> Int {
        guard let index = index(of: network) else {
            throw Refusal(.unknownNetwork, "this node doesn't carry network \(network); `info` lists those that it does")
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
            .network(let network), .mail(let network, _, _, _), .mailItem(let network, _), .retryMail(let network, _),
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
