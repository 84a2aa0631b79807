import CapnProto
import CapnProtoRPC
import FileStore
public import Identity
import MeshCrypto
import NIOCore
import NIOPosix
public import NetworkDriver
public import Primitives
import Storage
import ZAP

typealias LoopBoundQueue = LoopBound<PullQueue<StateUpdate>>

/// An agent of the mesh, living on one node.
///
///     let agent = try await LightAgent.connect(configuration)
///     agent.onMessage { message, transaction in
///         transaction.put(Array("last".utf8), Array(message.id.utf8))
///         transaction.send(Draft(text: "done", replyTo: message.id), to: message.from)
///     }
///     let receipt = try await agent.commit(AgentWork.Value(result: "feature X", filesChanged: ["src/lib.rs"]))
///     try await agent.send("please review", to: "rachel", wait: .acknowledged)
///     await agent.leave()
///
/// Usable from every thread. It joins again by itself when its node comes back; it ends when it leaves, when the same key
/// registers elsewhere, or when its last reference goes.
public final class LightAgent: Sendable {
    public let id: AgentID
    public let bundle: PublicBundle
    public let name: String
    public let role: AgentRole
    /// The loop on which the agent lives: what is called there needs no hop.
    public let loop: LoopTaskExecutor
    let core: LoopBound<AgentCore>
    let configuration: AgentConfiguration
    private let face: AgentFace
    private let store: OpenStore?
    let workers: NIOThreadPool

    private init(_ configuration: AgentConfiguration, _ identity: SecretIdentity, _ store: OpenStore?) async {
        self.configuration = configuration
        self.store = store
        id = identity.agentID
        bundle = identity.bundle
        name = configuration.name
        role = configuration.role
        workers = NIOThreadPool.singleton
        let loop = LoopTaskExecutor(configuration.eventLoop ?? MultiThreadedEventLoopGroup.singleton.next())
        self.loop = loop
        let workers = workers
        (core, face) = await withCheckedContinuation { continuation in
            loop.perform {
                let core = AgentCore(
                    configuration, identity: identity, store: store?.store, loop: loop, workers: workers)
                core.onEnd = { if let store { workers.submit { _ in store.close() } } }
                continuation.resume(returning: (LoopBound(core, on: loop), core.face))
            }
        }
    }

    deinit {
        let core = core
        core.loop.enqueue { core.value.end(AgentError(.left, "the agent was let go")) }
    }

    /// Loads or makes the keys, finds the node and registers. The agent has joined when this returns.
    public static func connect(_ configuration: AgentConfiguration) async throws(AgentError) -> LightAgent {
        let problems = configuration.problems()
        guard problems.isEmpty else { throw AgentError(.usage, problems.joined(separator: "; ")) }
        let identity = try await identity(configuration)
        let store: OpenStore? =
            if let path = configuration.storePath {
                try await onDisk { () throws(AgentError) in try OpenStore(path: path) }
            } else { nil }
        let agent = await LightAgent(configuration, identity, store)
        _ =
            try await agent.onLoop { core, answer in
                core.withPresence(answer)
                core.join()
            } as Presence
        return agent
    }

    private static func identity(_ configuration: AgentConfiguration) async throws(AgentError) -> SecretIdentity {
        switch configuration.keys {
        case .identity(let identity): return identity
        case .file(let path):
            return try await onDisk { () throws(AgentError) in
                do throws(FileStoreFailure) {
                    return try IdentityOnDisk.loadOrGenerate(path: path, kind: .agent, name: configuration.name)
                        .identity
                } catch { throw AgentError(.identity, "the agent's keys cannot be used: \(error)") }
            }
        }
    }

    /// Runs what blocks on a thread that may.
    static func onDisk<Value: Sendable>(
        _ body: @escaping @Sendable () throws(AgentError) -> Value
    ) async throws(AgentError) -> Value {
        try await Answer.waiting { answer in
            NIOThreadPool.singleton.submit { _ in
                do throws(AgentError) { answer.succeed(try body()) } catch { answer.fail(error) }
            }
        }
    }

    // MARK: Looking

    /// Whether it has a session right now.
    public var isConnected: Bool { face.presence != nil }
    /// Why it is over; nil while it isn't.
    public var end: AgentError? { face.end }
    // Of the newest session, also while the agent tries to join again.
    public var node: NodeID? { face.latest?.node }
    public var network: NetworkID? { face.latest?.network }
    public var networkName: String? { face.latest?.networkName }
    public var homeEpoch: HomeEpoch? { face.latest?.epoch }
    /// The height at which it joined.
    public var joinedHeight: Height? { face.latest?.height }
    /// Where the node was found.
    public var address: String? { face.latest?.address }
    var agentStore: AgentStore? { store?.store }

