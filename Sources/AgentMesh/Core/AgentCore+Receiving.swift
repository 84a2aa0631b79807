import CapnProtoRPC
import FileStore
import MeshSchema
import NetworkDriver
import Primitives
import Storage
import ZAP

// Messages on their way in: checked, deduplicated, handed over, acknowledged.
extension AgentCore {
    /// - Parameter delivered: answers the node's call, which tells it that the message is here.
    func receive(_ params: Inbox.Deliver.Params.Value, delivered: @escaping () -> Void) throws(RPCException) {
        let message: Message
        do throws(MessageFault) {
            guard params.network == network?.bytes, let envelope = params.envelope else { throw .otherNetwork }
            guard
                let opened = try verifier?.open(
                    envelope, sender: params.sender, senderName: params.senderName, isRedelivered: params.redelivered)
            else { throw .otherNetwork }
            message = opened
        } catch {
            emit(.refusedMessage(reason: error.description))
            throw .failed("badMessage: \(error)")
        }
        switch cursors[message.from, default: MailCursor()].verdict(message.number) {
        case .handled:
            delivered()
            acknowledge(message, .done)
        case .forgotten:
            delivered()
            acknowledge(message, .refused("so old that the recipient no longer knows whether it was handled"))
        case .fresh: try hand(over: message, delivered)
        }
    }

    private func hand(over message: Message, _ delivered: @escaping () -> Void) throws(RPCException) {
        guard inHand.insert(message.digest).inserted else { return delivered() }
        var message = message
        message.senderRole = role(of: message.from)
        if let onMessage {
            delivered()
            finish(message, onMessage(message), isStored: false)
        } else if !inbox.push(message, whenTaken: delivered) {
            inHand.remove(message.digest)
            throw .overloaded("overloaded: the agent's inbox is full")
        }
    }

    /// Messages that came before anybody asked for them.
    func drainInbox(into handler: @escaping @Sendable (Message) -> Disposition) {
        while inbox.count > 0 {
            inbox.next(
                Answer { [bound] result in
                    if case .success(let message?) = result {
                        bound.value.finish(message, handler(message), isStored: false)
                    }
                })
        }
    }

    /// The handler has spoken.
    /// - Parameter isStored: the cursor is on disk already, together with the handler's effects.
    func finish(_ message: Message, _ disposition: Disposition, isStored: Bool) {
        inHand.remove(message.digest)
        if disposition == .done {
            cursors[message.from, default: MailCursor()].insert(message.number)
            if !isStored, let records, let cursor = cursors[message.from] {
                var batch = Batch()
                records.put(cursor, of: message.from, in: &batch)
                write(batch)
            }
        }
        acknowledge(message, disposition)
    }

    // MARK: Roles

    /// What the network has recorded as an agent's role, where somebody has asked within a minute.
    func role(of agent: AgentID) -> String? {
        roles[agent].flatMap { Machine.instant() - $0.at < .seconds(60) ? $0.role : nil }
    }

    /// Asks the node; an answer that doesn't come is none.
    func findRole(of agent: AgentID, _ answer: Answer<String?>) {
        guard let presence else {
            answer.succeed(nil)
            return
        }
        let asked = Answer<AgentSession.Resolve.Results.Value> { [bound] result in
            guard case .success(let found) = result, let role = found.record?.role else {
                answer.succeed(nil)
                return
            }
            bound.value.remember(role, of: agent)
            answer.succeed(role)
        }
        let params = AgentSession.Resolve.Params.Value(network: presence.network.bytes, agent: agent.bytes)
        ask(AgentSession.resolve, params, presence, asked)
    }

    private func remember(_ role: String, of agent: AgentID) {
        if roles.count >= 1_024 { roles.removeAll() }
        roles[agent] = (role, Machine.instant())
    }

    // MARK: Acknowledging

    private func acknowledge(_ message: Message, _ disposition: Disposition) {
        guard presence != nil else { return }
        var ack = MailAck.Value(
            from: message.from.bytes, homeEpoch: message.number.epoch.value, counter: message.number.counter,
            digest: message.digest.bytes, accepted: true)
        if case .refused(let reason) = disposition {
            ack.accepted = false
            ack.reason = String(reason.prefix(256))
        }
        acks.append(ack)
        guard !isAckScheduled else { return }
        isAckScheduled = true
        let bound = bound
        loop.enqueue { bound.value.flushAcks() }
    }

    /// What one turn of the loop has gathered goes in one call.
    func flushAcks() {
        isAckScheduled = false
        while !acks.isEmpty, let presence {
            let part = Array(acks.prefix(512))
            acks.removeFirst(part.count)
            // A lost acknowledgement is made up for: the message comes again, and is known.
            presence.session.capability.send(AgentSession.acknowledge) { params, _ in
                params.setNetwork(presence.network.bytes)
                params.setMail(part)
            } completion: { _ in
            }
        }
    }
}
