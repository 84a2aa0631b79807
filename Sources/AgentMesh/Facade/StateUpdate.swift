import CapnProtoRPC
public import Primitives
import ZAP

/// What a subscriber is told.
public enum StateUpdate: Hashable, Sendable {
    case block(StateBlock)
    /// The node left out so many blocks because this reader was too slow.
    case missed(UInt64)
    /// The connection ended. Blocks may be missing; the next ones come when the agent has joined again.
    case interrupted
}

/// What one block changed under the topics that were asked for.
public struct StateBlock: Hashable, Sendable {
    public struct Change: Hashable, Sendable {
        /// "agents", "commits", "tasks", "facts" or "balances".
        public var topic: String
        /// The state key.
        public var key: String
        /// As the state holds it; empty: the key is gone.
        public var value: [UInt8]
    }

    public var height: Height
    public var time: WallTime
    public var stateRoot: Digest
    public var isFinal: Bool
    public var changes: [Change]

    init(_ event: ZAP.StateEvent.Value) {
        height = Height(event.height)
        time = WallTime(milliseconds: event.headerTime)
        stateRoot = Digest(event.stateRoot) ?? .zero
        isFinal = event.final
        changes = event.changes.map { Change(topic: $0.topic, key: $0.key, value: $0.value) }
    }
}

/// The blocks that change what a subscriber asked for, as they come. One reader.
public struct StateUpdates: AsyncSequence, Sendable {
    public typealias Element = StateUpdate
    let subscription: StateSubscription

    /// The height at which the subscription began.
    public var height: Height { subscription.height }

    public func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

    public struct Iterator: AsyncIteratorProtocol {
        let subscription: StateSubscription

        public mutating func next() async throws(AgentError) -> StateUpdate? { try await subscription.next() }
    }
}

/// Keeps a subscription for as long as somebody may read it.
final class StateSubscription: Sendable {
    let height: Height
    private let agent: LightAgent
    private let id: UInt64
    private let updates: LoopBoundQueue

    init(_ agent: LightAgent, id: UInt64, height: Height, updates: LoopBoundQueue) {
        self.agent = agent
        self.id = id
        self.height = height
        self.updates = updates
    }

    func next() async throws(AgentError) -> StateUpdate? {
        try await agent.onLoop { [updates] _, answer in updates.value.next(answer) }
    }

    deinit { agent.core.loop.enqueue { [core = agent.core, id] in core.value.unobserve(id) } }
}
