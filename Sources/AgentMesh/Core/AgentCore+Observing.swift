import CapnProto
import CapnProtoRPC
import MeshSchema
import Primitives
import ZAP

/// One subscription of the agent's user; it outlives connections.
struct Observer {
    let topics: [String]
    let updates: PullQueue<StateUpdate>
    /// The node's end of it, in this session.
    var subscription: ZAP.Subscription.Client?
    var isFirst = true
    var ready: Answer<Height>?
}

// Subscriptions to the state, made anew in every session.
extension AgentCore {
    func observe(_ topics: [String], _ updates: PullQueue<StateUpdate>, _ ready: Answer<Height>) -> UInt64 {
        let id = nextObserver
        nextObserver += 1
        observers[id] = Observer(topics: topics, updates: updates, ready: ready)
        if fail(ifEnded: { ready.fail($0) }) { observers[id] = nil } else { observe(id) }
        return id
    }

    func observe(_ id: UInt64) {
        guard let presence, let observer = observers[id] else { return }
        let handler = ObserverHandler(self, id, generation: generation)
        let client = StateObserver.Client(hosting: handler, on: loop)
        presence.session.capability.send(AgentSession.subscribe) { params, list in
            params.setNetwork(presence.network.bytes)
            params.setTopics(observer.topics)
            params.setObserver(client, in: &list)
        } completion: { [self] result in
            switch result {
            case .success(let response): observing(id, response)
            case .failure(let exception): observingFailed(id, AgentError(exception))
            }
        }
    }

    private func observing(_ id: UInt64, _ response: Response<AgentSession.Subscribe.Results>) {
        do throws(CapnProtoError) {
            let subscription = try response.results.subscription(in: response.capabilities)
            guard observers[id] != nil else {
                _ = subscription.sendCancel()
                return
            }
            observers[id]?.subscription = subscription
            observers[id]?.ready?.succeed(Height(response.results.height))
            observers[id]?.ready = nil
        } catch { observingFailed(id, AgentError(.peer, "the node's answer makes no sense: \(error)")) }
    }

    private func observingFailed(_ id: UInt64, _ error: AgentError) {
        guard error.code != .disconnected else { return }
        let observer = observers.removeValue(forKey: id)
        observer?.ready?.fail(error)
        observer?.updates.finish(.failure(error))
    }

    /// - Parameter taken: answers the node's call, which lets it send the next event.
    func update(_ id: UInt64, _ event: ZAP.StateEvent.Value, taken: @escaping () -> Void) throws(RPCException) {
        guard let observer = observers[id] else { throw .failed("the observer is gone") }
        latestHeight = max(latestHeight, Height(event.height))
        if event.missed > 0 { _ = observer.updates.push(.missed(event.missed), whenTaken: {}) }
        guard observer.updates.push(.block(StateBlock(event)), whenTaken: taken) else {
            throw .overloaded("overloaded: the observer does not read")
        }
    }

    func unobserve(_ id: UInt64) {
        guard let observer = observers.removeValue(forKey: id) else { return }
        _ = observer.subscription?.sendCancel()
        observer.updates.finish(.success(()))
    }

    func interruptObservers() {
        for id in observers.keys.sorted() {
            observers[id]?.subscription = nil
            _ = observers[id]?.updates.push(.interrupted, whenTaken: {})
        }
    }

    func endObservers(_ error: AgentError) {
        for observer in observers.values {
            observer.ready?.fail(error)
            observer.updates.finish(error.code == .left ? .success(()) : .failure(error))
        }
        observers.removeAll()
    }

    func send(_ status: ZAP.AgentStatus.Value) {
        guard let presence else { return }
        presence.session.capability.send(AgentSession.updateStatus) { params, _ in
            params.setNetwork(presence.network.bytes)
            params.setStatus(status)
        } completion: { _ in
        }
    }
}

/// What the node streams events of one subscription to.
final class ObserverHandler: StateObserver.Handler {
    private weak var core: AgentCore?
    private let id: UInt64
    private let generation: UInt64

    init(_ core: AgentCore, _ id: UInt64, generation: UInt64) {
        self.core = core
        self.id = id
        self.generation = generation
    }

    func event(_ call: ServerCall<StateObserver.Event.Params, AnyStruct>) throws {
        guard let core, core.generation == generation else { throw RPCException.disconnected("an older session") }
        let event = try StateObserver.Event.Params.Value(call.params).event ?? ZAP.StateEvent.Value()
        try core.update(id, event) { call.reply() }
    }
}
