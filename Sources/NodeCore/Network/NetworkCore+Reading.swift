import Certificates
import Consensus
import Identity
import MeshState
import OrderedCollections
import Primitives

// Reads: from memory where the core knows, from the state thread otherwise; and subscriptions.
extension NetworkCore {
    mutating func ask(_ query: StateQuery, _ request: RequestID, _ turn: inout Turn) {
        let token = turn.query(query, of: id)
        queries[token] = .plain(request)
    }

    mutating func readState(_ key: [UInt8], prove: Bool, _ request: RequestID, _ turn: inout Turn) {
        guard (1...limits.maxKeyByteCount).contains(key.count) else {
            return turn.refuse(request, Refusal(.malformedKey, "a key has 1 to \(limits.maxKeyByteCount) bytes"))
        }
        ask(.value(key: key, prove: prove), request, &turn)
    }

    func bounded(_ limit: Int) -> Int { limit <= 0 ? limits.maxListCount : min(limit, limits.maxListCount) }

    mutating func queried(_ token: EffectToken, _ result: QueryResult, _ turn: inout Turn) {
        switch queries.removeValue(forKey: token) {
        case .plain(let request): turn.reply(request, response(to: result))
        case .receipts(let request, let nonces, let pending): answer(request, nonces, pending, result, &turn)
        case nil: return
        }
    }

    private func response(to result: QueryResult) -> Response {
        switch result {
        case .value(let value): .value(value)
        case .commits(let receipts): .receipts(receipts)
        case .tasks(let tasks): .tasks(tasks)
        case .task(let task?): .task(task)
        case .task(nil): .failure(Refusal(.notFound, "no task has this id"))
        case .keys(let keys): .keys(keys)
        case .failed(let reason): .failure(Refusal(.readFailed, reason))
        case .noProofYet:
            .failure(Refusal(.noProofYet, "no block is final yet; ask again in a moment"))
        }
    }

    private func answer(
        _ request: RequestID, _ nonces: [UInt64], _ pending: [UInt64: CommitReceipt], _ result: QueryResult,
        _ turn: inout Turn
    ) {
        guard case .commits(let found) = result else { return turn.reply(request, response(to: result)) }
        var known = pending
        for receipt in found { known[receipt.nonce] = promoted(receipt) }
        turn.reply(request, .receipts(nonces.map { known[$0] ?? CommitReceipt(nonce: $0, state: .unknown) }))
    }

    private func promoted(_ receipt: CommitReceipt) -> CommitReceipt {
        guard receipt.state == .included, receipt.height <= engine.status.finalHeight else { return receipt }
        var receipt = receipt
        receipt.state = .final
        return receipt
    }

    // MARK: Agents

    private func listing(of agent: AgentRecord) -> AgentListing {
        let session = sessionByAgent[agent.id].flatMap { sessions[$0] }
        return AgentListing(
            record: agent, destination: directory.destination(of: agent.id) ?? agent.bundle.destination(.agent),
            isOnline: session != nil,
            status: session?.status ?? AgentStatus(), lastSeen: session?.lastSeen ?? lastSeen[agent.id] ?? .zero)
    }

    func agents(role: String, after name: String, limit: Int) -> Response {
        var found: [AgentListing] = []
        for name in directory.names(after: name) where found.count < bounded(limit) {
            guard let agent = directory.owner(of: name).flatMap({ directory[$0] }) else { continue }
            if role.isEmpty || agent.role == role { found.append(listing(of: agent)) }
        }
        return .agents(found)
    }

    func agent(_ selector: AgentSelector) -> Response {
        let agent: AgentID? =
            switch selector {
            case .id(let agent): agent
            case .name(let name): directory.owner(of: name)
            case .destination(let destination): directory.agent(at: destination)
            }
        guard let found = agent.flatMap({ directory[$0] }) else {
            return .failure(Refusal(.notFound, "no agent of this network is called that"))
        }
        return .agent(listing(of: found))
    }

    // MARK: Subscriptions

    mutating func subscribe(_ topics: [String], by session: Session, _ request: RequestID, _ turn: inout Turn) {
        guard session.subscriptions.count < limits.maxSubscriptionCountPerSession else {
            return turn.refuse(
                request, Refusal(.tooManySubscriptions, "cancel one of \(session.subscriptions.count) first"))
        }
        let asked = topics.isEmpty ? Subscription.topics : Set(topics)
        guard topics.count <= Subscription.topics.count, asked.isSubset(of: Subscription.topics) else {
            return turn.refuse(
                request, Refusal(.unknownTopic, "topics are \(Subscription.topics.sorted().joined(separator: ", "))"))
        }
        let subscription = Subscription(id: turn.ledger.makeSubscription(), session: session.id, topics: asked)
        subscriptions[subscription.id] = subscription
        sessions[session.id]?.subscriptions.append(subscription.id)
        turn.reply(request, .subscribed(subscription.id, height: engine.status.height))
    }

    mutating func unsubscribe(_ subscription: SubscriptionID, by session: SessionID) {
        guard subscriptions[subscription]?.session == session else { return }
        subscriptions[subscription] = nil
        sessions[session]?.subscriptions.removeAll { $0 == subscription }
    }

    mutating func notified(_ subscription: SubscriptionID, succeeded: Bool, _ turn: inout Turn) {
        guard let session = subscriptions[subscription]?.session else { return }
        guard succeeded else { return unsubscribe(subscription, by: session) }
        subscriptions[subscription]?.answered()
        notify(subscription, &turn)
    }

    /// Tells observers of a block.
    mutating func publish(_ header: BlockHeader, _ changes: [ObservedChange], isFinal: Bool, _ turn: inout Turn) {
        guard !subscriptions.isEmpty else { return }
        let event = StateEvent(
            network: id, height: header.height, headerTime: header.time, stateRoot: header.stateRoot, changes: changes,
            missed: 0, isFinal: isFinal)
        let (count, bytes) = (limits.observerQueueCount, limits.observerQueueByteCount)
        for subscription in subscriptions.keys {
            guard let selected = subscriptions[subscription]?.select(event) else { continue }
            subscriptions[subscription]?.offer(selected, maxCount: count, maxByteCount: bytes)
            notify(subscription, &turn)
        }
    }

    private mutating func notify(_ subscription: SubscriptionID, _ turn: inout Turn) {
        let window = limits.observerWindow
        while let event = subscriptions[subscription]?.next(window: window) { turn.emit(.notify(subscription, event)) }
    }
}
