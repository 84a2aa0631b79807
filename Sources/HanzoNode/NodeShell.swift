import Certificates
import Consensus
import Identity
import MeshCrypto
import NIOCore
import NodeCore
import Primitives
import Storage

/// Performs what the core wants, on the one event loop that also carries every connection: a local message changes no thread.
///
///     connections ──request──► take ──► NodeCore.handle ──effects──► perform ──► journal thread, state thread, pool
///                                ▲                                                          │
///                                └──────────────────── completions ◄────────────────────────┘
///
/// Inputs that arise while effects are performed wait in a queue, so that `handle` is never entered twice.
// SAFETY: every member is touched on `loop` only; entry points check it. Completions come in through `loop.execute`.
final class NodeShell: @unchecked Sendable {
    let loop: any EventLoop
    private var core: NodeCore
    private let workers: NodeWorkers
    private let log: EventLog
    private var inbox: [Input] = []
    private var isRunning = false
    /// Records were appended that the journal thread has not been woken for.
    private var isJournalWaiting = false
    private var hasFailed = false
    private var timers: [TimerID: Scheduled<Void>] = [:]
    private var nextRequest: UInt64 = 1
    private var replies: [RequestID: (Response) -> Void] = [:]
    /// Connections of peers that could not show that they may be here.
    var turnedAwayCount = 0

    /// Where deliveries, receipts and notices go.
    var desk: (any ClientDesk)?
    /// Called once, when the owner asks the node to stop.
    var onStop: () -> Void = {}
    /// Called once, when nothing is under way any more after `drain`.
    var onDrained: () -> Void = {}
    /// Called once, when the node cannot go on: nothing was acknowledged that isn't on disk.
    var onFatal: (NodeError) -> Void = { _ in }

    init(loop: any EventLoop, core: NodeCore, workers: NodeWorkers, log: EventLog) {
        self.loop = loop
        self.core = core
        self.workers = workers
        self.log = log
    }

    // MARK: Inputs

    /// Takes one input; all that follows from it at once has happened when this returns, unless it was called from within.
    func take(_ input: Input) {
        loop.preconditionInEventLoop()
        guard !hasFailed else { return }
        inbox.append(input)
        guard !isRunning else { return }
        isRunning = true
        defer { isRunning = false }
        var effects = Effects()
        var position = 0
        while position < inbox.count, !hasFailed {
            core.handle(inbox[position], at: .current(), effects: &effects)
            position += 1
            for effect in effects.take() where !hasFailed { perform(effect) }
        }
        inbox.removeAll(keepingCapacity: true)
        wakeJournal()
    }

    /// After the flushes that this turn has caused: an agent that waits for a message doesn't compete for a processor with the disk, which takes
    /// a hundred microseconds anyway. What is appended meanwhile shares the sync.
    private func wakeJournal() {
        guard isJournalWaiting else { return }
        isJournalWaiting = false
        loop.execute { self.workers.writeJournal() }
    }

    /// The same from any thread.
    func post(_ input: Input) {
        loop.execute { self.take(input) }
    }

    /// Asks the core; `reply` is called exactly once, on the loop.
    @discardableResult
    func ask(_ request: Request, from requester: Requester, reply: @escaping (Response) -> Void) -> RequestID {
        let id = RequestID(nextRequest)
        nextRequest += 1
        guard !hasFailed else {
            reply(.failure(Refusal(.draining, "the node is ending because its disk failed; ask again when it is back")))
            return id
        }
        replies[id] = reply
        take(.request(id, from: requester, request))
        return id
    }

    // MARK: Effects

