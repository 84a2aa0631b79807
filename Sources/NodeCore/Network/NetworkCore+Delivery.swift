import MeshState
import OrderedCollections
import Primitives
import Storage

// Handing mail over, with back-pressure, and telling senders how far it has come.
extension NetworkCore {
    /// Calls that may fail before a message is given up.
    private static let maxFailureCount: UInt32 = 16

    /// Hands over what waits for an agent, as far as its session has room.
    mutating func deliver(to agent: AgentID, _ turn: inout Turn) {
        guard let sessionID = sessionByAgent[agent], var session = sessions[sessionID] else { return }
        session.beginRun()
        guard session.deliverAfter <= turn.ledger.durable, !session.isRunBroken else {
            sessions[sessionID] = session
            return
        }
        while session.inFlight.count < limits.deliveryWindow,
            let entry = office.takeNext(of: agent, for: sessionID, room: session.room(limits))
        {
            session.began(entry)
            emit(entry, to: session, &turn)
        }
        sessions[sessionID] = session
    }

    private func emit(_ entry: MailEntry, to session: Session, _ turn: inout Turn) {
        let sender = directory[entry.from]
        let isRedelivered = office.isRedelivery(entry)
        if isRedelivered { turn.ledger.counters.redeliveries += 1 }
        turn.emit(
            .deliver(
                session.id,
                Delivery(
                    network: id, digest: entry.digest, envelope: entry.envelope,
                    sender: sender?.bundle, senderName: sender?.name ?? "",
                    isRedelivered: isRedelivered, run: session.run)))
    }

    /// An inbox call has ended.
    mutating func delivered(_ digest: Digest, to sessionID: SessionID, succeeded: Bool, _ turn: inout Turn) {
        guard let session = sessions[sessionID] else { return }
        guard sessions[sessionID]?.returned(digest) == true else { return }
        // The first failure of a run is that of its message; what fails behind it says nothing of itself.
        let ending: Mailbox.CallEnding = succeeded ? .succeeded : session.isRunBroken ? .outOfTurn : .failed
        let entry = office.returned(digest, of: session.agent, to: sessionID, ending)
        switch ending {
        case .succeeded:
            sessions[sessionID]?.succeeded()
            turn.ledger.counters.mailDelivered += 1
            if let entry { tell(entry.from, entry.receipt(durable: turn.ledger.durable, at: turn.now.wall)) }
        case .failed: failed(entry, session, &turn)
        case .outOfTurn: break
        }
        deliver(to: session.agent, &turn)
        pushReceipts(&turn)
    }

    /// Ends the run and backs off, so that a broken handler costs neither the node nor the message, and no order.
    private mutating func failed(_ entry: MailEntry?, _ session: Session, _ turn: inout Turn) {
        if let entry, entry.failureCount >= Self.maxFailureCount {
            close(entry, .deadLetter, "undeliverable: its inbox call failed \(entry.failureCount) times", &turn)
        }
        if let pause = sessions[session.id]?.breakRun() { sessions[session.id]?.resumeAt = turn.now.instant + pause }
        armMailTimer(&turn)
    }

    /// Sessions whose mail waited for the journal begin to receive.
    mutating func startDeliveries(_ turn: inout Turn) {
        for sessionID in startingSessions {
            guard let session = sessions[sessionID] else {
                startingSessions.remove(sessionID)
                continue
            }
            guard session.deliverAfter <= turn.ledger.durable else { continue }
            startingSessions.remove(sessionID)
            deliver(to: session.agent, &turn)
        }
    }

    // MARK: Receipts

    /// Keeps a receipt for the sender, who may be gone: then `mailStatus` answers later.
    mutating func tell(_ sender: AgentID?, _ receipt: MailReceipt) {
        guard let sender, let sessionID = sessionByAgent[sender] else { return }
        sessions[sessionID]?.receipts[receipt.digest] = receipt
        if let count = sessions[sessionID]?.receipts.count, count > limits.maxWaitingReceiptCount {
            sessions[sessionID]?.receipts.removeFirst()
        }
        receiptSessions.append(sessionID)
    }

    /// Sends what was kept: one call per session at a time, so that a slow sender's receipts coalesce.
    mutating func pushReceipts(_ turn: inout Turn) {
        for sessionID in receiptSessions {
            guard let session = sessions[sessionID], !session.isPushingReceipts, !session.receipts.isEmpty else {
                continue
            }
            turn.emit(.pushReceipts(sessionID, id, Array(session.receipts.values)))
            sessions[sessionID]?.receipts.removeAll()
            sessions[sessionID]?.isPushingReceipts = true
        }
        receiptSessions.removeAll()
    }

    mutating func receiptsPushed(_ sessionID: SessionID, _ turn: inout Turn) {
        sessions[sessionID]?.isPushingReceipts = false
        receiptSessions.append(sessionID)
        pushReceipts(&turn)
    }

    // MARK: Time

    /// Expiries and resumed sessions.
    mutating func mailTimerFired(_ turn: inout Turn) {
        mailTimer = nil
        for entry in office.expired(at: turn.now.wall) {
            close(entry, .expired, "expired: it was not acknowledged in time", &turn)
            turn.ledger.counters.mailExpired += 1
        }
        for session in sessions.values {
            guard let resumeAt = session.resumeAt, resumeAt <= turn.now.instant else { continue }
            sessions[session.id]?.resumeAt = nil
            deliver(to: session.agent, &turn)
        }
        pushReceipts(&turn)
        armMailTimer(&turn)
    }

    /// Sets the timer for the earliest of all that is due.
    mutating func armMailTimer(_ turn: inout Turn) {
        if let expiry = office.earliestExpiry { armMailTimer(&turn, for: expiry) }
        for session in sessions.values {
            if let resumeAt = session.resumeAt { armMailTimer(&turn, at: resumeAt) }
        }
    }

    /// Sets the timer where this expiry comes before what it is set to. Never sooner than in a second, never later than
    /// in an hour.
    mutating func armMailTimer(_ turn: inout Turn, for expiry: WallTime) {
        let wall = turn.now.wall.milliseconds
        let wait = min(max(expiry.milliseconds, wall + 1_000), wall + 3_600_000) - wall
        armMailTimer(&turn, at: turn.now.instant + .milliseconds(wait))
    }

    private mutating func armMailTimer(_ turn: inout Turn, at deadline: Instant) {
        if let mailTimer, mailTimer <= deadline { return }
        mailTimer = deadline
        turn.emit(.setTimer(.mail(id), deadline))
    }
}
