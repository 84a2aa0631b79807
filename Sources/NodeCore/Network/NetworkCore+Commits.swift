import Certificates
import Consensus
import MeshCrypto
import MeshSchema
import MeshState
import OrderedCollections
import Primitives

// Commits: from a session's batch to the mempool, and from a block's outcomes back to whoever waits.
extension NetworkCore {
    mutating func commit(_ batch: CommitBatch.Value, by session: Session, _ request: RequestID, _ turn: inout Turn) {
        do throws(Refusal) {
            guard Digest(batch.agent) == session.agent.digest else {
                throw Refusal(.wrongAgent, "a session commits only its own agent's batches")
            }
            guard let key = directory.key(of: session.agent) else {
                throw Refusal(.unknownSession, "the state doesn't know this agent; register anew")
            }
            let pending = try check(batch)
            try submit(pending, signer: key, request, registration: nil, &turn)
        } catch { turn.refuse(request, error) }
    }

    /// The cheap checks: shape, size, network.
    func check(_ batch: CommitBatch.Value) throws(Refusal) -> PendingBatch {
        guard Digest(batch.network) == id.digest else {
            throw Refusal(.wrongNetwork, "the batch is signed for another network; sign it for \(id)")
        }
        guard !batch.leaves.isEmpty else { throw Refusal(.emptyBatch, "a batch has at least one leaf") }
        let maxCount = min(limits.maxBatchLeafCount, configuration.engine.limits.maxTransactionCount)
        guard batch.leaves.count <= maxCount else {
            throw Refusal(.batchTooLarge, "\(batch.leaves.count) leaves exceed \(maxCount); split the batch")
        }
        for leaf in batch.leaves where leaf.body.count > limits.maxTransactionByteCount {
            throw Refusal(
                .batchTooLarge, "a body of \(leaf.body.count) bytes exceeds \(limits.maxTransactionByteCount)")
        }
        let size = batch.leaves.reduce(4_096) { $0 + $1.body.count + 24 }
        let maxSize = min(limits.maxPendingByteCountPerAgent, configuration.engine.limits.maxByteCount)
        guard size <= maxSize else {
            throw Refusal(.batchTooLarge, "\(size) bytes exceed \(maxSize); split the batch")
        }
        guard batch.ed25519.count <= 128, batch.mldsa65.count <= 8_192 else {
            throw Refusal(.badSignature, "a commit batch carries an Ed25519 and an ML-DSA-65 signature")
        }
        guard let signed = SignedBatch(batch) else {
            throw Refusal(.wrongAgent, "an AgentID has 32 bytes")
        }
        return PendingBatch(id: signed.id, batch: signed, byteCount: size)
    }

    /// Joins the same batch where it is under way already; otherwise has its signature checked.
    mutating func submit(
        _ pending: PendingBatch, signer: VerificationKey, _ request: RequestID, registration: PendingRegistration?,
        _ turn: inout Turn
    ) throws(Refusal) {
        if registration == nil, batches[pending.id] != nil {
            batches[pending.id]?.waiters.append(request)
            return
        }
        guard batches[pending.id] == nil else {
            throw Refusal(.registrationRejected, "this registration is under way already")
        }
        try mempool.reserve(pending)
        var progress = BatchProgress(pending: pending, registration: registration)
        if registration == nil { progress.waiters = [request] }
        batches[pending.id] = progress
        batchesByAgent[pending.agent, default: []].append(pending.id)
        let token = turn.verify(
            SignatureCheck(
                algorithms: .hybrid, signature: pending.batch.signature, message: pending.batch.message, key: signer),
            of: id)
        verifications[token] = .batch(pending.id)
    }

    mutating func batchVerified(_ batchID: Digest, isValid: Bool, _ turn: inout Turn) {
        guard let progress = batches[batchID] else { return }
        if isValid {
            mempool.insert(progress.pending)
            drive(.payloadWaits, &turn)
            return
        }
        mempool.release(progress.pending)
        forget(progress.pending)
        let refusal = Refusal(
            .badSignature, "both halves of the batch's signature must hold over this network and author")
        for request in progress.waiters { turn.refuse(request, refusal) }
        if let registration = progress.registration { turn.refuse(registration.request, refusal) }
    }

    /// A batch is included: tells whoever waits.
    mutating func finish(
        _ batch: PendingBatch, _ receipts: [CommitReceipt], _ header: BlockHeader, _ turn: inout Turn
    ) {
        guard let progress = batches[batch.id] else { return }
        forget(batch)
        for request in progress.waiters { turn.reply(request, .receipts(receipts)) }
        if let registration = progress.registration, let receipt = receipts.first {
            begin(registration, receipt, header, &turn)
        }
    }

    private mutating func forget(_ batch: PendingBatch) {
        batches[batch.id] = nil
        batchesByAgent[batch.agent]?.remove(batch.id)
        if batchesByAgent[batch.agent]?.isEmpty == true { batchesByAgent[batch.agent] = nil }
    }

    // MARK: Status

    mutating func commitStatus(
        _ nonces: [UInt64], by session: Session, _ request: RequestID, _ turn: inout Turn
    ) throws(Refusal) {
        guard nonces.count <= limits.maxListCount else {
            throw Refusal(.limitExceeded, "ask for at most \(limits.maxListCount) nonces at once")
        }
        let asked = Set(nonces)
        var pending: [UInt64: CommitReceipt] = [:]
        for batchID in batchesByAgent[session.agent] ?? [] {
            guard let batch = batches[batchID]?.pending else { continue }
            for (leaf, hash) in zip(batch.batch.leaves, batch.batch.leafHashes) where asked.contains(leaf.nonce) {
                pending[leaf.nonce] = CommitReceipt(nonce: leaf.nonce, leafHash: hash, state: .pending)
            }
        }
        try ask(
            .commits(session.agent, nonces: nonces.filter { pending[$0] == nil }),
            .receipts(request, nonces: nonces, pending: pending), by: .session(session.id), &turn)
    }
}
