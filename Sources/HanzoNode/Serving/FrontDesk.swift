import CapnProtoRPC
import Certificates
import Identity
import MeshSchema
import NodeCore
import Primitives
import ZAP

/// Where the core meets the connections: knows which capability stands for a session or an observer, and calls it.
///
/// Confined to the node's loop, like everything in this folder.
final class FrontDesk: ClientDesk {
    private let shell: NodeShell
    private var sessions: [SessionID: SessionHandler] = [:]
    private var observers: [SubscriptionID: (session: SessionID, client: StateObserver.Client)] = [:]

    init(shell: NodeShell) { self.shell = shell }

    // MARK: Who is there

    func open(_ session: SessionHandler) { sessions[session.id] = session }

    /// The connection is gone, or the session has left: nothing is called any more.
    func forget(_ session: SessionID) {
        sessions[session] = nil
        observers = observers.filter { $0.value.session != session }
    }

    func open(_ subscription: SubscriptionID, of session: SessionID, _ observer: StateObserver.Client) {
        guard sessions[session] != nil else { return }
        observers[subscription] = (session, observer)
    }
    func forget(_ subscription: SubscriptionID) { observers[subscription] = nil }

    // MARK: What the core says

    func deliver(_ delivery: Delivery, to session: SessionID) {
        let done = Input.delivered(session, delivery.network, digest: delivery.digest, succeeded: false)
        guard let inbox = sessions[session]?.inbox, let sender = delivery.sender else { return shell.take(done) }
        let shell = shell
        inbox.capability.send(Inbox.deliver) { params, _ in
            params.setNetwork(delivery.network.bytes)
            var envelope = params.initEnvelope()
            delivery.envelope.write(to: &envelope)
            var bundle = params.initSender()
            sender.schemaValue.write(to: &bundle)
            params.setSenderName(delivery.senderName)
            params.redelivered = delivery.isRedelivered
            params.run = delivery.run
        } completion: { result in
            let succeeded = if case .success = result { true } else { false }
            shell.take(.delivered(session, delivery.network, digest: delivery.digest, succeeded: succeeded))
        }
    }

    func push(_ receipts: [CoreMailReceipt], of network: NetworkID, to session: SessionID) {
        guard let inbox = sessions[session]?.inbox else { return shell.take(.receiptsPushed(session)) }
        let shell = shell
        inbox.capability.send(Inbox.receipts) { params, _ in
            params.setNetwork(network.bytes)
            params.setReceipts(receipts.map { ZAP.MailReceipt.Value($0) })
        } completion: { _ in
            shell.take(.receiptsPushed(session))
        }
    }

    func fence(_ session: SessionID, _ network: NetworkID, _ epoch: HomeEpoch) {
        guard let inbox = sessions[session]?.inbox else { return }
        inbox.capability.send(Inbox.fenced) { params, _ in
            params.setNetwork(network.bytes)
            params.homeEpoch = epoch.value
        } completion: { _ in
        }
    }

    func close(_ session: SessionID) {
        sessions[session]?.end()
        forget(session)
    }

    func notify(_ subscription: SubscriptionID, _ event: CoreEvent) {
        guard let observer = observers[subscription]?.client else {
            return shell.take(.notified(subscription, succeeded: false))
        }
        let shell = shell
        observer.capability.send(StateObserver.event) { params, _ in
            var target = params.initEvent()
            ZAP.StateEvent.Value(event).write(to: &target)
        } completion: { result in
            let succeeded = if case .success = result { true } else { false }
            if !succeeded { self.observers[subscription] = nil }
            shell.take(.notified(subscription, succeeded: succeeded))
        }
    }
}
