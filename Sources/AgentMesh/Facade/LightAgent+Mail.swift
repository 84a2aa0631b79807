import CapnProtoRPC
import FileStore
import MeshCrypto
import MeshSchema
public import Primitives
import Storage
import ZAP

// Messages.
extension LightAgent {
    /// Sends a message and waits until it has come so far. `accepted`: checked, in the node's memory; `stored`: on the node's
    /// disk; `acknowledged`: the recipient's handler is done. Throws when it dies before.
    ///
    /// With a store the message is on this agent's disk before it goes, and goes again after a crash, under the same number.
    @discardableResult
    public nonisolated(nonsending) func send(
        _ draft: Draft, to recipient: AgentID, wait tier: MailTier = .accepted
    ) async throws(AgentError) -> MailReceipt {
        try await onLoop { core, answer in core.keep(draft, to: recipient, wait: tier, answer) }
    }

    /// Sends text to an agent by name or identifier. An unknown one is an error at once.
    @discardableResult
    public nonisolated(nonsending) func send(
        _ text: String, to recipient: String, wait tier: MailTier = .accepted
    ) async throws(AgentError) -> MailReceipt {
        try await send(Draft(text: text), to: recipient, wait: tier)
    }

    @discardableResult
    public nonisolated(nonsending) func send(
        _ text: String, to recipient: AgentID, wait tier: MailTier = .accepted
    ) async throws(AgentError) -> MailReceipt {
        try await send(Draft(text: text), to: recipient, wait: tier)
    }

    @discardableResult
    public nonisolated(nonsending) func send(
        _ draft: Draft, to recipient: String, wait tier: MailTier = .accepted
    ) async throws(AgentError) -> MailReceipt {
        try await send(draft, to: try await agentID(of: recipient), wait: tier)
    }

    /// Sends without a task and without the store: the completion runs on the agent's loop. Called there, nothing hops.
    public func send(
        _ draft: Draft, to recipient: AgentID, wait tier: MailTier = .accepted,
        completion: @escaping @Sendable (Result<MailReceipt, AgentError>) -> Void
    ) {
        let core = core
        core.loop.perform { core.value.send(draft, to: recipient, wait: tier, Answer(completion)) }
    }

    /// Who a name or identifier stands for. Names are remembered for five seconds.
    public nonisolated(nonsending) func agentID(of nameOrID: String) async throws(AgentError) -> AgentID {
        if let digest = Digest(hex: nameOrID) { return AgentID(digest) }
        let known: AgentID? = try await onLoop { core, answer in
            let found = core.names[nameOrID].flatMap { Machine.instant() - $0.at < .seconds(5) ? $0.agent : nil }
            answer.succeed(found)
        }
        if let known { return known }
        let agent = try await resolve(nameOrID).id
        try await onLoop { core, answer in
            if core.names.count >= 1_024 { core.names.removeAll() }
            core.names[nameOrID] = (agent, Machine.instant())
            answer.succeed(())
        } as Void
        return agent
    }

    /// Waits until a message that was sent has come so far.
    public nonisolated(nonsending) func receipt(
        of sent: MailReceipt, reaching tier: MailTier
    ) async throws(AgentError) -> MailReceipt {
        try await onLoop { core, answer in core.settle(answer, with: sent, tier) }
    }

    /// Calls `body` on the agent's loop with every receipt of what this agent has sent.
    public func onReceipt(_ body: @escaping @Sendable (MailReceipt) -> Void) {
        let core = core
        core.loop.perform { core.value.onReceipt = body }
    }
}

extension AgentCore {
    /// Launches what is new; for a message that was sent before, its caller waits for what the first one waited for.
    func follow(_ prepared: Prepared, to recipient: AgentID, _ tier: MailTier, _ answer: Answer<MailReceipt>) {
        switch prepared {
        case .fresh(let entry): launch(entry, wait: tier, answer)
        case .underWay(let entry): track(entry.digest, to: recipient, entry.number, tier, answer)
        case .settled(let receipt): settle(answer, with: receipt, tier)
        }
    }
}
