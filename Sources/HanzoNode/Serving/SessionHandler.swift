import CapnProto
import CapnProtoRPC
import MeshSchema
import NodeCore
import Primitives
import ZAP

/// One agent's session capability. Whoever holds it acts as that agent, and as nobody else.
final class SessionHandler: AgentSession.Handler, Asking {
    let id: SessionID
    private(set) var inbox: Inbox.Client?
    private let network: NetworkID
    let shell: NodeShell
    private let desk: FrontDesk

    init(_ id: SessionID, network: NetworkID, inbox: Inbox.Client, shell: NodeShell, desk: FrontDesk) {
        self.id = id
        self.network = network
        self.inbox = inbox
        self.shell = shell
        self.desk = desk
    }

    var requester: Requester { .session(id) }

    /// The session is over, whoever ended it.
    func end() { inbox = nil }

    // MARK: Commits

    func commit(_ call: ServerCall<AgentSession.Commit.Params, AgentSession.Commit.Results>) throws {
        let batch = try CommitBatch.Value(try call.params.batch)
        ask(call, .commit(batch)) { response in
            guard case .receipts(let receipts) = response else { return false }
            call.reply(AgentSession.Commit.Results.Value(receipts: receipts.map { ZAP.CommitReceipt.Value($0) }))
            return true
        }
    }

    func status(_ call: ServerCall<AgentSession.Status.Params, AgentSession.Status.Results>) throws {
        let params = try AgentSession.Status.Params.Value(call.params)
        ask(call, .commitStatus(try networkID(params.network), nonces: params.nonces)) { response in
            guard case .receipts(let receipts) = response else { return false }
            call.reply(AgentSession.Status.Results.Value(receipts: receipts.map { ZAP.CommitReceipt.Value($0) }))
            return true
        }
    }

    // MARK: Mail

    func send(_ call: ServerCall<AgentSession.Send.Params, AgentSession.Send.Results>) throws {
        let params = try AgentSession.Send.Params.Value(call.params)
        let wait = try mailTier(params.wait.rawValue)
        let envelope = params.envelope ?? SignedEnvelope.Value()
        ask(call, .send(try networkID(params.network), envelope: envelope, wait: wait)) { response in
            guard case .mailReceipt(let receipt) = response else { return false }
            call.reply(AgentSession.Send.Results.Value(receipt: ZAP.MailReceipt.Value(receipt)))
            return true
        }
    }

    func acknowledge(_ call: ServerCall<AgentSession.Acknowledge.Params, AgentSession.Acknowledge.Results>) throws {
        let params = try AgentSession.Acknowledge.Params.Value(call.params)
        var mail: [MailAcknowledgement] = []
        for ack in params.mail {
            mail.append(
                MailAcknowledgement(
                    from: try agentID(ack.from),
                    sequence: MailSequence(epoch: HomeEpoch(ack.homeEpoch), counter: ack.counter),
                    digest: try digest(ack.digest, "digest"), accepted: ack.accepted, reason: ack.reason))
        }
        done(call, .acknowledge(try networkID(params.network), mail))
    }

    func mailStatus(_ call: ServerCall<AgentSession.MailStatus.Params, AgentSession.MailStatus.Results>) throws {
        let params = try AgentSession.MailStatus.Params.Value(call.params)
        let sequence = MailSequence(epoch: HomeEpoch(params.homeEpoch), counter: params.counter)
        ask(call, .mailStatus(try networkID(params.network), to: try agentID(params.to), sequence)) { response in
            guard case .mailReceipt(let receipt) = response else { return false }
            call.reply(AgentSession.MailStatus.Results.Value(receipt: ZAP.MailReceipt.Value(receipt)))
            return true
        }
    }

    // MARK: State

    func subscribe(_ call: ServerCall<AgentSession.Subscribe.Params, AgentSession.Subscribe.Results>) throws {
        let network = try networkID(try call.params.network.array)
        let topics = try AgentSession.Subscribe.Params.Value(call.params).topics
        let observer = try call.params.observer(in: call.capabilities)
        let (shell, desk, id) = (shell, desk, id)
        ask(call, .subscribe(network, topics: topics)) { response in
            guard case .subscribed(let subscription, let height) = response else { return false }
            desk.open(subscription, of: id, observer)
            call.reply { results, list in
                let handler = SubscriptionHandler(subscription, of: id, shell: shell, desk: desk)
                results.setSubscription(Subscription.Client(hosting: handler, on: call.loop), in: &list)
                results.height = height.value
            }
            return true
        }
    }

