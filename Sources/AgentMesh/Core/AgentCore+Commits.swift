import CapnProtoRPC
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import NIOPosix
import NetworkDriver
import Primitives
import ZAP

/// One call of `commit`: as many receipts as transactions, given together when the last is there.
final class CommitGroup {
    private var receipts: [CommitReceipt?]
    private var missing: Int
    private let answer: Answer<[CommitReceipt]>

    init(count: Int, answer: Answer<[CommitReceipt]>) {
        receipts = Array(repeating: nil, count: count)
        missing = count
        self.answer = answer
    }

    func take(_ receipt: CommitReceipt, at index: Int) {
        guard receipts[index] == nil else { return }
        receipts[index] = receipt
        missing -= 1
        if missing == 0 { answer.succeed(receipts.compactMap(\.self)) }
    }
    func fail(_ error: AgentError) { answer.fail(error) }
}

/// Which call a leaf belongs to.
struct CommitTicket {
    let group: CommitGroup
    let index: Int
}

// Transactions: numbered, batched, signed off the loop, sent in order, sent again after a new joining.
extension AgentCore {
    /// How often a batch that the node has no room for is offered again.
    private static let maxBatchAttemptCount = 10

    /// - Parameter bodies: stream-framed Transactions.
    func commit(_ bodies: [[UInt8]], _ answer: Answer<[CommitReceipt]>) {
        if fail(ifEnded: { answer.fail($0) }) { return }
        guard !bodies.isEmpty else {
            answer.succeed([])
            return
        }
        guard nonces != nil else {
            answer.fail(AgentError(.starting, "the agent has not joined yet"))
            return
        }
        let group = CommitGroup(count: bodies.count, answer: answer)
        var leaves: [CommitBatcher<CommitTicket, CommitBatch.Value>.Leaf] = []
        for (index, body) in bodies.enumerated() {
            guard let nonce = nonces?.next() else {
                answer.fail(AgentError(.overloaded, "this home epoch's numbers are used up", remedy: "join anew"))
                return
            }
            leaves.append(.init(nonce: nonce, body: body, ticket: CommitTicket(group: group, index: index)))
        }
        guard batcher.add(leaves) else {
            answer.fail(Self.overloaded("waiting to be committed"))
            return
        }
        pumpCommits()
    }

    func pumpCommits() {
        guard let presence else { return }
        while let batch = batcher.poll() { sign(batch, presence.network) }
    }

    private func sign(_ batch: CommitBatcher<CommitTicket, CommitBatch.Value>.Batch, _ network: NetworkID) {
        let expiry = configuration.limits.expiryHeight(after: latestHeight)
        let leaves = batch.leaves.map {
            CommitBatch.Leaf.Value(nonce: $0.nonce, expiryHeight: expiry, body: $0.body)
        }
        let (bound, loop, identity, number) = (bound, loop, identity, batch.number)
        workers.submit { _ in
            let signed = Result { () throws(CryptoFailure) in
                try CommitLeaves.sign(leaves, network: network, agent: identity.agentID, with: identity)
            }
            loop.enqueue { bound.value.signed(number, signed) }
        }
    }

    private func signed(_ number: UInt64, _ result: Result<CommitBatch.Value, CryptoFailure>) {
        switch result {
        case .success(let batch):
            for ready in batcher.signed(number, batch) { send(ready.batch, ready.number) }
        case .failure(let failure):
            failed(number, AgentError(.signing, "the transactions could not be signed: \(failure)"))
        }
    }

    func send(_ batch: CommitBatch.Value, _ number: UInt64) {
        // Without a session it stays open, and is sent when there is one.
        guard let presence else { return }
        let generation = generation
        presence.session.capability.send(AgentSession.commit) { params, _ in
            params.setBatch(batch)
        } completion: { [self] result in
            switch result {
            case .success(let response): receipted(number, response)
            case .failure(let exception): refused(number, batch, AgentError(exception), generation)
            }
        }
    }

    private func receipted(_ number: UInt64, _ response: Response<AgentSession.Commit.Results>) {
        let receipts: [CommitReceipt]
        do throws(RPCException) {
            receipts = try response.value().receipts.map { CommitReceipt($0) }
        } catch { return failed(number, AgentError(error)) }
        batchAttempts[number] = nil
        guard let batch = batcher.finished(number) else { return }
        for (index, leaf) in batch.leaves.enumerated() {
            guard index < receipts.count, receipts[index].nonce == leaf.nonce else {
                leaf.ticket.group.fail(AgentError(.peer, "the node's receipts are not those of the batch"))
                continue
            }
            latestHeight = max(latestHeight, receipts[index].height)
            leaf.ticket.group.take(receipts[index], at: leaf.ticket.index)
        }
        pumpCommits()
    }

    private func refused(_ number: UInt64, _ batch: CommitBatch.Value, _ error: AgentError, _ generation: UInt64) {
        if error.code == .disconnected || generation != self.generation { return }
        let attempts = batchAttempts[number, default: 0]
        guard error.isTransient, attempts < Self.maxBatchAttemptCount else { return failed(number, error) }
        batchAttempts[number] = attempts + 1
        after(.milliseconds(10 << Int64(attempts))) { core in
            if core.generation == generation { core.send(batch, number) }
        }
    }

    private func failed(_ number: UInt64, _ error: AgentError) {
        batchAttempts[number] = nil
        for leaf in batcher.finished(number)?.leaves ?? [] { leaf.ticket.group.fail(error) }
        pumpCommits()
    }

    func abandonCommits(_ error: AgentError) {
        for leaf in batcher.abandon() { leaf.ticket.group.fail(error) }
    }
}
