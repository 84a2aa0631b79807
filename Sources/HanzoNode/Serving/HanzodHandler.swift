import CapnProto
import CapnProtoRPC
import MeshSchema
import NodeCore
import Primitives
import ZAP

/// The bootstrap capability of one connection.
///
/// It belongs to the connection, not to an agent: what it hands out are sessions, each of which can act only as its own agent, and the
/// owner's view for whoever proves to own the node.
final class HanzodHandler: Hanzod.Handler {
    private let shell: NodeShell
    private let desk: FrontDesk
    private let connection: ConnectionID
    private let gate: Gate
    private var sessions: [SessionID] = []
    private var isOpen = true

    init(shell: NodeShell, desk: FrontDesk, connection: ConnectionID, gate: Gate) {
        self.shell = shell
        self.desk = desk
        self.connection = connection
        self.gate = gate
    }

    /// The connection has ended: its sessions end with it.
    func disconnect() {
        guard isOpen else { return }
        isOpen = false
        for session in sessions { desk.forget(session) }
        shell.take(.disconnected(connection))
    }

    func info(_ call: ServerCall<Hanzod.Info.Params, Hanzod.Info.Results>) {
        shell.ask(.info, from: .connection(connection)) { response in
            guard case .info(let status) = response else { return call.refuse(response) }
            call.reply(Hanzod.Info.Results.Value(info: NodeInfo.Value(status)))
        }
    }

    func challenge(_ call: ServerCall<Hanzod.Challenge.Params, Hanzod.Challenge.Results>) throws {
        let params = try Hanzod.Challenge.Params.Value(call.params)
        // Before `admin` there is no agent and no network: zeros stand for both.
        if params.network.isEmpty, params.agent.isEmpty {
            return try challengeOwner(call, nonce: try digest(params.nonce, "nonce"))
        }
        let (network, agent) = (try networkID(params.network), try agentID(params.agent))
        let (nonce, entropy) = (try digest(params.nonce, "nonce"), SystemEntropy.digest())
        let request = Request.challenge(network, agent: agent, nonce: nonce, entropy: entropy)
        shell.ask(request, from: .connection(connection)) { [gate] response in
            guard case .challenge(let challenge) = response else { return call.refuse(response) }
            let proof = gate.open(.init(agent: agent, agentNonce: nonce, nodeNonce: entropy))
            call.reply(Hanzod.Challenge.Results.Value(challenge: ZAP.Challenge.Value(challenge, tokenProof: proof)))
        }
    }

    private func challengeOwner(
        _ call: ServerCall<Hanzod.Challenge.Params, Hanzod.Challenge.Results>, nonce: Digest
    ) throws {
        let entropy = SystemEntropy.digest()
        let proof = gate.open(.init(agent: AgentID(.zero), agentNonce: nonce, nodeNonce: entropy))
        let challenge = ZAP.Challenge.Value(node: gate.node.bytes, nonce: entropy.bytes, tokenProof: proof)
        call.reply(Hanzod.Challenge.Results.Value(challenge: challenge))
    }

    func register(_ call: ServerCall<Hanzod.Register.Params, Hanzod.Register.Results>) throws {
        let network = try networkID(try call.params.network.array)
        guard call.params.hasRegistration else {
            throw RPCException(Refusal(.malformedRegistration, "a registration is a batch of one leaf; none was sent"))
        }
        guard try call.params.services.count == 0 else {
            throw RPCException(
                Refusal(.notInThisBuild, "this node carries no services of agents; register without any"))
        }
        let batch = try CommitBatch.Value(try call.params.registration)
        guard gate.admits(tokenProof: try call.params.tokenProof.array) else {
            throw RPCException(
                Refusal(.notPermitted, "over TCP the node's token must be proved; give the agent the token file"))
        }
        let inbox = try call.params.inbox(in: call.capabilities)
        shell.ask(.register(network, registration: batch), from: .connection(connection)) { [self] response in
            guard case .registered(let registered) = response else { return call.refuse(response) }
            guard isOpen else { return call.fail(RPCException.disconnected("the connection has ended")) }
            let session = SessionHandler(registered.session, network: network, inbox: inbox, shell: shell, desk: desk)
            sessions.append(registered.session)
            desk.open(session)
            call.reply { results, list in
                results.setSession(AgentSession.Client(hosting: session, on: call.loop), in: &list)
                var target = results.initRegistered()
                ZAP.Registered.Value(registered).write(to: &target)
            }
        }
    }

    func admin(_ call: ServerCall<Hanzod.Admin.Params, Hanzod.Admin.Results>) throws {
        guard gate.admitsOwner(tokenProof: try call.params.tokenProof.array) else {
            throw RPCException(
                Refusal(
                    .notPermitted,
                    "only the node's owner may ask that: same user on the Unix socket, or its token over TCP"))
        }
        call.reply { results, list in
            let admin = AdminHandler(shell: shell, connection: connection)
            results.setAdmin(NodeAdmin.Client(hosting: admin, on: call.loop), in: &list)
        }
    }
}
