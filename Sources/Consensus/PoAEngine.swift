import Certificates
public import Primitives

/// Proof of authority with a single sequencer: a log under one key.
///
///     waiting ─start─► opening ─journaled(term)─► idle ◄──────────────────────┐
///                                                  │ payload waits, something  │ journaled(block):
///                                                  │ is due, or heartbeat      │ included
///                                                  ▼                           │
///                                               asking ─► executing ─► journaling
///
/// One block is in flight. When it is included, everything that waits by then goes into the next: the busier the
/// node, the larger its blocks, and an idle node answers a lone commit at once. Signing runs beside, one header at a
/// time, always the newest included one.
public struct PoAEngine: Engine {
    /// What stays the same while the engine lives.
    public struct Configuration: Hashable, Sendable {
        public var network: NetworkID
        public var node: NodeID
        public var genesisTime: WallTime
        /// The header field under PoA: the digest of the authority's bundle digest.
        public var nextValidatorsHash: Digest
        public var heartbeat: Interval
        public var maxClockSkew: Interval
        public var limits: PayloadLimits

        public init(
            network: NetworkID, node: NodeID, genesisTime: WallTime, nextValidatorsHash: Digest, heartbeat: Interval,
            maxClockSkew: Interval, limits: PayloadLimits
        ) {
            self.network = network
            self.node = node
            self.genesisTime = genesisTime
            self.nextValidatorsHash = nextValidatorsHash
            self.heartbeat = heartbeat
            self.maxClockSkew = maxClockSkew
            self.limits = limits
        }
    }

    private enum Phase: Hashable {
        /// Can transition to: opening.
        case waiting
        /// The term isn't durable yet. Can transition to: idle.
        case opening
        /// Can transition to: asking.
        case idle
        /// Can transition to: executing, or idle where nothing waits and no block is forced.
        case asking(isForced: Bool)
        /// Can transition to: journaling.
        case executing(Proposal)
        /// Can transition to: idle.
        case journaling(BlockHeader)
    }

    private enum Finality: Hashable {
        /// Can transition to: signing.
        case rest
        /// Can transition to: journaling.
        case signing(BlockHeader)
        /// Can transition to: rest.
        case journaling(BlockHeader, FinalitySignature)
    }

    private let configuration: Configuration
    private var phase = Phase.waiting
    private var finality = Finality.rest
    private var head: BlockHeader?
    private var finalHeight = Height.genesis
    private var term = Term(0)
    private var nextDue: WallTime?
    private var nextHeartbeat = Instant(nanoseconds: 0)
    private var isClockBehind = false

    public init(_ configuration: Configuration) { self.configuration = configuration }

    public mutating func handle(_ input: EngineInput, at now: Now, effects: inout [EngineEffect]) {
        switch input {
        case .start(let chain): start(chain, at: now, &effects)
        case .payloadWaits: cut(at: now, &effects)
        case .due(let time):
            nextDue = time
            cut(at: now, &effects)
        case .payload(let payload): propose(payload, at: now, &effects)
        case .executed(let height, let roots): complete(height, roots, &effects)
        case .journaled(let record): journaled(record, at: now, &effects)
        case .signed(let height, let signature): signed(height, signature, &effects)
        case .timer: cut(at: now, &effects)
        }
    }

    public var status: EngineStatus {
        EngineStatus(
            head: head, height: height, finalHeight: finalHeight, headerTime: parentTime, term: term, phase: phaseName)
    }

    // MARK: Start

    private mutating func start(_ chain: ChainState, at now: Now, _ effects: inout [EngineEffect]) {
        guard phase == .waiting else { return }
        head = chain.head
        finalHeight = chain.finalHeight
        nextDue = chain.nextDue
        term = chain.lastTerm.next
        nextHeartbeat = now.instant + configuration.heartbeat
        phase = .opening
        effects.append(.journal(.term(term)))
        signNewest(&effects)
    }

    // MARK: Cutting

