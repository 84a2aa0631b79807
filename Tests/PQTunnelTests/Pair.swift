import Identity
import MeshCrypto
import PQTunnel
import Primitives
import Synchronization

/// Two nodes with keys, and entropy that is the same every time.
struct Pair {
    static let alice = identity(1, "alice")
    static let bob = identity(2, "bob")
    static let now = Instant(nanoseconds: 1_000_000_000_000)
    static let verifier = SignatureVerifier()

    static func identity(_ seed: UInt8, _ name: String) -> SecretIdentity {
        let seeds = (0..<SecretIdentity.seedByteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) ^ seed }
        do { return try SecretIdentity(kind: .node, name: name, seeds: Secret(copying: seeds)) } catch {
            fatalError("keys from any seeds: \(error)")
        }
    }

    static func seed(_ byte: UInt8) -> Secret { Secret(copying: [UInt8](repeating: byte, count: 32)) }
    static func nonce(_ byte: UInt8) -> Digest { sha256([byte]) }

    var expected = ExpectedPeer.node(bob.nodeID)
    var initiatorBinding = CarrierBinding.direct
    var responderBinding = CarrierBinding.direct
    var sendsBundle = true
    var limits = TunnelLimits()

    func initiator(_ identity: SecretIdentity = alice) throws(TunnelFailure) -> TunnelInitiator {
        try TunnelInitiator(
            identity, to: expected, over: initiatorBinding, payload: [1, 2, 3], sendsBundle: sendsBundle, seed: Self.seed(7),
            nonce: Self.nonce(7), limits: limits, at: Self.now)
    }

    func responder(_ identity: SecretIdentity = bob) throws(TunnelFailure) -> TunnelResponder {
        try TunnelResponder(
            identity, over: responderBinding, payload: [4, 5], nonce: Self.nonce(9), limits: limits, at: Self.now)
    }

    /// Both ends of a tunnel.
    struct Ends: ~Copyable {
        var initiator: Tunnel
        var responder: Tunnel
    }

    /// Everything that went over the carrier.
    final class Tape: Sendable {
        private let spoken = Mutex<[[UInt8]]>([])
        var messages: [[UInt8]] { spoken.withLock { $0 } }
        func add(_ message: [UInt8]) { spoken.withLock { $0.append(message) } }
    }

    /// The whole handshake. `change` sees every message on its way.
    func run(
        tape: Tape = Tape(), change: (_ number: Int, _ message: [UInt8]) -> [UInt8] = { $1 }
    ) throws(TunnelFailure) -> Ends {
        var initiator = try initiator()
        var responder = try responder()
        let hello = change(0, initiator.helloMessage)
        tape.add(hello)
        guard case .send(let answer) = try responder.receive(hello[...], verifier: Self.verifier, at: Self.now, known: { _ in nil })
        else { throw .unexpectedMessage(0) }
        let response = change(1, answer)
        tape.add(response)
        let step = try initiator.receive(response[...], verifier: Self.verifier, at: Self.now)
        switch consume step {
        case .retry: throw .unexpectedMessage(0)
        case .established(let finish, let tunnel):
            let finish = change(2, finish)
            tape.add(finish)
            let last = try responder.receive(finish[...], verifier: Self.verifier, at: Self.now, known: { _ in nil })
            switch consume last {
            case .established(let other, _): return Ends(initiator: tunnel, responder: other)
            default: throw .unexpectedMessage(0)
            }
        }
    }

    /// How the handshake fails; nil where it doesn't.
    func failure(change: (_ number: Int, _ message: [UInt8]) -> [UInt8] = { $1 }) -> TunnelFailure? {
        do throws(TunnelFailure) {
            _ = try run(change: change)
            return nil
        } catch { return error }
    }
}

extension Tunnel {
    /// One record with `text`.
    mutating func say(_ text: String) throws(TunnelFailure) -> [UInt8] {
        var record: [UInt8] = []
        try seal(Array(text.utf8), into: &record)
        return record
    }

    /// The text of one record.
    mutating func hear(_ record: [UInt8], at now: Instant = Pair.now) throws(TunnelFailure) -> String? {
        guard case .data(let data) = try open(record[...], at: now) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// What a record about the tunnel is answered with; nil for data.
    mutating func answer(_ record: [UInt8], at now: Instant = Pair.now) throws(TunnelFailure) -> [UInt8]? {
        guard case .control(let reply) = try open(record[...], at: now) else { return nil }
        return reply
    }
}
