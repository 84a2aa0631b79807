// NodeCore: a whole node as one value.
//
// Everything that happens to a node comes in through `handle(_:at:effects:)`, and everything that it does goes out as
// an effect: no clock, no socket, no disk, no key and no randomness inside. The shell (HanzoNode) performs effects on
// event loop, journal thread, state thread and verification pool; a test performs them inline; both see the same
// node.
//
// Vocabulary. A *session* is one agent's presence in one network over one connection; it begins when a block with the
// agent's registration is durable, and a higher home epoch *fences* it. A *batch* is what an agent signs at once. A
// *letter* is an envelope whose body has been read. A *receipt* says how far a commit or a message has come, and only
// what is true of the disk.
//
// The life of a commit:                            The life of a message:
//
//     request(commit)                              request(send)
//       │ shape, size, quota                         │ shape, network, sender, recipient, Ed25519, number
//       ▼                                            ▼
//     verify ──► verified                          append(accepted) ──► deliver, reply(accepted)
//       │ mempool                                    │ journaled          │ delivered
//       ▼                                            ▼                    ▼
//     execute ──► executed                         receipt(stored)      receipt(delivered)
//       │ header complete                                                 │ request(acknowledge)
//       ▼                                                                 ▼
//     append(block) ──► journaled                                       append(closed), receipt(acknowledged)
//       │
//       ├─► reply(included), apply, notify
//       ▼
//     sign ──► signed ──► append(finality) ──► journaled ──► storeFinality, notify(final)
//
// Networks share nothing but the numbers of the journal: each has its own engine, agents, mempool, mailboxes and
// sessions, and every request names the one that it means.
//
// What the core promises its shell: exactly one `reply` for each `request`, whatever happens; effects of one call are
// in the order in which they must begin; nothing grows without a bound that `NodeLimits` names. What it asks for:
// completions of `execute`, `apply`, `storeFinality` and `storeMail` in the order of those effects, and `journaled`
// with rising positions.
//
// Deviations from the plan of the house: mail goes only to agents at home on this node, because there are no tunnels
// yet.

import Consensus
public import MeshCrypto
import MeshSchema
import OrderedCollections
public import Primitives
import Storage

/// See the essay at the top of this file.
public struct NodeCore: Sendable {
    let configuration: NodeConfiguration
    var networks: [NetworkCore]
    private var ledger = Ledger()
    var challenges: [ConnectionID: OpenChallenge] = [:]
    private(set) var phase = Phase.starting
    private var checkpoint = Checkpoint()
    /// What the shell was asked last to trim before, and what had been journaled by then.
    private var trimmed = LSN.zero
    private var trimmedAtByteCount = 0

    enum Phase: Hashable {
        /// Can transition to: running.
        case starting
        /// Can transition to: draining.
        case running
        /// Can transition to: drained.
        case draining
        case drained
    }

    /// - Parameter verifier: checks Ed25519 signatures of messages inline.
    public init(_ configuration: NodeConfiguration, verifier: any Verifier) {
        self.configuration = configuration
        networks = configuration.networks.map {
            NetworkCore($0, node: configuration.node, limits: configuration.limits, verifier: verifier)
        }
    }

    /// Takes one input and collects what it wants done.
    public mutating func handle(_ input: Input, at now: Now, effects: inout Effects) {
        var turn = Turn(now: now, ledger: Ledger())
        swap(&turn.ledger, &ledger)
        swap(&turn.effects, &effects)
        take(input, &turn)
        if phase == .draining { collectMail(&turn) }
        writeBehind(&turn)
        finishDraining(&turn)
        swap(&turn.effects, &effects)
        swap(&turn.ledger, &ledger)
    }

    private mutating func take(_ input: Input, _ turn: inout Turn) {
        switch input {
        case .restored(let restored): start(restored, &turn)
        case .request(let request, let requester, let content): answer(request, requester, content, &turn)
        case .abandoned(let request):
            for index in networks.indices { networks[index].abandon { $0.request == request } }
        case .disconnected(let connection): disconnect(connection, &turn)
        case .delivered(let session, let network, let digest, let succeeded):
            with(network, &turn) { $0.delivered(digest, to: session, succeeded: succeeded, &$1) }
        case .receiptsPushed(let session): with(session, &turn) { $0.receiptsPushed(session, &$1) }
        case .notified(let subscription, let succeeded):
            for index in networks.indices { networks[index].notified(subscription, succeeded: succeeded, &turn) }
        case .verified(let token, let isValid): redeem(token, &turn) { $0.verified(token, isValid: isValid, &$1) }
        case .queried(let token, let result): redeem(token, &turn) { $0.queried(token, result, &$1) }
        case .executed(let network, let height, let result): with(network, &turn) { $0.executed(height, result, &$1) }
        case .journaled(let position): journaled(position, &turn)
        case .signed(let network, let height, let signature):
            with(network, &turn) { $0.drive(.signed(height, signature), &$1) }
        case .applied(let network, let height, let nextDue):
            with(network, &turn) { $0.applied(height, nextDue: nextDue, &$1) }
            trim(&turn)
        case .mailStored(let position):
            checkpoint.stored(position)
            trim(&turn)
        case .timer(let timer): fire(timer, &turn)
        case .drain: if phase == .running { phase = .draining }
        }
    }

