import CapnProto
import CapnProtoRPC
import Certificates
import FileStore
import Identity
import MeshCrypto
import MeshSchema
import NIOPosix
import NetworkDriver
import Primitives
import Storage
import ZAP

/// Somebody who waits for a message to come so far.
struct MailWaiter {
    let tier: MailTier
    let answer: Answer<MailReceipt>
}

/// What `prepare` finds for a draft.
enum Prepared: Sendable {
    case fresh(OutboxEntry)
    /// The same id was sent before and is on its way.
    case underWay(OutboxEntry)
    /// The same id was sent before; this is the last that is known of it.
    case settled(MailReceipt)
}

// Messages on their way out.
extension AgentCore {
    private static let maxSendAttemptCount = 40

    /// Numbers a draft. Where there is a store, the entry goes to it in the same turn, and is launched when it is on disk.
    func prepare(_ draft: Draft, to recipient: AgentID) throws(AgentError) -> Prepared {
        if case .ended(let error) = phase { throw error }
        guard let network else { throw AgentError(.starting, "the agent has not joined yet") }
        if let id = draft.id {
            guard (1...256).contains(id.utf8.count) else {
                throw AgentError(.usage, "a message's id has 1 to 256 bytes")
            }
            if let receipt = settled[id] { return .settled(receipt) }
            if let entry = keeping[id] ?? outbox.entry(id: id) { return .underWay(entry) }
        }
        guard outbox.hasRoom else { throw Self.overloaded("on its way to the node") }
        let id = draft.id ?? Machine.uuid()
        let (number, order) = outbox.number(for: recipient)
        let body = draft.body(
            id: id, from: identity.agentID, to: recipient, network: network, number: number, at: Machine.wallTime())
        guard body.count <= Draft.maxByteCount else {
            outbox.free(number, of: recipient)
            throw AgentError(
                .messageTooLarge, "\(body.count) bytes exceed \(Draft.maxByteCount)",
                remedy: "send a reference to the content")
        }
        return .fresh(
            OutboxEntry(
                order: order, id: id, recipient: recipient, number: number, digest: sha256(body), body: body,
                needsPostQuantum: draft.isPostQuantum, isNamed: draft.id != nil))
    }

    /// The entry could not be stored; nothing is sent.
    func discard(_ entry: OutboxEntry) { outbox.free(entry.number, of: entry.recipient) }

    func launch(_ entry: OutboxEntry, wait tier: MailTier, _ answer: Answer<MailReceipt>?) {
        if fail(ifEnded: { answer?.fail($0) }) { return }
        if let answer { track(entry.digest, to: entry.recipient, entry.number, tier, answer) }
        outbox.add(entry)
        pumpOutbox()
    }

    /// Prepares and launches in one go, in memory only.
    func send(_ draft: Draft, to recipient: AgentID, wait tier: MailTier, _ answer: Answer<MailReceipt>) {
        do throws(AgentError) {
            follow(try prepare(draft, to: recipient), to: recipient, tier, answer)
        } catch { answer.fail(error) }
    }

    /// Somebody waits for a message that was sent before.
    func track(
        _ digest: Digest, to recipient: AgentID, _ number: MailNumber, _ tier: MailTier, _ answer: Answer<MailReceipt>
    ) {
        guard mailWaiters.count < 2 * configuration.limits.maxOutboxCount else {
            answer.fail(Self.overloaded("being waited for"))
            return
        }
        mailWaiters[digest, default: []].append(MailWaiter(tier: tier, answer: answer))
        mailNumbers[digest] = (recipient, number)
    }

    func settle(_ answer: Answer<MailReceipt>, with receipt: MailReceipt, _ tier: MailTier) {
        if receipt.tier.reaches(tier) {
            answer(Self.outcome(receipt))
        } else {
            track(receipt.digest, to: receipt.to, receipt.number, tier, answer)
            if let presence { askForReceipt(receipt.digest, presence) }
        }
    }

    static func outcome(_ receipt: MailReceipt) -> Result<MailReceipt, AgentError> {
        guard receipt.tier.hasFailed else { return .success(receipt) }
        let reason = receipt.reason.isEmpty ? receipt.tier.word : receipt.reason
        return .failure(AgentError(.undeliverable, "the message is a dead letter: \(reason)"))
    }

    // MARK: To the node

    func pumpOutbox() {
        guard let presence else { return }
        while let entry = outbox.poll() { transmit(entry, presence) }
    }

    private func transmit(_ entry: OutboxEntry, _ presence: Presence) {
        guard entry.needsPostQuantum else {
            return sign(entry, presence.network, postQuantum: false) { [self] in send($0, entry, presence) }
        }
        let (bound, loop, identity, network, generation) = (bound, loop, identity, presence.network, generation)
        workers.submit { _ in
            let envelope = Self.envelope(of: entry, network, identity, postQuantum: true)
            loop.enqueue {
                guard bound.value.generation == generation else { return }
                bound.value.signed(envelope, entry, presence)
            }
        }
    }

