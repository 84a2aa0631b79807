import Storage

/// Mail on its way behind: collected, then held until the journal has everything that it reflects, then written.
///
///     free ──begin──► held ──journal has synced──► writing ──stored──► free
///
/// The order matters: a store that ran ahead of the journal would, after a power cut, skip records under numbers given
/// anew.
struct Checkpoint: Sendable {
    struct Pending: Sendable {
        let operations: [BatchOperation]
        let position: LSN
    }

    private enum State: Sendable {
        case free
        case held(Pending)
        case writing(LSN)
    }

    private var state = State.free
    /// The store reflects all mail records up to here.
    private(set) var position: LSN
    /// Whether the timer for the next one runs.
    var isArmed = false

    init(stored position: LSN = .zero) { self.position = position }

    var isFree: Bool {
        if case .free = state { return true }
        return false
    }

    mutating func begin(_ operations: [BatchOperation], position: LSN) {
        state = .held(Pending(operations: operations + [MailPosition.operation(position)], position: position))
    }

    /// What may be written now; asked after every input.
    mutating func takeReady(durable: LSN) -> Pending? {
        guard case .held(let pending) = state, pending.position <= durable else { return nil }
        state = .writing(pending.position)
        return pending
    }

    /// No mailbox differs from the store, so nothing up to this record needs a checkpoint.
    mutating func noteClean(at position: LSN) {
        if isFree { self.position = max(self.position, position) }
    }

    mutating func stored(_ position: LSN) {
        guard case .writing(position) = state else { return }
        state = .free
        self.position = position
    }
}
