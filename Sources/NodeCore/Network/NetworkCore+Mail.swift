import DequeModule
import MeshCrypto
import MeshSchema
import MeshState
import Primitives
import Storage

/// Who sent a letter and what they wait for.
struct MailSubmission: Sendable, Hashable {
    let request: RequestID
    let waitsForStored: Bool
    /// The message is of an older home epoch than the session: an earlier run of this node may have delivered it, and have
    /// lost it before it was on disk.
    let isLate: Bool
}

// Mail: from a session's envelope into a mailbox, and its end.
extension NetworkCore {
    mutating func send(
        _ envelope: SignedEnvelope.Value, wait: MailTier, by session: Session, _ request: RequestID, _ turn: inout Turn
    ) {
        do throws(Refusal) {
            guard wait == .accepted || wait == .stored else {
                throw Refusal(.notPermitted, "`send` waits for accepted or stored; later tiers come as receipts")
            }
            let letter = try open(envelope, by: session)
            let submission = MailSubmission(
                request: request, waitsForStored: wait == .stored, isLate: letter.sequence.epoch < session.epoch)
            guard let signature = letter.mldsa65 else { return take(letter, submission, &turn) }
            try verifyMLDSA(signature, of: letter, submission, &turn)
        } catch { turn.refuse(request, error) }
    }

    /// Reads an envelope, resolves its recipient and checks all that can be checked on the loop.
    private func open(_ envelope: SignedEnvelope.Value, by session: Session) throws(Refusal) -> Letter {
        var letter = try Letter(envelope, digest: sha256(envelope.body), limits: limits)
        guard letter.network == id else {
            throw Refusal(.wrongNetwork, "the message is signed for another network; sign it for \(id)")
        }
        guard letter.from == session.agent else {
            throw Refusal(.wrongAgent, "a session sends only its own agent's messages")
        }
        guard letter.sequence.epoch <= session.epoch else {
            throw Refusal(.wrongSequence, "homeEpoch \(letter.sequence.epoch) is above the session's \(session.epoch)")
        }
        letter.to = try resolve(letter.address).id
        if limits.requiresMLDSA, letter.mldsa65 == nil {
            throw Refusal(
                .signatureRequired, "this node asks for an ML-DSA-65 signature too; sign the envelope with both")
        }
        guard let key = directory.key(of: session.agent), let message = letter.message(of: letter.ed25519),
            verifier.isValid(ed25519: letter.ed25519.bytes, over: message, by: key)
        else { throw Refusal(.badSignature, "the Ed25519 signature must hold over this network and body") }
        return letter
    }

    /// The recipient, who must be at home here.
    func resolve(_ address: Letter.Address) throws(Refusal) -> AgentRecord {
        let agent: AgentRecord? =
            switch address {
            case .agent(let id): directory[id]
            case .destination(let destination): directory.agent(at: destination).flatMap { directory[$0] }
            }
        guard let agent else { throw Refusal(.unknownRecipient, "no agent of this network has this address") }
        guard agent.home == node else {
            throw Refusal(
                .recipientElsewhere, "\(agent.name) is at home on node \(agent.home), which this node has no way to")
        }
        return agent
    }

    private mutating func verifyMLDSA(
        _ signature: SignedEnvelope.Signature.Value, of letter: Letter, _ submission: MailSubmission, _ turn: inout Turn
    ) throws(Refusal) {
        guard verifyingLetterCount < 1_024 else {
            throw Refusal(.overloaded, "too many signatures are being checked; send the same envelope again later")
        }
        guard let key = directory.key(of: letter.from), let message = letter.message(of: signature),
            signature.bytes.count <= HybridSignature.mldsa65ByteCount
        else { throw Refusal(.badSignature, "the ML-DSA-65 signature's batch path leads nowhere") }
        verifyingLetterCount += 1
        let token = turn.verify(
            SignatureCheck(
                algorithms: .mldsa65, signature: HybridSignature(ed25519: [], mldsa65: signature.bytes),
                message: message,
                key: key), of: id)
        verifications[token] = .letter(letter, submission)
    }

    mutating func letterVerified(_ letter: Letter, _ submission: MailSubmission, isValid: Bool, _ turn: inout Turn) {
        verifyingLetterCount -= 1
        guard isValid else {
            return turn.refuse(
                submission.request,
                Refusal(.badSignature, "the ML-DSA-65 signature must hold over this network and body"))
        }
        take(letter, submission, &turn)
    }

