import CapnProto
import CapnProtoRPC
import MeshSchema
import NodeCore
import Primitives
import ZAP

/// The owner's view of the node.
final class AdminHandler: NodeAdmin.Handler, Asking {
    let shell: NodeShell
    private let connection: ConnectionID

    init(shell: NodeShell, connection: ConnectionID) {
        self.shell = shell
        self.connection = connection
    }

    var requester: Requester { .owner(connection) }

    func status(_ call: ServerCall<NodeAdmin.Status.Params, NodeAdmin.Status.Results>) {
        ask(call, .status) { [shell] response in
            guard case .status(let status, let metrics) = response else { return false }
            let all = metrics + [CoreMetric("hanzo_node_turned_away_total", Double(shell.turnedAwayCount))]
            call.reply(
                NodeAdmin.Status.Results.Value(info: NodeInfo.Value(status), metrics: all.map { ZAP.Metric.Value($0) }))
            return true
        }
    }

    func agents(_ call: ServerCall<NodeAdmin.Agents.Params, NodeAdmin.Agents.Results>) throws {
        let params = try NodeAdmin.Agents.Params.Value(call.params)
        let request = Request.agents(
            try networkID(params.network), role: "", afterName: params.afterName, limit: Int(params.limit))
        ask(call, request) { response in
            guard case .agents(let agents) = response else { return false }
            call.reply(NodeAdmin.Agents.Results.Value(agents: agents.map { ZAP.AgentRecord.Value($0) }))
            return true
        }
    }

    func state(_ call: ServerCall<NodeAdmin.State.Params, NodeAdmin.State.Results>) throws {
        let network = try networkID(try NodeAdmin.State.Params.Value(call.params).network)
        ask(call, .network(network)) { response in
            guard case .network(let status) = response else { return false }
            call.reply(NodeAdmin.State.Results.Value(info: NetworkInfo.Value(status)))
            return true
        }
    }

    func readState(_ call: ServerCall<NodeAdmin.ReadState.Params, NodeAdmin.ReadState.Results>) throws {
        let params = try NodeAdmin.ReadState.Params.Value(call.params)
        ask(call, .readState(try networkID(params.network), key: params.key, prove: params.prove)) { response in
            guard case .value(let value) = response else { return false }
            call.reply(
                NodeAdmin.ReadState.Results.Value(
                    present: value.value != nil, value: value.value ?? [], height: value.height.value,
                    bundle: value.bundle))
            return true
        }
    }

    func tasks(_ call: ServerCall<NodeAdmin.Tasks.Params, NodeAdmin.Tasks.Results>) throws {
        let params = try NodeAdmin.Tasks.Params.Value(call.params)
        let request = Request.tasks(
            try networkID(params.network), state: "", after: params.after, limit: Int(params.limit))
        ask(call, request) { response in
            guard case .tasks(let tasks) = response else { return false }
            call.reply(NodeAdmin.Tasks.Results.Value(tasks: tasks.map { ZAP.TaskRecord.Value($0) }))
            return true
        }
    }

    // MARK: Mail

    func mail(_ call: ServerCall<NodeAdmin.Mail.Params, NodeAdmin.Mail.Results>) throws {
        let params = try NodeAdmin.Mail.Params.Value(call.params)
        let agent = params.agent.isEmpty ? nil : try agentID(params.agent)
        let after =
            params.afterDigest.isEmpty
            ? nil
            : MailPlace(
                acceptedAt: WallTime(milliseconds: params.afterTime),
                digest: try digest(params.afterDigest, "afterDigest"))
        let request = Request.mail(
            try networkID(params.network), deadOnly: params.deadOnly, agent: agent, after: after,
            limit: Int(params.limit))
        ask(call, request) { response in
            guard case .mail(let mail) = response else { return false }
            call.reply(NodeAdmin.Mail.Results.Value(mail: mail.map { ZAP.MailItem.Value($0) }))
            return true
        }
    }

    func mailItem(_ call: ServerCall<NodeAdmin.MailItem.Params, NodeAdmin.MailItem.Results>) throws {
        let params = try NodeAdmin.MailItem.Params.Value(call.params)
        let request = Request.mailItem(try networkID(params.network), digest: try digest(params.digest, "digest"))
        ask(call, request) { response in
            guard case .mailItem(let item, let envelope) = response else { return false }
            call.reply(NodeAdmin.MailItem.Results.Value(item: ZAP.MailItem.Value(item), envelope: envelope))
            return true
        }
    }

    func retryMail(_ call: ServerCall<NodeAdmin.RetryMail.Params, NodeAdmin.RetryMail.Results>) throws {
        let params = try NodeAdmin.RetryMail.Params.Value(call.params)
        done(call, .retryMail(try networkID(params.network), digest: try digest(params.digest, "digest")))
    }

    // MARK: The node itself

    func stop(_ call: ServerCall<NodeAdmin.Stop.Params, NodeAdmin.Stop.Results>) { done(call, .stop) }

    func keys(_ call: ServerCall<NodeAdmin.Keys.Params, NodeAdmin.Keys.Results>) throws {
        let params = try NodeAdmin.Keys.Params.Value(call.params)
        let request = Request.keys(
            try networkID(params.network), prefix: params.prefix, after: params.after, limit: Int(params.limit))
        ask(call, request) { response in
            guard case .keys(let keys) = response else { return false }
            call.reply(NodeAdmin.Keys.Results.Value(keys: keys))
            return true
        }
    }
}
