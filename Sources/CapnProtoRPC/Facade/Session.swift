public import CapnProto
import Synchronization

/// What carries a session's messages. Called on the session's loop.
public protocol Transport: AnyObject {
    /// Queues one message. The session keeps nothing of it, so its memory is mostly the transport's alone.
    func send(_ message: consuming Message)
    /// What was queued may go now: the session has nothing more to say for the moment.
    func flush()
    /// The session is over. What was queued goes out first.
    func close(_ reason: CloseReason)
}

/// One connection on its loop: owns the `Connection` and performs its effects.
///
/// A driver makes one for each channel, hands it every message (`receive`) and tells it of the end (`close`). Everybody
/// else takes `bootstrap` from it. Objects that were exported stay alive for as long as the session or the peer needs
/// them.
public final class Session: Sendable {
    /// What drops of the last reference leave to be done; they may happen on any thread, at any time.
    enum Drop: Sendable {
        case imported(UInt32)
        case question(QuestionTicket)
    }


    /// What only the loop touches.
    private final class State {
        var connection: Connection?
        var effects = Effects()
        /// An empty queue, for the next effects while some are performed.
        var spare = Effects()
        var transport: (any Transport)?
        var isPerforming = false
        var onClose: [(CloseReason) -> Void] = []
    }

    public let loop: any Loop
    public let configuration: ConnectionConfiguration
    private let state: LoopBound<State>
    private let drops = Mutex<[Drop]>([])
    /// Whether there are drops, and a turn of the loop that will take them.
    private let hasDrops = Atomic(false)

    /// - Parameter bootstrap: what the peer gets first; nil where this side only calls.
    /// - Precondition: the caller is on `loop`.
    public init(
        on loop: any Loop, transport: any Transport, bootstrap: Capability? = nil,
        configuration: ConnectionConfiguration = ConnectionConfiguration()
    ) {
        self.loop = loop
        self.configuration = configuration
        state = LoopBound(State(), on: loop)
        state.value.transport = transport
        state.value.connection = Connection(configuration: configuration, session: self, bootstrap: bootstrap)
    }
}

// For the driver, on the loop.
extension Session {
    /// One message of the peer. Everything that follows from it has happened when this returns.
    public func receive(_ message: Message) {
        perform { connection, effects in connection.receive(message, effects: &effects) }
    }

    /// The bytes that came are not a message.
    public func receive(fault: PeerFault) {
        perform { connection, effects in connection.abort(fault, effects: &effects) }
    }

    /// The transport has ended, or shall end: every open call fails as `disconnected`.
    public func close(_ reason: CloseReason) {
        guard loop.isCurrent else {
            loop.enqueue { self.close(reason) }
            return
        }
        perform { connection, effects in connection.close(reason, effects: &effects) }
    }

    /// What the peer gets for `bootstrap` from now on.
    public func serve(_ bootstrap: Capability?) { state.value.connection!.bootstrap = bootstrap }

    /// Runs `body` when the session is over; at once where it is already.
    public func onClose(_ body: @escaping (CloseReason) -> Void) {
        if let reason = closeReason { body(reason) } else { state.value.onClose.append(body) }
    }

    /// Why it is over; nil while it is open.
    public var closeReason: CloseReason? { state.value.connection!.closeReason }

    /// How many entries the tables hold: nothing was leaked where all are zero.
    public var tableCounts: TableCounts { state.value.connection!.tableCounts }
}

// For callers, on any thread.
extension Session {
    /// The peer's first object: usable at once, calls on it don't wait for the answer.
    public var bootstrap: Capability {
        let lease = QuestionLease(self)
        onLoop { connection, effects in connection.askForBootstrap(lease: lease, effects: &effects) }
        return Capability(.answer(lease, []))
    }

    func ask(
        _ call: OutgoingCall, of target: Capability, completion: @escaping @Sendable (Outcome) -> Void
    ) -> PendingCall {
        let lease = QuestionLease(self, isHeld: !call.hasNoCapabilityResults)
        ask(call, of: target, lease, completion: completion)
        return PendingCall(.asked(lease))
    }

    func ask(
        _ call: OutgoingCall, of target: Capability, _ lease: QuestionLease,
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        if loop.isCurrent {
            perform { connection, effects in
                connection.ask(call, of: target, lease: lease, completion: completion, effects: &effects)
            }
        } else {
            askLater(call, of: target, lease, completion)
        }
    }

    private func askLater(
        _ call: OutgoingCall, of target: Capability, _ lease: QuestionLease,
        _ completion: @escaping @Sendable (Outcome) -> Void
    ) {
        loop.enqueue {
            self.perform { connection, effects in
                connection.ask(call, of: target, lease: lease, completion: completion, effects: &effects)
            }
        }
    }