    /// Files a letter whose signatures hold, or says why not.
    private mutating func take(_ letter: Letter, _ submission: MailSubmission, _ turn: inout Turn) {
        switch office.receive(letter, at: turn.now.wall, durable: turn.ledger.durable) {
        case .fresh: accept(letter, submission, &turn)
        case .known(let receipt): repeated(letter, receipt, submission, &turn)
        case .refused(let refusal): turn.refuse(submission.request, refusal)
        case .closed(let refusal): promise(.reply(submission.request, .failure(refusal)), &turn)
        case .closes(let refusal):
            let mail = RefusedMail(id: letter.id, digest: letter.digest, time: turn.now.wall, reason: refusal.text)
            _ = record(.refused(recipient: letter.to, sender: letter.from, letter.sequence, mail), &turn)
            promise(.reply(submission.request, .failure(refusal)), &turn)
            deliver(to: letter.to, &turn)
        }
    }

    private mutating func accept(_ letter: Letter, _ submission: MailSubmission, _ turn: inout Turn) {
        let mail = AcceptedMail(
            id: letter.id, digest: letter.digest, from: letter.from, to: letter.to, sequence: letter.sequence,
            acceptedAt: turn.now.wall, expiresAt: office.effectiveExpiry(of: letter, at: turn.now.wall),
            wasRecipientOnline: sessionByAgent[letter.to] != nil, mayHaveBeenHanded: submission.isLate,
            envelope: letter.envelope)
        _ = record(.accepted(mail), &turn)
        turn.ledger.counters.mailAccepted += 1
        promise(.stored(StoringMail(letter, request: submission.waitsForStored ? submission.request : nil)), &turn)
        deliver(to: letter.to, &turn)
        if !submission.waitsForStored, let entry = office.entry(letter.digest, of: letter.to) {
            turn.reply(submission.request, .mailReceipt(entry.receipt(durable: .zero, at: turn.now.wall)))
        }
        armMailTimer(&turn, for: mail.expiresAt)
    }

    /// The same envelope again: answers with how far it has come.
    private mutating func repeated(
        _ letter: Letter, _ receipt: MailReceipt, _ submission: MailSubmission, _ turn: inout Turn
    ) {
        let entry = office.entry(letter.digest, of: letter.to)
        guard submission.waitsForStored, let entry, entry.position > turn.ledger.durable else {
            return turn.reply(submission.request, .mailReceipt(receipt))
        }
        promise(.stored(StoringMail(letter, request: submission.request)), &turn)
    }

    /// Says something when everything recorded so far is on disk.
    private mutating func promise(_ content: MailPromise.Content, _ turn: inout Turn) {
        let position = turn.ledger.nextLSN.previous
        guard position > turn.ledger.durable else { return keep(content, &turn) }
        promises.append(MailPromise(position: position, content: content))
    }

    /// Changes mail for good: in the journal and in memory.
    mutating func record(_ record: MailRecord, _ turn: inout Turn) -> LSN {
        let position = turn.append(.mail(id, record))
        office.apply(record, at: position)
        return position
    }

    /// Tells senders what is on disk now, and lets sessions begin that waited for it.
    mutating func mailJournaled(_ turn: inout Turn) {
        while let first = promises.first, first.position <= turn.ledger.durable {
            promises.removeFirst()
            keep(first.content, &turn)
        }
        startDeliveries(&turn)
        pushReceipts(&turn)
    }

    private mutating func keep(_ promise: MailPromise.Content, _ turn: inout Turn) {
        switch promise {
        case .reply(let request, .failure(let refusal)): turn.refuse(request, refusal)
        case .reply(let request, let response): turn.reply(request, response)
        case .receipt(let sender, let receipt): tell(sender, receipt)
        case .stored(let mail): keepStored(mail, &turn)
        }
    }

    private mutating func keepStored(_ mail: StoringMail, _ turn: inout Turn) {
        let receipt = office.entry(mail.digest, of: mail.recipient)?.receipt(
            durable: turn.ledger.durable, at: turn.now.wall)
        if let request = mail.request {
            answerStored(mail, receipt, request, &turn)
        } else if let receipt, receipt.tier == .stored {
            tell(mail.sender, receipt)
        }
    }

    private func answerStored(_ mail: StoringMail, _ receipt: MailReceipt?, _ request: RequestID, _ turn: inout Turn) {
        if var receipt {
            if receipt.tier == .delivered { receipt.tier = .stored }
            return turn.reply(request, .mailReceipt(receipt))
        }
        let closed = office.receipt(from: mail.sender, to: mail.recipient, mail.sequence, durable: turn.ledger.durable)
        guard let closed else {
            return turn.refuse(request, Refusal(.unknownMail, "the message is over and no longer remembered"))
        }
        turn.reply(request, .mailReceipt(closed))
    }

    // MARK: Acknowledging

