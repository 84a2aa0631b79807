import CapnProto
import CapnProtoRPC
public import MeshSchema
import Primitives
import ZAP

// Transactions.
extension LightAgent {
    /// Commits work; returns when it is durable (`included`), or rejected, or, where asked for, final.
    @discardableResult
    public nonisolated(nonsending) func commit(
        _ work: AgentWork.Value, until state: CommitState = .included
    ) async throws(AgentError) -> CommitReceipt {
        try await commit(.commit(work), until: state)
    }

    /// Commits one transaction. What is committed while others wait for their receipts shares a signature with them.
    @discardableResult
    public nonisolated(nonsending) func commit(
        _ transaction: Transaction.Which, until state: CommitState = .included
    ) async throws(AgentError) -> CommitReceipt {
        let receipts = try await commit([transaction], until: state)
        guard let receipt = receipts.first else { throw AgentError(.peer, "there is no receipt") }
        return receipt
    }

    /// Commits several transactions in one batch, in order; each has a receipt of its own.
    @discardableResult
    public nonisolated(nonsending) func commit(
        _ transactions: [Transaction.Which], until state: CommitState = .included
    ) async throws(AgentError) -> [CommitReceipt] {
        let bodies = transactions.map { Transaction.Value(which: $0).framed() }
        let receipts: [CommitReceipt] = try await onLoop { core, answer in core.commit(bodies, answer) }
        guard state == .final else { return receipts }
        return try await awaitFinality(receipts)
    }

    /// Commits without a task: the completion runs on the agent's loop, or where the agent is over at once on the caller's thread.
    public func commit(
        _ transactions: [Transaction.Which],
        completion: @escaping @Sendable (Result<[CommitReceipt], AgentError>) -> Void
    ) {
        let bodies = transactions.map { Transaction.Value(which: $0).framed() }
        let core = core
        core.loop.perform { core.value.commit(bodies, Answer(completion)) }
    }

    /// Where transactions of this agent stand.
    public nonisolated(nonsending) func status(of nonces: [UInt64]) async throws(AgentError) -> [CommitReceipt] {
        try await ask(AgentSession.status) { network in
            AgentSession.Status.Params.Value(network: network.bytes, nonces: nonces)
        }.receipts.map { CommitReceipt($0) }
    }

    /// Asks until all that applied are final: signed by the authority, never rolled back.
    private nonisolated(nonsending) func awaitFinality(
        _ receipts: [CommitReceipt]
    ) async throws(AgentError) -> [CommitReceipt] {
        var receipts = receipts
        var pause = 2
        let deadline = Machine.instant() + configuration.timeout
        while true {
            let open = receipts.filter { $0.state == .included }.map(\.nonce)
            if open.isEmpty { return receipts }
            guard Machine.instant() < deadline else {
                throw AgentError(.timeout, "the commit is durable but not final yet", remedy: "ask again later")
            }
            do { try await Task.sleep(for: .milliseconds(pause)) } catch { throw .cancelled }
            pause = min(2 * pause, 50)
            var known: [UInt64: CommitReceipt] = [:]
            for receipt in try await status(of: open) { known[receipt.nonce] = receipt }
            receipts = receipts.map { receipt in
                guard let newer = known[receipt.nonce], newer.state != .unknown else { return receipt }
                var merged = newer
                if merged.fence == Fence(0) { merged.fence = receipt.fence }
                return merged
            }
        }
    }

    /// The state key under which a transaction of this agent is found, for proofs.
    public func commitKey(of nonce: UInt64) -> String {
        let hex = String(nonce, radix: 16)
        return "commit/\(id)/" + String(repeating: "0", count: 16 - hex.count) + hex
    }
}
