import Certificates
import Consensus
import Identity
import MeshSchema
import MeshState
import OrderedCollections
import Primitives

// Reads: from memory where the core knows, from the state thread otherwise; and subscriptions.
extension NetworkCore {
    mutating func ask(
        _ query: StateQuery, _ purpose: QueryPurpose, by requester: Requester, _ turn: inout Turn
    ) throws(Refusal) {
        let count = queryCounts[requester] ?? 0
        guard count < limits.maxQueryCount else {
            throw Refusal(.overloaded, "\(count) reads of yours are under way; await one of them first")
        }
        queryCounts[requester] = count + 1
        let token = turn.query(query, of: id)
        queries[token] = PendingQuery(requester: requester, purpose: purpose)
    }

    mutating func readState(
        _ key: [UInt8], prove: Bool, _ request: RequestID, by requester: Requester, _ turn: inout Turn
    ) throws(Refusal) {
        guard (1...limits.maxKeyByteCount).contains(key.count) else {
            throw Refusal(.malformedKey, "a key has 1 to \(limits.maxKeyByteCount) bytes")
        }
        try ask(.value(key: key, prove: prove), .plain(request), by: requester, &turn)
    }

    func bounded(_ limit: Int) -> Int { limit <= 0 ? limits.maxListCount : min(limit, limits.maxListCount) }

    mutating func queried(_ token: EffectToken, _ result: QueryResult, _ turn: inout Turn) {
        guard let query = queries.removeValue(forKey: token) else { return }
        let count = (queryCounts[query.requester] ?? 1) - 1
        queryCounts[query.requester] = count > 0 ? count : nil
        switch query.purpose {
        case .plain(let request): turn.reply(request, response(to: result))
        case .receipts(let request, let nonces, let pending): answer(request, nonces, pending, result, &turn)
        }
    }

    private func response(to result: QueryResult) -> Response {
        switch result {
        case .value(let value): .value(value)
        case .commits(let receipts): .receipts(receipts)
        case .tasks(let tasks): .tasks(Array(tasks.page(limits.maxPageByteCount) { $0.byteCount }))
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
        return .agents(Array(found.page(limits.maxPageByteCount) { $0.byteCount }))
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

extension Array {
    /// The first elements that have at most so many bytes together, and at least one.
    fileprivate func page(_ maxByteCount: Int, _ byteCount: (Element) -> Int) -> ArraySlice<Element> {
        var sum = 0
        for (index, element) in enumerated() {
            sum += byteCount(element)
            if sum > maxByteCount { return prefix(Swift.max(1, index)) }
        }
        return self[...]
    }
}

extension TaskListing {
    fileprivate var byteCount: Int {
        512 + task.result.count + task.note.utf8.count + offer.description.utf8.count + offer.context.count
    }
}

extension AgentListing {
    fileprivate var byteCount: Int {
        let capabilities = record.capabilities
        let texts = capabilities.tools + capabilities.languages + capabilities.specializations
        let statusBytes = status.state.utf8.count + status.taskID.utf8.count + status.note.utf8.count
        return texts.reduce(4_096 + statusBytes + capabilities.prices.count * 256) { $0 + $1.utf8.count + 16 }
    }
}
