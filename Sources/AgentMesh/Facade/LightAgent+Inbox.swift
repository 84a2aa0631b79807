import CapnProtoRPC
import FileStore
import MeshSchema
import Primitives
import Storage

// Receiving. One of the three ways at a time: a handler with a transaction, a handler on the loop, or the sequence.
extension LightAgent {
    /// Handles messages one after the other. What the handler puts into the transaction, the messages that it sends through it,
    /// and the fact that the message was handled become durable in one write; then the message is acknowledged. So, with a
    /// store, each committed effect happens once, whoever is killed when. Without a store there is nothing to survive a crash.
    ///
    /// A handler that throws refuses the message: it becomes a dead letter with the error's text.
    ///
    /// - Returns: the task that runs the handler; it ends with the agent, or when it is cancelled.
    @discardableResult
    public func onMessage(
        _ handler: @escaping @Sendable (Message, inout StoreTransaction) async throws -> Void
    ) -> Task<Void, Never> {
        // Holds the parts and not the agent, so that letting go of the agent ends it.
        let receiver = Receiver(core: core, store: agentStore)
        return Task {
            do throws(AgentError) {
                while let message = try await receiver.next() { try await receiver.handle(message, handler) }
            } catch { receiver.fail(error) }
        }
    }

    /// Handles messages on the agent's loop, as they are read from the connection: no hop, no task, no transaction. The
    /// handler must not block. With a store, handled numbers are written but not synced.
    public func onMessage(onLoop handler: @escaping @Sendable (Message) -> Disposition) {
        let core = core
        core.loop.perform {
            core.value.drainInbox(into: handler)
            core.value.onMessage = handler
        }
    }

    /// Messages as they come. Asking for the next one acknowledges the one before; one that the loop leaves unfinished comes
    /// again. One reader.
    public var messages: Messages { Messages(receiver: Receiver(core: core, store: agentStore), agent: self) }

    /// A value that a handler has stored.
    public func stored(_ key: [UInt8]) throws(AgentError) -> [UInt8]? { try StoreTransaction(agentStore).get(key) }
}

/// See `LightAgent.messages`.
public struct Messages: AsyncSequence, Sendable {
    public typealias Element = Message
    let receiver: Receiver
    let agent: LightAgent

    public func makeAsyncIterator() -> Iterator { Iterator(receiver: receiver, agent: agent) }

    public struct Iterator: AsyncIteratorProtocol {
        let receiver: Receiver
        let agent: LightAgent
        private var current: Message?

        init(receiver: Receiver, agent: LightAgent) {
            self.receiver = receiver
            self.agent = agent
        }

        public mutating func next() async throws(AgentError) -> Message? {
            try await acknowledge()
            current = try await receiver.next()
            return current
        }

        /// Says that the newest message is done with, before the next one is asked for.
        public mutating func acknowledge() async throws(AgentError) {
            guard let current = current.take() else { return }
            try await receiver.finish(current, StoreTransaction(receiver.store))
        }
    }
}

/// Takes messages from the loop and brings back what became of them.
struct Receiver: Sendable {
    let core: LoopBound<AgentCore>
    let store: AgentStore?

    func next() async throws(AgentError) -> Message? {
        let core = core
        let next: Message? = try await Answer.waiting { answer in
            core.loop.perform { core.value.inbox.next(answer) }
        }
        guard var message = next, message.senderRole == nil else { return next }
        let sender = message.from
        message.senderRole = try await Answer.waiting { answer in
            core.loop.perform {
                if let role = core.value.role(of: sender) {
                    answer.succeed(role)
                } else {
                    core.value.findRole(of: sender, answer)
                }
            }
        }
        return message
    }

    func handle(
        _ message: Message, _ handler: @Sendable (Message, inout StoreTransaction) async throws -> Void
    ) async throws(AgentError) {
        var transaction = StoreTransaction(store)
        let failure: (any Error)?
        do {
            try await handler(message, &transaction)
            failure = nil
        } catch { failure = error }
        if let failure {
            if failure is CancellationError { throw .cancelled }
            return refuse(message, "\(failure)")
        }
        do throws(AgentError) { try await finish(message, transaction) } catch {
            // What the handler wants to send can't be sent: the message isn't handled, and its sender shall know.
            switch error.code {
            case .messageTooLarge, .usage, .overloaded: refuse(message, error.message)
            default: throw error
            }
        }
    }

    private func refuse(_ message: Message, _ reason: String) {
        core.loop.perform { [core] in core.value.finish(message, .refused(reason), isStored: true) }
    }

    /// One write: effects, cursor and outgoing messages. Then the acknowledgement.
    func finish(_ message: Message, _ transaction: StoreTransaction) async throws(AgentError) {
        let core = core
        try await Answer<Void>.waiting { answer in
            core.loop.perform { core.value.conclude(message, transaction, answer) }
        }
    }

    /// A store that fails is the end: going on would break what was promised.
    func fail(_ error: AgentError) {
        guard error.code == .storage else { return }
        core.loop.perform { [core] in core.value.end(error) }
    }
}
