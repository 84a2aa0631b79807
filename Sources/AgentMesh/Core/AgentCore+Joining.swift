import CapnProtoRPC
import FileStore
import Identity
import MeshCrypto
import NIOCore
import NIOPosix
import NetworkDriver
import Primitives
import ZAP

// Joining, losing the connection, joining again, ending.
extension AgentCore {
    /// Begins an attempt. Runs as a job of the loop: it belongs to no caller.
    func join() {
        phase = .joining
        early.removeAll()
        generation += 1
        let inbox = Inbox.Client(hosting: InboxHandler(self, generation: generation), on: loop)
        let joiner = Joiner(configuration: configuration, identity: identity, workers: workers)
        let (bound, loop, store, workers) = (bound, loop, store, workers)
        let (floor, network, generation) = (lastEpoch, network, generation)
        let cancel = loop.start {
            do throws(AgentError) {
                let presence = try await joiner.join(
                    on: loop.eventLoop, above: floor, network: network,
                    persist: { network, epoch throws(AgentError) in
                        try await Self.take(epoch, of: network, store, workers)
                    }, inbox: inbox)
                bound.value.joined(presence, generation)
            } catch {
                bound.value.joiningFailed(error, generation)
            }
        }
        after(configuration.timeout) { core in
            guard core.generation == generation, case .joining = core.phase else { return }
            cancel()
            core.joiningFailed(
                AgentError(
                    .timeout, "the node didn't let the agent join in time",
                    remedy: "see whether it is alive: hanzod status"),
                generation)
        }
    }

    private static func take(
        _ epoch: HomeEpoch, of network: NetworkID, _ store: AgentStore?, _ workers: NIOThreadPool
    ) async throws(AgentError) -> HomeEpoch {
        guard let store else { return epoch }
        return try await Answer.waiting { answer in
            workers.submit { _ in
                do throws(AgentError) {
                    answer.succeed(try AgentRecords(store: store, network: network).takeEpoch(epoch))
                } catch { answer.fail(error) }
            }
        }
    }

    private func joined(_ presence: Presence, _ generation: UInt64) {
        guard generation == self.generation, case .joining = phase else {
            return presence.connection.session.close(.disconnected("the agent had given up"))
        }
        do throws(AgentError) { try settle(in: presence) } catch { return end(error) }
        phase = .joined(presence)
        face.set(presence)
        backoff.succeeded()
        presence.connection.session.onClose { [self] reason in connectionLost("\(reason)", generation) }
        emit(
            .joined(
                node: presence.node, network: presence.network, homeEpoch: presence.epoch, height: presence.height,
                waitingMail: presence.waitingMail, agent: identity.agentID))
        let waiting = whenJoined
        whenJoined = []
        for answer in waiting { answer.succeed(presence) }
        resume(presence)
        let deliveries = early
        early.removeAll()
        for deliver in deliveries { deliver() }
    }

    /// The node may deliver before the agent knows that it has joined: such mail waits, so that it stays in order.
    func postpone(_ deliver: @escaping () -> Void) throws(RPCException) {
        guard early.count < configuration.limits.maxInboxCount else {
            throw .overloaded("overloaded: the agent is still joining")
        }
        early.append(deliver)
    }

    /// Takes what the joining says into the parts; the first time also what the store holds.
    private func settle(in presence: Presence) throws(AgentError) {
        lastEpoch = max(lastEpoch, presence.epoch)
        latestHeight = max(latestHeight, presence.height)
        nonces = NonceSequence(epoch: presence.epoch)
        outbox.joined(presence.epoch)
        guard network == nil else { return }
        network = presence.network
        verifier = MessageVerifier(network: presence.network, me: identity.bundle, verifier: SignatureVerifier())
        guard let store else { return }
        let records = AgentRecords(store: store, network: presence.network)
        let image = try records.load()
        self.records = records
        cursors = image.cursors
        for item in image.settled {
            remember(item.receipt, order: item.order)
            outbox.skipOrders(through: item.order)
        }
        for entry in image.outbox { outbox.add(entry, isUncertain: true) }
    }

    /// Sends again what an earlier connection took with it.
    private func resume(_ presence: Presence) {
        for (number, batch) in batcher.unreceipted() { send(batch, number) }
        pumpCommits()
        askForReceipts(presence)
        pumpOutbox()
        for id in observers.keys.sorted() { observe(id) }
        if let status { send(status) }
    }

    private func joiningFailed(_ error: AgentError, _ generation: UInt64) {
        guard generation == self.generation, case .joining = phase else { return }
        let isFirst = network == nil
        let mayPass = error.isTransient || error.code == .timeout || error.code == .tooManyAgents
        guard configuration.reconnects, !isFirst, mayPass else { return end(error) }
        retry(after: error.message)
    }

    private func connectionLost(_ reason: String, _ generation: UInt64) {
        guard generation == self.generation, case .joined = phase else { return }
        face.set(nil)
        acks.removeAll()
        outbox.connectionLost()
        interruptObservers()
        guard configuration.reconnects else {
            return end(AgentError(.disconnected, "the connection to the node ended: \(reason)"))
        }
        retry(after: reason)
    }

    private func retry(after reason: String) {
        let delay = backoff.failed(chance: Machine.chance())
        let bound = bound
        phase = .waiting(loop.eventLoop.scheduleTask(in: .nanoseconds(delay.nanoseconds)) { bound.value.join() })
        emit(.disconnected(reason: reason, retryIn: delay))
    }

    /// The same key has registered elsewhere.
    func fenced(by epoch: HomeEpoch, _ generation: UInt64) {
        guard generation == self.generation, epoch > lastEpoch else { return }
        emit(.fenced(homeEpoch: epoch))
        end(
            AgentError(
                .fenced, "the same key has registered elsewhere, with home epoch \(epoch)",
                remedy: "stop the other one first, or give each agent a key of its own"))
    }

    /// The agent is over; whoever waits for anything is told why.
    func end(_ error: AgentError) {
        if case .ended = phase { return }
        if case .waiting(let timer) = phase { timer.cancel() }
        let presence = presence
        phase = .ended(error)
        face.end(with: error)
        abandonCommits(error)
        abandonMail(error)
        endObservers(error)
        inbox.finish(error.code == .left ? .success(()) : .failure(error))
        onMessage = nil
        onReceipt = nil
        early.removeAll()
        let waiting = whenJoined
        whenJoined = []
        for answer in waiting { answer.fail(error) }
        emit(.ended(error))
        for listener in listeners.values { listener.finish() }
        listeners.removeAll()
        presence?.connection.session.close(.disconnected("the agent has ended"))
        onEnd?()
        onEnd = nil
    }

    /// Says goodbye, then ends.
    func leave(_ answer: Answer<Void>) {
        let left = AgentError(.left, "the agent has left")
        guard let presence else {
            end(left)
            answer.succeed(())
            return
        }
        flushAcks()
        presence.session.capability.send(AgentSession.leave) { _, _ in
        } completion: { [self] _ in
            end(left)
            answer.succeed(())
        }
    }
}