    func cancel(_ lease: QuestionLease) {
        onLoop { connection, effects in
            if let ticket = lease.ticket { connection.cancel(ticket, effects: &effects) } else { lease.giveUp() }
        }
    }

    func endForwarded(_ ticket: QuestionTicket, _ outcome: Outcome) {
        onLoop { connection, effects in connection.endForwarded(ticket, outcome, effects: &effects) }
    }

    /// Remembers that something was dropped. Takes no part in what runs on the loop right now.
    func drop(_ drop: Drop) {
        drops.withLock { $0.append(drop) }
        if !hasDrops.exchange(true, ordering: .acquiringAndReleasing) { loop.enqueue { self.perform { _, _ in } } }
    }

    private func onLoop(_ body: @escaping @Sendable (inout Connection, inout Effects) -> Void) {
        if loop.isCurrent { perform(body) } else { loop.enqueue { self.perform(body) } }
    }
}

// For capabilities, on the loop.
extension Session: AnswerSink {
    func answer(_ ticket: AnswerTicket, with reply: Reply) {
        perform { connection, effects in connection.reply(ticket, reply, effects: &effects) }
    }

    func onCancel(_ ticket: AnswerTicket, _ body: @escaping () -> Void) {
        state.value.connection!.onCancel(ticket, body)
    }

    func setPipeline(_ ticket: AnswerTicket, _ places: @escaping (Transform) -> Capability) {
        state.value.connection!.setPipeline(ticket, places)
    }

    func passOn(_ ticket: AnswerTicket, _ call: OutgoingCall, to target: Capability) -> Bool {
        let lease = QuestionLease(self)
        var isPassedOn = false
        perform { connection, effects in
            isPassedOn = connection.passOn(ticket, call, to: target, lease: lease, effects: &effects)
        }
        return isPassedOn
    }

    func resolution(ofImport id: UInt32) -> Capability? {
        state.value.connection!.resolution(ofImport: id)
    }

    func resolution(of lease: QuestionLease, at transform: Transform) -> Capability? {
        state.value.connection!.resolution(of: lease, at: transform)
    }
}

// The one place where the connection changes and its effects are performed.
extension Session {
    /// Changes the connection, then performs all that follows. Inside of an effect, only the change happens: the
    /// effects that it adds are performed after those that are waiting, by whoever performs them already.
    private func perform(_ change: (inout Connection, inout Effects) -> Void) {
        let state = state.value
        change(&state.connection!, &state.effects)
        guard !state.isPerforming else { return }
        state.isPerforming = true
        var performing = state.spare
        state.spare = Effects()
        repeat {
            // What these add comes behind them.
            swap(&state.effects, &performing)
            while let effect = performing.popFirst() { perform(effect, state) }
            performing.removeAll()
            takeDrops(state)
        } while !state.effects.isEmpty
        state.spare = performing
        state.isPerforming = false
        state.transport?.flush()
    }

    private func takeDrops(_ state: State) {
        guard hasDrops.exchange(false, ordering: .acquiringAndReleasing) else { return }
        let items = drops.withLock { drops in
            defer { drops = [] }
            return drops
        }
        for item in items {
            switch item {
            case .imported(let id): state.connection!.dropHolder(ofImport: id, effects: &state.effects)
            case .question(let ticket): state.connection!.dropHold(of: ticket, effects: &state.effects)
            }
        }
    }

    private func perform(_ effect: consuming Effects.Effect, _ state: State) {
        switch consume effect {
        case .send(let message): state.transport?.send(message)
        case .deliver(let call, let target): target.deliver(call)
        case .complete(let completion, let outcome): completion(outcome)
        case .resolve(let promise, let capability): promise.resolve(to: capability)
        case .observe(let promise, let id): observe(promise, exportedAs: id)
        case .cancelLocal(let answer): answer.cancel()
        case .cancel(let body): body()
        case .close(let reason): end(reason, state)
        }
    }

    private func observe(_ promise: Promise, exportedAs id: UInt32) {
        guard promise.loop.isCurrent else {
            promise.loop.perform { promise.observe { capability in self.tell(promise, capability, id) } }
            return
        }
        promise.observe { capability in self.tell(promise, capability, id) }
    }

    private func tell(_ promise: Promise, _ capability: Capability, _ id: UInt32) {
        onLoop { connection, effects in
            connection.resolveExport(id, of: promise, to: capability, effects: &effects)
        }
    }

    private func end(_ reason: CloseReason, _ state: State) {
        let observers = state.onClose
        state.onClose = []
        state.transport?.flush()
        state.transport?.close(reason)
        state.transport = nil
        for observer in observers { observer(reason) }
    }
}
