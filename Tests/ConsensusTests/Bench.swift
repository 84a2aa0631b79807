import Certificates
import Consensus
import MeshCrypto
import Primitives
import Testing

/// One engine, a clock that is moved by hand, and a record of what was to be signed.
struct Bench {
    var engine: any Engine
    var now = Now(instant: Instant(nanoseconds: 1_000_000_000), wall: WallTime(milliseconds: 1_000_000))
    private(set) var signs: [BlockHeader] = []

    static let network = NetworkID(digest(200))
    static let node = NodeID(digest(201))
    static let validators = digest(202)
    static let heartbeat = Interval.seconds(10)
    static let limits = PayloadLimits(maxByteCount: 1 << 20, maxTransactionCount: 1_000)
    static let nothing = PayloadSummary(root: digest(0), batchCount: 0)

    init() {
        engine = PoAEngine(
            PoAEngine.Configuration(
                network: Self.network, node: Self.node, genesisTime: WallTime(milliseconds: 500_000),
                nextValidatorsHash: Self.validators, heartbeat: Self.heartbeat, maxClockSkew: .seconds(10),
                limits: Self.limits))
    }

    /// An engine whose first term is durable and that waits for something to do.
    static func idle() -> Bench {
        var bench = Bench()
        _ = bench.handle(.start(ChainState()))
        _ = bench.handle(.journaled(.term(Term(1))))
        _ = bench.handle(.payload(nothing))
        return bench
    }

    mutating func handle(_ input: EngineInput) -> [EngineEffect] {
        var effects: [EngineEffect] = []
        engine.handle(input, at: now, effects: &effects)
        for case .sign(let header) in effects { signs.append(header) }
        return effects
    }

    mutating func advance(_ interval: Interval) {
        now.instant = now.instant + interval
        now.wall = now.wall + interval
    }

    /// Completes the execution that is under way.
    mutating func execute(roots: UInt8) -> BlockHeader? {
        let effects = handle(.executed(engine.status.height.next, Self.roots(roots)))
        guard case .journal(.block(let header))? = effects.last else { return nil }
        return header
    }

    /// Cuts a block and makes it durable.
    mutating func block(payload: UInt8) throws -> BlockHeader {
        _ = handle(.payloadWaits)
        _ = handle(.payload(Self.payload(payload)))
        let header = try #require(execute(roots: payload))
        _ = handle(.journaled(.block(header)))
        _ = handle(.payload(Self.nothing))
        return header
    }

    static func digest(_ byte: UInt8) -> Digest {
        guard let digest = Digest([UInt8](repeating: byte, count: 32)) else { return .zero }
        return digest
    }
    static func payload(_ byte: UInt8) -> PayloadSummary { PayloadSummary(root: digest(byte), batchCount: 1) }
    static func roots(_ byte: UInt8) -> ExecutionRoots {
        ExecutionRoots(state: digest(byte), receipts: digest(byte &+ 1), history: digest(byte &+ 2))
    }
    static func signature(_ byte: UInt8) -> FinalitySignature {
        FinalitySignature(ed25519: [byte], mldsa65: [byte])
    }
    static func header(_ proposal: Proposal, roots byte: UInt8) -> BlockHeader {
        BlockHeader(
            network: network, height: proposal.height, parent: proposal.parent,
            variant: .poa(term: proposal.term, sequencer: proposal.sequencer), payloadRoot: proposal.payloadRoot,
            stateRoot: roots(byte).state, receiptsRoot: roots(byte).receipts, historyRoot: roots(byte).history,
            nextValidatorsHash: validators, time: proposal.time)
    }
}
