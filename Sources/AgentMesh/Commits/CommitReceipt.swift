public import Primitives
import ZAP

/// Where a transaction stands. Raw values are those of zap.capnp.
public enum CommitState: UInt16, Hashable, Sendable, CaseIterable {
    case unknown = 0
    case pending, included, final, rolledBack, expired, rejected

    /// On the node's disk, and part of the state.
    public var isApplied: Bool { self == .included || self == .final }
    /// `rolled_back` and the like, as JSON has them.
    public var word: String { self == .rolledBack ? "rolled_back" : "\(self)" }
}

/// What became of one transaction.
public struct CommitReceipt: Hashable, Sendable {
    public var nonce: UInt64
    public var leafHash: Digest
    public var state: CommitState
    public var height: Height
    /// Where rejected or expired: `code: message`.
    public var reason: String
    /// Of a claim.
    public var fence: Fence

    public init(
        nonce: UInt64, leafHash: Digest = .zero, state: CommitState, height: Height = .genesis, reason: String = "",
        fence: Fence = Fence(0)
    ) {
        self.nonce = nonce
        self.leafHash = leafHash
        self.state = state
        self.height = height
        self.reason = reason
        self.fence = fence
    }

    init(_ value: ZAP.CommitReceipt.Value) {
        self.init(
            nonce: value.nonce, leafHash: Digest(value.leafHash) ?? .zero,
            state: CommitState(rawValue: value.state.rawValue) ?? .unknown, height: Height(value.height),
            reason: value.reason,
            fence: Fence(value.fence))
    }

    /// The receipt, where the transaction has applied.
    public func orThrow() throws(AgentError) -> CommitReceipt {
        guard state.isApplied else {
            throw AgentError(refusal: reason.isEmpty ? "rejected: \(state.word)" : reason, fallback: .rejected)
        }
        return self
    }
}