    // MARK: Start

    private mutating func start(_ restored: Restored, _ turn: inout Turn) {
        guard phase == .starting else { return }
        phase = .running
        turn.ledger.restore(restored)
        trimmed = restored.oldestLSN
        checkpoint = Checkpoint(stored: restored.reflectedMailPosition)
        for network in restored.networks { with(network.id, &turn) { $0.restore(network, &$1) } }
    }

    // MARK: Journal and store

    private mutating func journaled(_ position: LSN, _ turn: inout Turn) {
        guard position > turn.ledger.durable, position < turn.ledger.nextLSN else { return }
        turn.ledger.synced(position)
        for index in networks.indices { networks[index].journaled(&turn) }
    }

    /// Writes mail to the store a while after it was journaled, and only what is still different by then.
    private mutating func writeBehind(_ turn: inout Turn) {
        if let batch = checkpoint.takeReady(durable: turn.ledger.durable) {
            turn.emit(.storeMail(batch.operations, position: batch.position))
        }
        guard hasMailChanges else {
            return checkpoint.noteClean(at: turn.ledger.nextLSN.previous)
        }
        guard !checkpoint.isArmed else { return }
        checkpoint.isArmed = true
        turn.emit(.setTimer(.checkpoint, turn.now.instant + configuration.limits.checkpointInterval))
    }

    private var hasMailChanges: Bool {
        for index in networks.indices where networks[index].office.hasChanges { return true }
        return false
    }

    private mutating func collectMail(_ turn: inout Turn) {
        checkpoint.isArmed = false
        guard checkpoint.isFree else { return }
        var operations: [BatchOperation] = []
        for index in networks.indices { operations += networks[index].office.takeChanges(network: networks[index].id) }
        guard !operations.isEmpty else { return }
        checkpoint.begin(operations, position: turn.ledger.nextLSN.previous)
    }

    /// Tells the shell how much of the journal nobody needs any more, now and then.
    private mutating func trim(_ turn: inout Turn) {
        let mail = min(checkpoint.position, turn.ledger.durable).next
        let oldest = networks.compactMap(\.oldestNeeded).reduce(mail, min)
        let byteCount = turn.ledger.journaledByteCount
        let limits = configuration.limits
        guard
            oldest.value >= trimmed.value + limits.trimRecordCount
                || oldest > trimmed && byteCount - trimmedAtByteCount >= limits.trimByteCount
        else { return }
        trimmed = oldest
        trimmedAtByteCount = byteCount
        turn.emit(.trim(before: oldest))
    }

    private mutating func fire(_ timer: TimerID, _ turn: inout Turn) {
        switch timer {
        case .engine(let network): with(network, &turn) { $0.drive(.timer, &$1) }
        case .mail(let network): with(network, &turn) { $0.mailTimerFired(&$1) }
        case .checkpoint: collectMail(&turn)
        }
    }

    // MARK: Draining

    private mutating func finishDraining(_ turn: inout Turn) {
        guard phase == .draining, networks.allSatisfy(\.isQuiet), checkpoint.isFree,
            turn.ledger.durable.next == turn.ledger.nextLSN
        else { return }
        phase = .drained
        turn.emit(.drained)
    }

    // MARK: Connections

    private mutating func disconnect(_ connection: ConnectionID, _ turn: inout Turn) {
        challenges[connection] = nil
        for index in networks.indices { networks[index].disconnected(connection, &turn) }
    }

    // MARK: Finding networks

    func index(of network: NetworkID) -> Int? { networks.firstIndex { $0.id == network } }

    private mutating func with(
        _ network: NetworkID, _ turn: inout Turn, _ body: (inout NetworkCore, inout Turn) -> Void
    ) {
        guard let index = index(of: network) else { return }
        body(&networks[index], &turn)
    }

    private mutating func with(
        _ session: SessionID, _ turn: inout Turn, _ body: (inout NetworkCore, inout Turn) -> Void
    ) {
        guard let network = turn.ledger.sessionNetworks[session] else { return }
        with(network, &turn, body)
    }

    private mutating func redeem(
        _ token: EffectToken, _ turn: inout Turn, _ body: (inout NetworkCore, inout Turn) -> Void
    ) {
        guard let network = turn.ledger.redeem(token) else { return }
        with(network, &turn, body)
    }
}
