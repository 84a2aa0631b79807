import AgentMesh
import CapnProto
import CapnProtoRPC
import Identity
import MeshCrypto
import MeshSchema
import NIOCore
import NIOPosix
import NetworkDriver
import Primitives
import Settings
import Synchronization
import ZAP

/// A node that says what a test wants it to say, over a real socket.
final class FakeNode: Sendable {
    struct Script: Sendable {
        var challenge = ZAP.Challenge.Value()
        var commit: @Sendable (CommitBatch.Value) -> [ZAP.CommitReceipt.Value] = { batch in
            batch.leaves.map { ZAP.CommitReceipt.Value(nonce: $0.nonce, state: .included, height: 1) }
        }
        var send: @Sendable (SignedEnvelope.Value, _ attempt: Int) throws -> Void = { _, _ in }
        var readState: @Sendable ([UInt8]) -> AgentSession.ReadState.Results.Value = { _ in .init() }
    }

    struct Seen: Sendable {
        var envelopes: [SignedEnvelope.Value] = []
        var acknowledged: [MailAck.Value] = []
        var inbox: Inbox.Client?
        var agent: [UInt8] = []
    }

    let node = NodeID(Digest([UInt8](repeating: 0x11, count: 32)) ?? .zero)
    let network = NetworkID(Digest([UInt8](repeating: 0x22, count: 32)) ?? .zero)
    let path = "/tmp/hz-fake-\(UInt32.random(in: 0 ... .max)).sock"
    let script: Mutex<Script>
    let seen = Mutex(Seen())
    private let listener: Mutex<RPCListener?>

    init(_ change: (inout Script) -> Void = { _ in }) async throws {
        var script = Script()
        script.challenge = .init(node: node.bytes, nonce: [UInt8](repeating: 3, count: 32), height: 7)
        change(&script)
        self.script = Mutex(script)
        listener = Mutex(nil)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let opened = try await RPCListener.listen(at: .unix(path: path), on: loop) { arrival in
            Hanzod.Client(hosting: FakeHanzod(self), on: arrival.loop).capability
        }
        listener.withLock { $0 = opened }
    }

    func configuration(_ seed: UInt8 = 5) throws -> AgentConfiguration {
        let seeds = Secret(copying: [UInt8](repeating: seed, count: SecretIdentity.seedByteCount))
        var configuration = AgentConfiguration(
            name: "ada", keys: .identity(try SecretIdentity(kind: .agent, name: "ada", seeds: seeds)),
            candidates: [Candidate(endpoint: .unix(path: path), source: "test")])
        configuration.node = node
        configuration.reconnects = false
        configuration.timeout = .seconds(20)
        return configuration
    }

    func close() async { await listener.withLock { $0 }?.close() }
}

private final class FakeHanzod: Hanzod.Handler {
    let fake: FakeNode
    init(_ fake: FakeNode) { self.fake = fake }

    func info(_ call: ServerCall<Hanzod.Info.Params, Hanzod.Info.Results>) {
        let network = NetworkInfo.Value(id: fake.network.bytes, name: "team", isDefault: true)
        call.reply(.init(info: NodeInfo.Value(nodeId: fake.node.bytes, networks: [network])))
    }

    func challenge(_ call: ServerCall<Hanzod.Challenge.Params, Hanzod.Challenge.Results>) {
        call.reply(.init(challenge: fake.script.withLock { $0.challenge }))
    }

    func register(_ call: ServerCall<Hanzod.Register.Params, Hanzod.Register.Results>) throws {
        let inbox = try call.params.inbox(in: call.capabilities)
        fake.seen.withLock { $0.inbox = inbox }
        let session = AgentSession.Client(hosting: FakeSession(fake), on: call.loop)
        call.reply { results, list in
            results.setSession(session, in: &list)
            results.setRegistered(Registered.Value(homeEpoch: 1, height: .max))
        }
    }

    func admin(_ call: ServerCall<Hanzod.Admin.Params, Hanzod.Admin.Results>) throws {
        throw RPCException.failed("notPermitted: no")
    }
}

private final class FakeSession: AgentSession.Handler {
    let fake: FakeNode
    init(_ fake: FakeNode) { self.fake = fake }

    func commit(_ call: ServerCall<AgentSession.Commit.Params, AgentSession.Commit.Results>) throws {
        let batch = try CommitBatch.Value(call.params.batch)
        call.reply(.init(receipts: fake.script.withLock { $0.commit }(batch)))
    }

    func send(_ call: ServerCall<AgentSession.Send.Params, AgentSession.Send.Results>) throws {
        let envelope = try SignedEnvelope.Value(call.params.envelope)
        let attempt = fake.seen.withLock { seen in
            seen.envelopes.append(envelope)
            return seen.envelopes.count
        }
        try fake.script.withLock { $0.send }(envelope, attempt)
        let message = try AgentMessage.Value(framed: envelope.body)
        call.reply(
            .init(
                receipt: .init(
                    id: message.id, digest: sha256(envelope.body).bytes, to: message.to, homeEpoch: message.homeEpoch,
                    counter: message.counter, tier: .stored)))
    }

    func acknowledge(_ call: ServerCall<AgentSession.Acknowledge.Params, AgentSession.Acknowledge.Results>) throws {
        let mail = try AgentSession.Acknowledge.Params.Value(call.params).mail
        fake.seen.withLock { $0.acknowledged += mail }
        call.reply()
    }

    func readState(_ call: ServerCall<AgentSession.ReadState.Params, AgentSession.ReadState.Results>) throws {
        let key = try AgentSession.ReadState.Params.Value(call.params).key
        call.reply(fake.script.withLock { $0.readState }(key))
    }

    func status(_ call: ServerCall<AgentSession.Status.Params, AgentSession.Status.Results>) { call.reply() }
    func mailStatus(_ call: ServerCall<AgentSession.MailStatus.Params, AgentSession.MailStatus.Results>) {
        call.reply()
    }
    func subscribe(_ call: ServerCall<AgentSession.Subscribe.Params, AgentSession.Subscribe.Results>) { call.reply() }
    func agents(_ call: ServerCall<AgentSession.Agents.Params, AgentSession.Agents.Results>) { call.reply() }
    func resolve(_ call: ServerCall<AgentSession.Resolve.Params, AgentSession.Resolve.Results>) { call.reply() }
    func tasks(_ call: ServerCall<AgentSession.Tasks.Params, AgentSession.Tasks.Results>) { call.reply() }
    func task(_ call: ServerCall<AgentSession.Task.Params, AgentSession.Task.Results>) { call.reply() }
    func updateStatus(_ call: ServerCall<AgentSession.UpdateStatus.Params, AgentSession.UpdateStatus.Results>) {
        call.reply()
    }
    func info(_ call: ServerCall<AgentSession.Info.Params, AgentSession.Info.Results>) { call.reply() }
    func leave(_ call: ServerCall<AgentSession.Leave.Params, AgentSession.Leave.Results>) { call.reply() }
}
