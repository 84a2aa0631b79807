public import Primitives

/// What a packet meant.
public enum LinkEvent: Hashable, Sendable {
    /// Something about the link itself; there is nothing to do.
    case nothing
    /// The responder may speak from now on.
    case active
    /// The other side's words. The hash is what `prove` takes.
    case received([UInt8], PacketContext, hash: Primitives.Digest)
    /// The other side proves that it has the packet with this hash.
    case proved(Primitives.Digest)
    /// The initiator said who it is.
    case identified(PublicIdentity)
    /// A packet to send: the answer to a keepalive.
    case reply(Packet)
    case closed
}

extension Link {
    private static let (question, answer): (UInt8, UInt8) = (0xFF, 0xFE)
    static let keepaliveQuestion: [UInt8] = [question]

    /// - Parameter packet: one that came by the interface that this link lives on; from elsewhere it is not this link's.
    public mutating func receive(_ packet: Packet, at now: Instant) throws(LinkFault) -> LinkEvent {
        guard packet.destinationType == .link, packet.destination == id else { throw .notForThisLink }
        guard state != .closed else { throw .outOfOrder }
        guard packet.frameByteCount <= mtu else { throw .tooLarge }
        let event = try meaning(of: packet, at: now)
        lastInbound = max(lastInbound, now)
        if state == .stale { state = .active }
        return event
    }

    private mutating func meaning(of packet: Packet, at now: Instant) throws(LinkFault) -> LinkEvent {
        switch packet.kind {
        case .proof: return try proof(packet)
        case .data where packet.context == .linkRoundTripTime: return try roundTrip(packet, at: now)
        case .data: break
        case .announce, .linkRequest: throw .malformed
        }
        guard state != .handshake else { throw .outOfOrder }
        switch packet.context {
        case .keepalive: return try keepalive(packet)
        case .linkIdentify: return try identification(packet)
        case .linkClose:
            guard try open(packet) == id.bytes else { throw .malformed }
            state = .closed
            return .closed
        case let context:
            return .received(context.isInTheClear ? packet.payload : try open(packet), context, hash: packet.hash)
        }
    }

    private func proof(_ packet: Packet) throws(LinkFault) -> LinkEvent {
        guard state != .handshake else { throw .outOfOrder }
        if packet.context == .resourceProof { return .received(packet.payload, packet.context, hash: packet.hash) }
        guard let proof = PacketProof(packet), let hash = proof.packetHash else { throw .malformed }
        guard isValid(proof.signature, over: hash.bytes) else { throw .badSignature }
        return .proved(hash)
    }

    /// The slower of what both sides measured. One that comes again changes nothing.
    private mutating func roundTrip(_ packet: Packet, at now: Instant) throws(LinkFault) -> LinkEvent {
        guard role == .responder else { throw .outOfOrder }
        guard let time = RoundTripTime.decode(try open(packet)) else { throw .malformed }
        guard state == .handshake else { return .nothing }
        begin(roundTripTime: max(time, now - started), at: now)
        return .active
    }

    private func keepalive(_ packet: Packet) throws(LinkFault) -> LinkEvent {
        switch (role, packet.payload) {
        case (.responder, [Self.question]):
            return .reply(Packet(.data, to: id, .link, context: .keepalive, payload: [Self.answer]))
        case (.initiator, [Self.answer]): return .nothing
        default: throw .malformed
        }
    }

    private mutating func identification(_ packet: Packet) throws(LinkFault) -> LinkEvent {
        guard role == .responder else { throw .outOfOrder }
        let text = try open(packet)
        guard text.count == Wire.identityByteCount + Wire.signatureByteCount else { throw .malformed }
        let identity: PublicIdentity
        do { identity = try PublicIdentity(text[..<64]) } catch { throw .badKey }
        guard identity.isValid(text[64...], over: id.bytes + identity.bytes) else { throw .badSignature }
        remoteIdentity = identity
        return .identified(identity)
    }
}
