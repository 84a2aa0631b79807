import MeshCrypto
import Primitives
import Reticulum

/// A frame as every packet that it could be; an announce, a link request and a link proof that are right but for one change; packets for a
/// link. What is read is written the same, and what was changed is not believed.
func fuzzReticulum(_ input: UnsafeRawBufferPointer) {
    let bytes = [UInt8](input)
    guard let kind = bytes.first, let sample = ReticulumSample.shared else { return }
    switch kind {
    case 0: fuzzFrame(bytes.dropFirst(), sample)
    case 1: fuzzChanged(sample.announce, bytes.dropFirst()) { packet, _ in _ = try Announce(packet) }
    case 2:
        fuzzChanged(sample.proof, bytes.dropFirst()) { _ = try sample.pending.establish(by: $0, at: now, using: &$1) }
    case 3:
        fuzzChanged(sample.said, bytes.dropFirst()) { packet, _ in
            var link = sample.responder
            _ = try link.receive(packet, at: now)
        }
    default: fuzzAccess(bytes.dropFirst(), sample)
    }
}

private let now = Instant(nanoseconds: 1 << 40)

/// Both ends of one link, and what they said, made from fixed seeds.
private struct ReticulumSample {
    static let shared = try? ReticulumSample()

    let announce: Packet, proof: Packet, said: Packet
    let pending: PendingLink
    let initiator: Link, responder: Link
    let access: InterfaceAccess

    init?() throws {
        var random = PRNG(seed: 1)
        let identity = try PrivateIdentity(Secret(copying: random.bytes(64)))
        guard let name = DestinationName("mesh", "fuzz"),
            let access = InterfaceAccess(networkName: "net", passphrase: "phrase")
        else { return nil }
        let destination = name.hash.destination(of: identity.publicIdentity.hash)
        self.access = access
        announce = try Announce.packet(
            name, of: identity, ratchet: Ratchet(Secret(copying: random.bytes(32))), appData: [1, 2, 3], at: .zero,
            using: &random)
        pending = try PendingLink(to: destination, of: identity.publicIdentity, mtu: 8_192, at: now, using: &random)
        var (responder, proof) = try Link.accept(pending.request, as: identity, mtu: 8_192, at: now, using: &random)
        let (initiator, roundTrip) = try pending.establish(by: proof, at: now, using: &random)
        _ = try responder.receive(roundTrip, at: now)
        said = try initiator.seal([1, 2, 3], using: &random)
        (self.proof, self.initiator, self.responder) = (proof, initiator, responder)
    }
}

private func fuzzFrame(_ frame: ArraySlice<UInt8>, _ sample: ReticulumSample) {
    var packet: Packet
    do { packet = try Packet(frame: frame, limit: 1 << 14) } catch { return }
    precondition(packet.frame[...] == frame, "what is read is written the same")
    do { try packet.arrive() } catch {}
    do {
        _ = try Announce(packet)
        preconditionFailure("nobody signed this")
    } catch {}
    if let request = PathRequest(packet) { precondition(PathRequest(request.packet) == request) }
    if let proof = PacketProof(packet) { precondition(!proof.proves(packet.hash, by: sample.announcer)) }
    do { _ = try LinkRequest(try LinkRequest.clamping(packet, to: 1_196)) } catch {}
    // The same as one for the link: keepalives are the only ones that anybody can make.
    for var link in [sample.initiator, sample.responder] {
        (packet.destination, packet.destinationType) = (link.id, .link)
        do {
            switch try link.receive(packet, at: now) {
            case .proved, .identified, .closed, .active: preconditionFailure("nobody has the keys")
            case .received(_, let context, _): precondition(context.isInTheClear, "nobody has the keys")
            case .nothing, .reply: break
            }
        } catch {}
        precondition(link.state == .active && link.remoteIdentity == nil)
    }
}

extension ReticulumSample {
    fileprivate var announcer: PublicIdentity {
        do { return try Announce(announce).identity } catch { preconditionFailure("it was made here") }
    }
}

/// Three bytes a change: where (two), and what is added to the byte there; or the end is cut off. Unless nothing has changed, nothing
/// is believed.
private func fuzzChanged(_ packet: Packet, _ script: ArraySlice<UInt8>, _ believe: (Packet, inout PRNG) throws -> Void)
{
    var changed = packet
    var rest = script
    while rest.count >= 3, !changed.payload.isEmpty {
        let index = Int(rest.removeFirst()) << 8 | Int(rest.removeFirst())
        let what = rest.removeFirst()
        if index < changed.payload.count { changed.payload[index] &+= what } else { changed.payload.removeLast() }
    }
    guard changed != packet else { return }
    var random = PRNG(seed: 2)
    do {
        try believe(changed, &random)
        preconditionFailure("a change is believed")
    } catch {}
}

private func fuzzAccess(_ frame: ArraySlice<UInt8>, _ sample: ReticulumSample) {
    do {
        let inside = try sample.access.open(frame)
        preconditionFailure("nobody knows the phrase: \(inside.count)")
    } catch {}
    guard frame.count > 2, frame.first.map({ $0 & 0x80 == 0 }) == true else { return }
    do {
        let opened = try sample.access.open(try sample.access.seal(Array(frame))[...])
        precondition(opened[...] == frame, "what was sealed opens")
    } catch { preconditionFailure("what was sealed opens") }
}