    mutating func acknowledge(
        _ mail: [MailAcknowledgement], by session: Session, _ request: RequestID, _ turn: inout Turn
    ) {
        do throws(Refusal) {
            guard mail.count <= limits.maxListCount else {
                throw Refusal(.limitExceeded, "acknowledge at most \(limits.maxListCount) messages at once")
            }
            for item in mail { try check(item, for: session.agent) }
        } catch { return turn.refuse(request, error) }
        for item in mail { end(item, of: session.agent, &turn) }
        turn.reply(request, .done)
        deliver(to: session.agent, &turn)
        pushReceipts(&turn)
    }

    private func check(_ item: MailAcknowledgement, for recipient: AgentID) throws(Refusal) {
        let entry = office.entry(item.digest, of: recipient)
        let slot = office.boxes[recipient]?.pairs[item.from]?.slot(item.sequence)
        let fits =
            entry.map { $0.from == item.from && $0.sequence == item.sequence }
            ?? (slot.map { $0.digest == item.digest } ?? true)
        guard fits else {
            throw Refusal(.digestMismatch, "\(item.sequence) of this sender is another message than \(item.digest)")
        }
    }

    private mutating func end(_ item: MailAcknowledgement, of recipient: AgentID, _ turn: inout Turn) {
        guard let entry = office.entry(item.digest, of: recipient) else { return }
        if item.accepted {
            turn.ledger.counters.mailAcknowledged += 1
            close(entry, .acknowledged, "", &turn)
        } else if !entry.isDead {
            close(entry, .deadLetter, "rejected: \(item.reason.bounded(toUTF8: 512))", &turn)
        }
    }

    /// A message is over; its sender is told.
    mutating func close(_ entry: MailEntry, _ tier: MailTier, _ reason: String, _ turn: inout Turn) {
        _ = record(
            .closed(recipient: entry.to, digest: entry.digest, tier: tier, time: turn.now.wall, reason: reason), &turn)
        let receipt = MailReceipt(
            id: entry.id, digest: entry.digest, to: entry.to, sequence: entry.sequence, tier: tier,
            time: turn.now.wall, reason: reason)
        guard tier != .acknowledged else { return tell(entry.from, receipt) }
        promise(.receipt(entry.from, receipt), &turn)
        turn.ledger.counters.mailDead += 1
        turn.event(.notice, "a message died", id, ("digest", entry.digest.hex), ("reason", reason))
        makeRoom(in: entry.to, &turn)
    }

    private mutating func makeRoom(in recipient: AgentID, _ turn: inout Turn) {
        while let box = office.boxes[recipient], limits.areExceeded(byDeadLettersOf: box), let oldest = box.oldestDead {
            _ = record(.forgotten(recipient: recipient, digest: oldest), &turn)
            turn.event(.warning, "a dead letter made room for a newer one", id, ("digest", oldest.hex))
        }
    }

    // MARK: The owner

    mutating func retry(_ digest: Digest, _ request: RequestID, _ turn: inout Turn) {
        guard let entry = office.find(digest) else {
            return turn.refuse(request, Refusal(.unknownMail, "no mailbox holds this message"))
        }
        guard entry.isDead else {
            return turn.refuse(request, Refusal(.notDead, "the message isn't dead; it waits for its recipient"))
        }
        let expiresAt = turn.now.wall + limits.defaultMailLifetime
        let isOnline = sessionByAgent[entry.to] != nil
        _ = record(
            .retried(recipient: entry.to, digest: digest, expiresAt: expiresAt, wasRecipientOnline: isOnline), &turn)
        promise(.reply(request, .done), &turn)
        deliver(to: entry.to, &turn)
        armMailTimer(&turn, for: expiresAt)
    }

    func mailItem(_ digest: Digest, durable: LSN) -> Response {
        guard let entry = office.find(digest) else {
            return .failure(Refusal(.unknownMail, "no mailbox holds this message"))
        }
        return .mailItem(entry.item(durable: durable), entry.envelope)
    }

    func mailStatus(of sender: AgentID, to recipient: AgentID, _ sequence: MailSequence, durable: LSN) -> Response {
        guard let receipt = office.receipt(from: sender, to: recipient, sequence, durable: durable) else {
            return .failure(Refusal(.unknownMail, "\(sequence) was never accepted here, or is no longer remembered"))
        }
        return .mailReceipt(receipt)
    }
}

extension String {
    /// At most so many bytes, whatever a peer calls a character. A cut character becomes U+FFFD.
    func bounded(toUTF8 byteCount: Int) -> String {
        utf8.count <= byteCount ? self : String(decoding: utf8.prefix(byteCount - 3), as: UTF8.self)
    }
}

extension NodeLimits {
    fileprivate func areExceeded(byDeadLettersOf box: Mailbox) -> Bool {
        box.deadCount > maxDeadLetterCount || box.deadByteCount > maxMailboxByteCount
    }
}