    /// Begins a block where none is in flight and something calls for one; otherwise makes sure to be woken.
    private mutating func cut(at now: Now, _ effects: inout [EngineEffect]) {
        guard phase == .idle else { return }
        isClockBehind = parentTime + .milliseconds(1) > now.wall + configuration.maxClockSkew
        guard !isClockBehind else {
            effects.append(.clockBehind(parentTime - now.wall))
            effects.append(.setTimer(now.instant + .seconds(1)))
            return
        }
        let isDue = nextDue.map { $0 <= max(now.wall, parentTime + .milliseconds(1)) } ?? false
        phase = .asking(isForced: isDue || now.instant >= nextHeartbeat)
        effects.append(.requestPayload(configuration.limits))
    }

    private mutating func propose(_ payload: PayloadSummary, at now: Now, _ effects: inout [EngineEffect]) {
        guard case .asking(let isForced) = phase else { return }
        guard isForced || !payload.isEmpty else {
            phase = .idle
            effects.append(.setTimer(wakeTime(at: now)))
            return
        }
        let proposal = Proposal(
            height: height.next, parent: parentDigest, term: term, sequencer: configuration.node,
            payloadRoot: payload.root, time: max(now.wall, parentTime + .milliseconds(1)))
        nextHeartbeat = now.instant + configuration.heartbeat
        phase = .executing(proposal)
        effects.append(.execute(proposal))
    }

    private mutating func complete(_ height: Height, _ roots: ExecutionRoots, _ effects: inout [EngineEffect]) {
        guard case .executing(let proposal) = phase, proposal.height == height else { return }
        if let due = nextDue, due <= proposal.time { nextDue = nil }  // its block; what is left over is said anew
        let header = BlockHeader(
            network: configuration.network, height: proposal.height, parent: proposal.parent,
            variant: .poa(term: proposal.term, sequencer: proposal.sequencer), payloadRoot: proposal.payloadRoot,
            stateRoot: roots.state, receiptsRoot: roots.receipts, historyRoot: roots.history,
            nextValidatorsHash: configuration.nextValidatorsHash, time: proposal.time)
        phase = .journaling(header)
        effects.append(.journal(.block(header)))
    }

    // MARK: Durability

    private mutating func journaled(_ record: EngineRecord, at now: Now, _ effects: inout [EngineEffect]) {
        switch record {
        case .term(let durable):
            guard phase == .opening, durable == term else { return }
            phase = .idle
            cut(at: now, &effects)
        case .block(let header):
            guard phase == .journaling(header) else { return }
            head = header
            phase = .idle
            effects.append(.included(header))
            signNewest(&effects)
            cut(at: now, &effects)
        case .finality(let header, let signature):
            guard finality == .journaling(header, signature) else { return }
            finality = .rest
            finalHeight = header.height
            effects.append(.final(header, signature))
            signNewest(&effects)
        }
    }

    // MARK: Finality

    private mutating func signNewest(_ effects: inout [EngineEffect]) {
        guard finality == .rest, let head, head.height > finalHeight else { return }
        finality = .signing(head)
        effects.append(.sign(head))
    }

    private mutating func signed(_ height: Height, _ signature: FinalitySignature, _ effects: inout [EngineEffect]) {
        guard case .signing(let header) = finality, header.height == height else { return }
        finality = .journaling(header, signature)
        effects.append(.journal(.finality(header, signature)))
    }

    // MARK: Parts

    private var height: Height { head?.height ?? .genesis }
    private var parentTime: WallTime { head?.time ?? configuration.genesisTime }
    private var parentDigest: Digest { head?.digest ?? configuration.network.digest }

    /// The heartbeat, or the next expiry where that comes first.
    private func wakeTime(at now: Now) -> Instant {
        let patience = max(nextHeartbeat - now.instant, .milliseconds(1))
        guard let nextDue, nextDue < now.wall + patience else { return nextHeartbeat }
        return now.instant + max(nextDue - now.wall, .milliseconds(1))
    }

    private var phaseName: String {
        switch phase {
        case .waiting, .opening: "opening"
        case .idle, .asking: isClockBehind ? "waiting for the clock" : "idle"
        case .executing: "executing"
        case .journaling: "journaling"
        }
    }
}
