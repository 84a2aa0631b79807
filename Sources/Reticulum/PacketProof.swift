public import Primitives

/// A signature over a packet's hash: whoever holds the destination's key had it in hand.
///
/// Explicit, `hash 32 ‖ signature 64`, or implicit, the signature alone: then only who has sent the packet knows what
/// it is for. Links always use the explicit form.
public struct PacketProof: Hashable, Sendable {
    public static let implicitByteCount = Wire.signatureByteCount
    public static let explicitByteCount = Primitives.Digest.byteCount + Wire.signatureByteCount

    /// Nil in an implicit proof.
    public let packetHash: Primitives.Digest?
    /// 64 bytes.
    public let signature: [UInt8]

    /// - Returns: nil unless the packet is a proof of one of the two lengths.
    public init?(_ packet: Packet) {
        guard packet.kind == .proof, packet.context == .none else { return nil }
        switch packet.payload.count {
        case Self.implicitByteCount: packetHash = nil
        case Self.explicitByteCount: packetHash = Primitives.Digest(packet.payload[..<32])
        default: return nil
        }
        signature = Array(packet.payload.suffix(Wire.signatureByteCount))
    }

    /// Whether it proves that `signer` had the packet with this hash.
    public func proves(_ hash: Primitives.Digest, by signer: PublicIdentity) -> Bool {
        (packetHash == nil || packetHash == hash) && signer.isValid(signature, over: hash.bytes)
    }

    /// The packet that proves another's arrival at a SINGLE destination. It goes back the way that the other one came.
    public static func packet(
        for hash: Primitives.Digest, by identity: PrivateIdentity, isExplicit: Bool = false
    ) throws(SigningFault) -> Packet {
        let signature = try identity.sign(hash.bytes)
        return Packet(.proof, to: hash.short, .single, payload: (isExplicit ? hash.bytes : []) + signature)
    }
}
