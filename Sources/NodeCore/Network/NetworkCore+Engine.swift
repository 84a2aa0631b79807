public import Certificates
import Consensus
import MeshState
import Primitives
import Storage

// The engine's side: performs what it wants done, and tells agents what its blocks did.
extension NetworkCore {
    mutating func drive(_ input: EngineInput, _ turn: inout Turn) {
        var wanted: [EngineEffect] = []
        engine.handle(input, at: turn.now, effects: &wanted)
        for effect in wanted { perform(effect, &turn) }
    }

    private mutating func perform(_ effect: EngineEffect, _ turn: inout Turn) {
        switch effect {
        case .requestPayload(let limits):
            payload = mempool.take(limits)
            let summary = PayloadSummary(
                root: CommitLeaves.payloadRoot(of: payload.map(\.id)), batchCount: payload.count)
            drive(.payload(summary), &turn)
        case .execute(let proposal): turn.emit(.execute(id, proposal, payload.map(\.batch)))
        case .journal(let record): journal(record, &turn)
        case .included(let header): include(header, &turn)
        case .sign(let header): turn.emit(.sign(id, header))
        case .final(let header, let signature): finalize(header, signature, &turn)
        case .setTimer(let deadline): turn.emit(.setTimer(.engine(id), deadline))
        case .clockBehind(let lead):
            turn.event(.warning, "the clock is behind the chain", id, ("lead_ms", String(lead.milliseconds)))
        }
    }

    private mutating func journal(_ record: EngineRecord, _ turn: inout Turn) {
        let position: LSN
        switch record {
        case .term(let term): position = turn.append(.term(id, term))
        case .block(let header):
            position = turn.append(.block(header, payload.map(\.batch)))
            blockPositions.append(BlockPosition(height: header.height, position: position))
        case .finality(let header, let signature):
            position = turn.append(.finality(header, signature))
            finalityPosition = position
        }
        engineRecords.append(PositionedRecord(position: position, record: record))
    }

    mutating func executed(_ height: Height, _ result: ExecutionResult, _ turn: inout Turn) {
        guard engine.status.height.next == height, execution == nil else { return }
        execution = result
        drive(.executed(height, result.roots), &turn)
    }

    // MARK: Included

    private mutating func include(_ header: BlockHeader, _ turn: inout Turn) {
        guard let result = execution, let position = blockPositions.last?.position else { return }
        let included = payload
        payload = []
        execution = nil
        counts = result.counts
        turn.ledger.counters.blocks += 1
        turn.emit(.apply(id, header, position: position))
        learn(result.agents, &turn)
        settle(included, result.outcomes, header, &turn)
        publish(header, result.changes, isFinal: false, &turn)
    }

    /// Answers the authors of a block's batches.
    private mutating func settle(
        _ included: [PendingBatch], _ outcomes: [LeafOutcome], _ header: BlockHeader, _ turn: inout Turn
    ) {
        var start = 0
        for batch in included {
            let end = min(start + batch.batch.leaves.count, outcomes.count)
            let receipts = outcomes[start..<end].map { CommitReceipt($0, finalHeight: engine.status.finalHeight) }
            start = end
            turn.ledger.counters.commits += UInt64(receipts.count)
            mempool.release(batch)
            finish(batch, receipts, header, &turn)
        }
        guard start != outcomes.count else { return }
        turn.event(.error, "a block's receipts don't fit its payload", id, ("height", header.height.description))
    }

    // MARK: Final

    private mutating func finalize(_ header: BlockHeader, _ signature: FinalitySignature, _ turn: inout Turn) {
        // The stores are flushed after it whenever the journal is trimmed: the state thread does one after another.
        turn.emit(.storeFinality(id, header, signature))
        finalityPosition = nil
        publish(header, [], isFinal: true, &turn)
    }

    /// The store reflects this block and everything journaled before it.
    mutating func applied(_ height: Height, nextDue: WallTime?, _ turn: inout Turn) {
        while let first = blockPositions.first, first.height <= height { blockPositions.removeFirst() }
        drive(.due(nextDue), &turn)
    }
}

extension CommitReceipt {
    /// What an author is told of an outcome.
    init(_ outcome: LeafOutcome, finalHeight: Height) {
        let state: CommitState
        switch outcome.outcome {
        case .applied, .duplicate: state = outcome.height <= finalHeight ? .final : .included
        case .expired: state = .expired
        default: state = .rejected
        }
        self.init(
            nonce: outcome.nonce, leafHash: outcome.leafHash, state: state, height: outcome.height,
            reason: outcome.outcome.reason, fence: outcome.fence)
    }
}

extension Outcome {
    /// `word: what to do about it`; empty where it applied.
    public var reason: String {
        self == .applied || self == .duplicate ? "" : "\(self): \(remedy)"
    }

    private var remedy: String {
        switch self {
        case .applied, .duplicate: ""
        case .nonceReused: "this nonce stands for another transaction; take the next one"
        case .expired: "its expiryHeight has passed; commit it anew with a later one"
        case .malformed: "the body is no Transaction within the limits"
        case .unknownAgent: "register before anything else"
        case .nameTaken: "another agent has this name; choose another one"
        case .staleHomeEpoch: "sign a homeEpoch higher than the challenge's"
        case .unknownTask: "no task has this id"
        case .taskExists: "a task with this id exists; choose another one"
        case .wrongTaskState: "the task's state doesn't allow it; read the task"
        case .staleFence: "the claim was lost and the task has a newer fence"
        case .notHolder: "only the holder of the claim may do it"
        case .notPermitted: "only its owner may do it"
        case .insufficientFunds: "the balance that isn't held is too small"
        case .versionMismatch: "the fact has another version; read it and try again"
        case .unknownHold: "no hold has this id"
        case .holdExists: "a hold with this id exists; choose another one"
        case .wrongBundle: "the registration's bundle isn't its author's"
        case .unknownRecipient: "no agent has this id"
        case .expiryTooFar: "its expiryHeight is too far ahead; choose a nearer one"
        }
    }
}