    func readState(_ call: ServerCall<AgentSession.ReadState.Params, AgentSession.ReadState.Results>) throws {
        let params = try AgentSession.ReadState.Params.Value(call.params)
        ask(call, .readState(try networkID(params.network), key: params.key, prove: params.prove)) { response in
            guard case .value(let value) = response else { return false }
            call.reply(
                AgentSession.ReadState.Results.Value(
                    present: value.value != nil, value: value.value ?? [], height: value.height.value,
                    bundle: value.bundle))
            return true
        }
    }

    func agents(_ call: ServerCall<AgentSession.Agents.Params, AgentSession.Agents.Results>) throws {
        let params = try AgentSession.Agents.Params.Value(call.params)
        let request = Request.agents(
            try networkID(params.network), role: params.role, afterName: params.afterName, limit: Int(params.limit))
        ask(call, request) { response in
            guard case .agents(let agents) = response else { return false }
            call.reply(AgentSession.Agents.Results.Value(agents: agents.map { ZAP.AgentRecord.Value($0) }))
            return true
        }
    }

    func resolve(_ call: ServerCall<AgentSession.Resolve.Params, AgentSession.Resolve.Results>) throws {
        let params = try AgentSession.Resolve.Params.Value(call.params)
        ask(call, .agent(try networkID(params.network), try selector(params))) { response in
            guard case .agent(let agent) = response else { return false }
            call.reply(AgentSession.Resolve.Results.Value(record: ZAP.AgentRecord.Value(agent)))
            return true
        }
    }

    /// A name, a 32-byte AgentID, or a 16-byte destination.
    private func selector(_ params: AgentSession.Resolve.Params.Value) throws(RPCException) -> AgentSelector {
        guard params.name.isEmpty else { return .name(params.name) }
        if let destination = ShortHash(params.agent) { return .destination(destination) }
        return .id(try agentID(params.agent))
    }

    func tasks(_ call: ServerCall<AgentSession.Tasks.Params, AgentSession.Tasks.Results>) throws {
        let params = try AgentSession.Tasks.Params.Value(call.params)
        let request = Request.tasks(
            try networkID(params.network), state: params.state, after: params.after, limit: Int(params.limit))
        ask(call, request) { response in
            guard case .tasks(let tasks) = response else { return false }
            call.reply(AgentSession.Tasks.Results.Value(tasks: tasks.map { ZAP.TaskRecord.Value($0) }))
            return true
        }
    }

    func task(_ call: ServerCall<AgentSession.Task.Params, AgentSession.Task.Results>) throws {
        let params = try AgentSession.Task.Params.Value(call.params)
        ask(call, .task(try networkID(params.network), id: params.taskId)) { response in
            guard case .task(let task) = response else { return false }
            call.reply(AgentSession.Task.Results.Value(record: ZAP.TaskRecord.Value(task)))
            return true
        }
    }

    // MARK: The session itself

    func updateStatus(_ call: ServerCall<AgentSession.UpdateStatus.Params, AgentSession.UpdateStatus.Results>) throws {
        let params = try AgentSession.UpdateStatus.Params.Value(call.params)
        done(call, .updateStatus(try networkID(params.network), params.status?.core ?? CoreStatus()))
    }

    func info(_ call: ServerCall<AgentSession.Info.Params, AgentSession.Info.Results>) {
        ask(call, .info) { response in
            guard case .info(let status) = response else { return false }
            call.reply(AgentSession.Info.Results.Value(info: NodeInfo.Value(status)))
            return true
        }
    }

    func leave(_ call: ServerCall<AgentSession.Leave.Params, AgentSession.Leave.Results>) {
        done(call, .leave)
    }
}

/// An agent's subscription to state topics; letting go of it ends it too.
final class SubscriptionHandler: Subscription.Handler {
    private let id: SubscriptionID
    private let session: SessionID
    private let shell: NodeShell
    private let desk: FrontDesk

    init(_ id: SubscriptionID, of session: SessionID, shell: NodeShell, desk: FrontDesk) {
        self.id = id
        self.session = session
        self.shell = shell
        self.desk = desk
    }

    func cancel(_ call: ServerCall<Subscription.Cancel.Params, Subscription.Cancel.Results>) {
        desk.forget(id)
        shell.ask(.unsubscribe(id), from: .session(session)) { _ in call.reply() }
    }
}