    /// What happens to the agent from now on; the oldest makes room where the reader is slow.
    public func events() -> AsyncStream<AgentEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: AgentEvent.self, bufferingPolicy: .bufferingNewest(configuration.limits.maxEventCount))
        let core = core
        core.loop.perform {
            if case .ended(let error) = core.value.phase {
                continuation.yield(.ended(error))
                return continuation.finish()
            }
            let id = core.value.nextListener
            core.value.nextListener += 1
            core.value.listeners[id] = continuation
            continuation.onTermination = { _ in core.loop.enqueue { core.value.listeners[id] = nil } }
        }
        return stream
    }

    /// Says goodbye to the node and ends. What was acknowledged before is so.
    public func leave() async {
        do throws(AgentError) {
            try await onLoop(within: .seconds(2)) { core, answer in core.leave(answer) }
        } catch {
            let core = core
            core.loop.perform { core.value.end(AgentError(.left, "the agent has left")) }
        }
        guard let store else { return }
        _ = try? await Self.onDisk { () throws(AgentError) in store.close() }
    }

    /// Tells others what the agent is doing; kept over reconnections.
    public func updateStatus(_ status: AgentStatus) async throws(AgentError) {
        let value = ZAP.AgentStatus.Value(
            state: status.state, taskId: status.taskID, note: status.note, progressAt: Machine.wallTime().milliseconds,
            processId: Machine.processID)
        try await onLoop { core, answer in
            core.status = value
            answer.succeed(())
        }
        _ = try await ask(AgentSession.updateStatus) { network in
            AgentSession.UpdateStatus.Params.Value(network: network.bytes, status: value)
        }
    }

    // MARK: Parts

    /// Runs `body` on the loop and waits for its answer. No hop where the caller is there already.
    /// - Parameter limit: `timeout` when it comes to nothing for so long; nil: as long as it takes.
    nonisolated(nonsending) func onLoop<Value: Sendable>(
        within limit: Interval? = nil, _ body: @escaping @Sendable (AgentCore, Answer<Value>) -> Void
    ) async throws(AgentError) -> Value {
        let core = core
        return try await Answer.waiting { answer in
            core.loop.perform {
                if let limit {
                    let timer = core.value.loop.eventLoop.scheduleTask(in: .nanoseconds(limit.nanoseconds)) {
                        answer.fail(AgentError(.timeout, "the node gave no answer in time"))
                    }
                    body(
                        core.value,
                        Answer { result in
                            timer.cancel()
                            answer(result)
                        })
                } else {
                    body(core.value, answer)
                }
            }
        }
    }

    /// Asks the node something, in this session or the next, and waits no longer than the configuration allows.
    nonisolated(nonsending) func ask<Params: StructSchema & SendableMetatype, Results: StructSchema & SendableMetatype>(
        _ method: Method<Params, Results>, _ params: @escaping @Sendable (NetworkID) -> Params.Value
    ) async throws(AgentError) -> Results.Value where Results.Value: Sendable {
        try await onLoop(within: configuration.timeout) { core, answer in
            let bound = core.bound
            core.withPresence(
                Answer { result in
                    switch result {
                    case .failure(let error): answer.fail(error)
                    case .success(let presence): bound.value.ask(method, params(presence.network), presence, answer)
                    }
                })
        }
    }
}

extension AgentCore {
    func ask<Params: StructSchema, Results: StructSchema>(
        _ method: Method<Params, Results>, _ params: Params.Value, _ presence: Presence, _ answer: Answer<Results.Value>
    ) where Results.Value: Sendable {
        presence.session.capability.send(method) { builder, _ in
            params.write(to: &builder)
        } completion: { result in
            switch result {
            case .failure(let exception): answer.fail(AgentError(exception))
            case .success(let response):
                do throws(RPCException) { answer.succeed(try response.value()) } catch {
                    answer.fail(AgentError(error))
                }
            }
        }
    }
}

/// What an agent says about itself.
public struct AgentStatus: Hashable, Sendable {
    /// "idle", "busy", "waiting", or what the agent calls it.
    public var state: String
    public var taskID: String
    public var note: String

    public init(state: String, taskID: String = "", note: String = "") {
        self.state = state
        self.taskID = taskID
        self.note = note
    }
}
