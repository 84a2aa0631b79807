import CapnProtoRPC
import FileStore
import NIOPosix
import NetworkDriver
import Primitives
import Storage

// What must be on the agent's disk before it goes. A record is given to the store in the turn of the loop in which its message is
// numbered: what a crash, or a caller who gives up, leaves on disk is a beginning of what was numbered, and no number is missing
// before one that is there. The node would hold what stands behind a gap until a newer session closes it.
extension AgentCore {
    /// Sends a message when it is on disk; without a store at once.
    func keep(_ draft: Draft, to recipient: AgentID, wait tier: MailTier, _ answer: Answer<MailReceipt>) {
        do throws(AgentError) {
            let prepared = try prepare(draft, to: recipient)
            guard case .fresh(let entry) = prepared, let records else {
                return follow(prepared, to: recipient, tier, answer)
            }
            var batch = Batch()
            records.put(entry, in: &batch)
            commit(batch, [entry]) { core, failure in
                if let failure { answer.fail(failure) } else { core.launch(entry, wait: tier, answer) }
            }
        } catch { answer.fail(error) }
    }

    /// Ends a message that was handled: the handler's effects, the cursor as it is then, and what the handler sends are one write.
    /// Then it is acknowledged, and what it sends goes.
    func conclude(_ message: Message, _ transaction: StoreTransaction, _ answer: Answer<Void>) {
        var batch = Batch()
        transaction.write(to: &batch)
        if let records {
            var cursor = cursors[message.from] ?? MailCursor()
            cursor.insert(message.number)
            records.put(cursor, of: message.from, in: &batch)
        }
        do throws(AgentError) {
            let entries = try prepare(transaction)
            for entry in entries { records?.put(entry, in: &batch) }
            commit(batch, entries) { core, failure in
                if let failure {
                    answer.fail(failure)
                    return
                }
                core.finish(message, .done, isStored: true)
                for entry in entries { core.launch(entry, wait: .accepted, nil) }
                answer.succeed(())
            }
        } catch { answer.fail(error) }
    }

    /// Numbers what a handler sends: all of it, or nothing.
    private func prepare(_ transaction: StoreTransaction) throws(AgentError) -> [OutboxEntry] {
        var entries: [OutboxEntry] = []
        do throws(AgentError) {
            for (draft, recipient) in transaction.drafts {
                if case .fresh(let entry) = try prepare(draft, to: recipient) { entries.append(entry) }
            }
        } catch {
            for entry in entries { discard(entry) }
            throw error
        }
        return entries
    }

    /// - Parameter done: runs on the loop when the batch is on disk, or has failed; at once where there is no store.
    private func commit(
        _ batch: consuming Batch, _ entries: [OutboxEntry], _ done: @escaping (AgentCore, AgentError?) -> Void
    ) {
        guard let store else { return done(self, nil) }
        for entry in entries where entry.isNamed { keeping[entry.id] = entry }
        let job = LoopBound((core: self, done: done), on: loop)
        let loop = loop
        do throws(StorageFailure) {
            try store.commit(batch) { outcome in
                loop.enqueue {
                    job.value.core.committed(entries, outcome.failure.map { AgentError($0) }, job.value.done)
                }
            }
        } catch { committed(entries, AgentError(error), done) }
    }

    private func committed(
        _ entries: [OutboxEntry], _ failure: AgentError?, _ done: (AgentCore, AgentError?) -> Void
    ) {
        for entry in entries {
            keeping[entry.id] = nil
            if failure != nil { discard(entry) }
        }
        done(self, failure)
        if failure == nil { foldStore() }
    }

    /// A store that has grown is folded beside the loop.
    private func foldStore() {
        guard let store, store.isFoldDue else { return }
        let (bound, loop) = (bound, loop)
        workers.submit { _ in
            do throws(StorageFailure) { try store.foldIfDue() } catch {
                loop.enqueue { bound.value.end(AgentError(error)) }
            }
        }
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