    private func sign(
        _ entry: OutboxEntry, _ network: NetworkID, postQuantum: Bool, then: (SignedEnvelope.Value) -> Void
    ) {
        switch Self.envelope(of: entry, network, identity, postQuantum: postQuantum) {
        case .success(let envelope): then(envelope)
        case .failure(let error): refused(entry, error)
        }
    }

    private func signed(_ result: Result<SignedEnvelope.Value, AgentError>, _ entry: OutboxEntry, _ presence: Presence)
    {
        switch result {
        case .success(let envelope): send(envelope, entry, presence)
        case .failure(let error): refused(entry, error)
        }
    }

    private static func envelope(
        of entry: OutboxEntry, _ network: NetworkID, _ signer: SecretIdentity, postQuantum: Bool
    ) -> Result<SignedEnvelope.Value, AgentError> {
        do throws(CryptoFailure) {
            return .success(
                try EnvelopeSignature.sign(
                    body: entry.body, network: network, keyID: signer.bundle.keyID, postQuantum: postQuantum,
                    with: signer))
        } catch { return .failure(AgentError(.signing, "the message could not be signed: \(error)")) }
    }

    private func send(_ envelope: SignedEnvelope.Value, _ entry: OutboxEntry, _ presence: Presence) {
        let wait: ZAP.MailTier =
            mailWaiters[entry.digest]?.contains { $0.tier != .accepted } == true ? .stored : .accepted
        let generation = generation
        presence.session.capability.send(AgentSession.send) { params, _ in
            params.setNetwork(presence.network.bytes)
            params.setEnvelope(envelope)
            params.wait = wait
        } completion: { [self] result in
            guard generation == self.generation else { return }
            switch result {
            case .success(let response): answered(entry, response)
            case .failure(let exception): refused(entry, AgentError(exception))
            }
        }
    }

    private func answered(_ entry: OutboxEntry, _ response: Response<AgentSession.Send.Results>) {
        do throws(RPCException) {
            guard let value = try response.value().receipt, let receipt = MailReceipt(value) else {
                return refused(entry, AgentError(.peer, "the node's receipt makes no sense"))
            }
            sendAttempts[entry.digest] = nil
            take(receipt)
        } catch { refused(entry, AgentError(error)) }
        pumpOutbox()
    }

    private func refused(_ entry: OutboxEntry, _ error: AgentError) {
        switch error.code {
        case .disconnected: return
        case .signatureRequired where !entry.needsPostQuantum:
            outbox.postponed(entry.digest, needsPostQuantum: true)
            return pumpOutbox()
        case Self.sequencePassed:
            if let passed = outbox.takePassed(entry.digest), renumber(passed) { return pumpOutbox() }
        default: break
        }
        let attempts = sendAttempts[entry.digest, default: 0]
        if error.isTransient, attempts < Self.maxSendAttemptCount {
            sendAttempts[entry.digest] = attempts + 1
            let generation = generation
            return after(.milliseconds(5 << Int64(min(attempts, 7)))) { core in
                guard core.generation == generation else { return }
                core.outbox.postponed(entry.digest, needsPostQuantum: false)
                core.pumpOutbox()
            }
        }
        fail(entry, error)
        pumpOutbox()
    }

    private static let sequencePassed = AgentError.Code(rawValue: "sequencePassed")

    /// Gives a message a new number, because newer ones have overtaken it: it was numbered in an older session.
    private func renumber(_ entry: OutboxEntry) -> Bool {
        guard var message = try? AgentMessage.Value(framed: entry.body) else { return false }
        let (number, _) = outbox.number(for: entry.recipient)
        message.homeEpoch = number.epoch.value
        message.counter = number.counter
        let body = message.framed()
        let renewed = OutboxEntry(
            order: entry.order, id: entry.id, recipient: entry.recipient, number: number, digest: sha256(body),
            body: body,
            needsPostQuantum: entry.needsPostQuantum, isNamed: entry.isNamed)
        if let waiters = mailWaiters.removeValue(forKey: entry.digest) {
            mailWaiters[renewed.digest] = waiters
            mailNumbers[renewed.digest] = (entry.recipient, number)
        }
        mailNumbers[entry.digest] = nil
        if let records {
            var batch = Batch()
            records.put(renewed, in: &batch)
            write(batch)
        }
        outbox.add(renewed)
        return true
    }

    private func fail(_ entry: OutboxEntry, _ error: AgentError) {
        sendAttempts[entry.digest] = nil
        let usesNumber = Self.usingNumbers.contains(error.code.rawValue)
        if let entry = outbox.refused(entry.digest, usesNumber: usesNumber), let records {
            var batch = Batch()
            records.settle(
                entry,
                MailReceipt(
                    id: entry.id, digest: entry.digest, to: entry.recipient, number: entry.number, tier: .deadLetter,
                    time: Machine.wallTime(), reason: "\(error.code.rawValue): \(error.message)"), in: &batch)
            write(batch)
        }
        mailNumbers[entry.digest] = nil
        for waiter in mailWaiters.removeValue(forKey: entry.digest) ?? [] { waiter.answer.fail(error) }
    }

    /// Refusals after which the number stands for this message for good.
    private static let usingNumbers: Set<String> = ["mailboxFull", "mailExpired", "sequenceReused", "sequencePassed"]
}