    private func perform(_ effect: Effect) {
        switch effect {
        case .reply(let id, let response): replies.removeValue(forKey: id)?(response)
        case .deliver(let session, let delivery): desk?.deliver(delivery, to: session)
        case .pushReceipts(let session, let network, let receipts): desk?.push(receipts, of: network, to: session)
        case .fenced(let session, let network, let epoch): desk?.fence(session, network, epoch)
        case .closeSession(let session): desk?.close(session)
        case .notify(let subscription, let event): desk?.notify(subscription, event)
        case .verify(let token, let check): workers.verify(check) { self.post(.verified(token, isValid: $0)) }
        case .sign(let network, let header): sign(network, header)
        case .append(let position, let record): append(position, record)
        case .trim(let position): workers.trim(before: position) { self.finish($0) { nil } }
        case .execute(let network, let proposal, let batches):
            workers.execute(network, proposal, batches) { self.finish($0) { .executed(network, proposal.height, $0) } }
        case .apply(let network, let header, let position):
            workers.apply(network, header, position) {
                self.finish($0) { .applied(network, header.height, nextDue: $0) }
            }
        case .storeFinality(let network, let header, let signature):
            workers.storeFinality(network, header, signature) { self.finish($0) { nil } }
        case .storeMail(let operations, let position):
            workers.storeMail(operations) { self.finish($0) { .mailStored(position: position) } }
        case .query(let token, let network, let query): workers.query(network, query) { self.post(.queried(token, $0)) }
        case .setTimer(let timer, let deadline): set(timer, deadline)
        case .event(let event): log.write(event)
        case .stop: onStop()
        case .drained: onDrained()
        }
    }

    private func sign(_ network: NetworkID, _ header: BlockHeader) {
        workers.sign(network, header) { self.finish($0) { .signed(network, header.height, $0) } }
    }

    private func append(_ position: LSN, _ record: CoreRecord) {
        do {
            let given = try workers.append(record)
            precondition(given == position, "the core and the journal count alike")
            isJournalWaiting = true
        } catch { fail(NodeError(.storage, "the journal takes nothing any more: \(error)", remedy: freeSpace)) }
    }

    /// A completion from a worker's thread: its value becomes an input, its failure ends the node.
    private func finish<Value: Sendable>(
        _ result: Result<Value, NodeError>, _ input: @escaping @Sendable (Value) -> Input?
    ) {
        loop.execute {
            switch result {
            case .success(let value): if let input = input(value) { self.take(input) }
            case .failure(let error): self.fail(error)
            }
        }
    }

    /// A store that failed once is not trusted again: the node ends, and the next start reads back what is on disk.
    func fail(_ error: NodeError) {
        loop.preconditionInEventLoop()
        guard !hasFailed else { return }
        hasFailed = true
        onFatal(error)
        onDrained()
    }

    private var freeSpace: String {
        "see that the disk has room and works, then start the node again; nothing acknowledged is lost"
    }

    private func set(_ timer: TimerID, _ deadline: Instant) {
        timers[timer]?.cancel()
        let wait = max(.zero, deadline - Now.current().instant)
        timers[timer] = loop.scheduleTask(in: .nanoseconds(wait.nanoseconds)) {
            self.timers[timer] = nil
            self.take(.timer(timer))
        }
    }
}

/// Where sessions' inboxes and observers are called. Confined to the node's loop.
protocol ClientDesk: AnyObject {
    func deliver(_ delivery: Delivery, to session: SessionID)
    func push(_ receipts: [CoreMailReceipt], of network: NetworkID, to session: SessionID)
    func fence(_ session: SessionID, _ network: NetworkID, _ epoch: HomeEpoch)
    func close(_ session: SessionID)
    func notify(_ subscription: SubscriptionID, _ event: CoreEvent)
}

extension NodeShell {
    /// Starts the core with what the disk holds.
    func begin(_ restored: Restored, _ ending: Ending) async {
        await withCheckedContinuation { continuation in
            loop.execute {
                self.onStop = { ending.want(.stop) }
                self.onFatal = { ending.want(.fail($0)) }
                self.take(.restored(restored))
                continuation.resume()
            }
        }
    }

    /// The start has failed: nothing more is taken in or performed.
    func abandon() async {
        await withCheckedContinuation { continuation in
            loop.execute {
                self.hasFailed = true
                self.desk = nil
                continuation.resume()
            }
        }
    }

    /// Lets the core finish what is under way.
    /// - Returns: whether it came to rest in time.
    func drain(within limit: TimeAmount) async -> Bool {
        await withCheckedContinuation { continuation in
            loop.execute {
                guard !self.hasFailed else { return continuation.resume(returning: true) }
                let limit = self.loop.scheduleTask(in: limit) {
                    self.onDrained = {}
                    continuation.resume(returning: false)
                }
                self.onDrained = {
                    self.onDrained = {}
                    limit.cancel()
                    continuation.resume(returning: true)
                }
                self.take(.drain)
            }
        }
    }
}
