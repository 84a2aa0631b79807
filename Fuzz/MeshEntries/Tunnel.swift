import Identity
import MeshCrypto
@_spi(Simulation) import PQTunnel
import Primitives

/// A stranger's first message at the gate, a response, raw records; then a script of a whole tunnel over a carrier that loses, repeats,
/// reorders and changes. What opens was sealed by the other side, once; rekeys end in one epoch or go on.
func fuzzTunnel(_ input: UnsafeRawBufferPointer) {
    let bytes = [UInt8](input)
    guard let kind = bytes.first else { return }
    switch kind {
    case 0: fuzzHello(bytes.dropFirst())
    case 1: fuzzResponse(bytes.dropFirst())
    default: TunnelScript(bytes.dropFirst()).run()
    }
}

private let now = Instant(nanoseconds: 1 << 40)
private let bundles = [UInt8(1), 2].compactMap { PublicBundle(canonicalBytes: [UInt8](repeating: $0, count: PublicBundle.byteCount)) }
private func seed(_ byte: UInt8) -> Secret { Secret(copying: [UInt8](repeating: byte, count: 32)) }

private func fuzzHello(_ message: ArraySlice<UInt8>) {
    var gate = HelloGate(seed: seed(1), threshold: 1)
    for count in [0, 1] {
        do {
            let verdict = try gate.judge(message, from: [1], halfOpenCount: count, at: now)
            if case .retry(let retry) = verdict { precondition(retry.count == 33) }
        } catch {}
    }
}

private let asker: SecretIdentity? = try? SecretIdentity(
    kind: .node, name: "", seeds: Secret(copying: [UInt8](repeating: 9, count: SecretIdentity.seedByteCount)))

private func fuzzResponse(_ message: ArraySlice<UInt8>) {
    guard let asker else { return }
    do {
        var initiator = try TunnelInitiator(
            asker, to: .anybody, over: .direct, seed: seed(4), nonce: sha256([1]), at: now)
        if case .established = try initiator.receive(message, verifier: SignatureVerifier(), at: now) {
            preconditionFailure("nobody signed this")
        }
    } catch {}
}

/// Two bytes a step: what happens, and to which record.
private struct TunnelScript: ~Copyable {
    private var rest: ArraySlice<UInt8>
    private var time = now
    private var initiator: Tunnel
    private var responder: Tunnel
    /// Records under way, and the number of the data that each holds.
    private var (there, back): ([[UInt8]], [[UInt8]]) = ([], [])
    private var (sealed, openedThere, openedBack): (UInt64, Set<UInt64>, Set<UInt64>) = (0, [], [])

    init(_ script: ArraySlice<UInt8>) {
        rest = script
        var limits = TunnelLimits()
        (limits.recordsPerEpoch, limits.grace) = (20, 20)
        initiator = .simulated(isInitiator: true, own: bundles[0], peer: bundles[1], limits: limits, at: now)
        responder = .simulated(isInitiator: false, own: bundles[1], peer: bundles[0], limits: limits, at: now)
    }

    consuming func run() {
        while let (operation, operand) = step() { perform(operation, operand) }
    }

    private mutating func step() -> (UInt8, Int)? {
        guard rest.count >= 2 else { return nil }
        return (rest.removeFirst() % 9, Int(rest.removeFirst()))
    }

    private mutating func perform(_ operation: UInt8, _ operand: Int) {
        switch operation {
        case 0: say(there: true)
        case 1: say(there: false)
        case 2: if let record = take(there: true, operand) { hear(there: true, record, isWhole: true) }
        case 3: if let record = take(there: false, operand) { hear(there: false, record, isWhole: true) }
        case 4: if !there.isEmpty { there.append(there[operand % there.count]) }
        case 5:
            guard var record = take(there: true, operand) else { return }
            record[operand * 7 % record.count] ^= UInt8(1 << (operand % 8))
            hear(there: true, record, isWhole: false)
        case 6: do { there.append(try initiator.rekey(seed: seed(UInt8(operand)), at: time)) } catch {}
        case 7: time = time + .seconds(Int64(operand))
        default: hear(there: operand % 2 == 0, Array(rest.prefix(operand)), isWhole: false)
        }
        if there.count > 64 { there.removeFirst() }
        if back.count > 64 { back.removeFirst() }
    }

    private mutating func say(there isThere: Bool) {
        var writer = ByteWriter()
        writer.write(sealed)
        var output: [UInt8] = []
        do {
            if isThere { try initiator.seal(writer.bytes, into: &output) } else { try responder.seal(writer.bytes, into: &output) }
        } catch { return precondition(error == .exhausted) }
        sealed += 1
        // A responder that wants new keys says so in a record of its own, before.
        let size = 8 + 27
        if output.count > size { back.append(Array(output.prefix(output.count - size))) }
        if isThere { there.append(Array(output.suffix(size))) } else { back.append(Array(output.suffix(size))) }
    }

    private mutating func take(there isThere: Bool, _ operand: Int) -> [UInt8]? {
        if isThere { there.isEmpty ? nil : there.remove(at: operand % there.count) } else { back.isEmpty ? nil : back.remove(at: operand % back.count) }
    }

    private mutating func hear(there isThere: Bool, _ record: [UInt8], isWhole: Bool) {
        let opened: Tunnel.Opened
        do {
            opened = try isThere ? responder.open(record[...], at: time) : initiator.open(record[...], at: time)
        } catch { return }
        precondition(isWhole, "a changed record opens")
        switch opened {
        case .data(let data):
            let number = data.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            precondition(number < sealed)
            let isNew = isThere ? openedThere.insert(number).inserted : openedBack.insert(number).inserted
            precondition(isNew, "a record opens twice")
        case .control(let reply):
            guard !reply.isEmpty else { return }
            if isThere { back.append(reply) } else { there.append(reply) }
        case .closed: preconditionFailure("nobody closes it")
        }
        let distance = Int(initiator.status(at: time).epoch) - Int(responder.status(at: time).epoch)
        precondition(distance == 0 || distance == 1, "the responder follows the initiator")
    }
}
