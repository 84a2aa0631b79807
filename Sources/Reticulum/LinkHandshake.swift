public import Primitives

/// Why a packet means nothing to a link, or a link was not made.
public enum LinkFault: Error, Hashable, Sendable, CaseIterable {
    case notForThisLink
    case malformed
    /// A mode other than AES-256-CBC: reserved, or withdrawn.
    case modeNotEnabled
    case badKey
    case badSignature
    case notAuthentic
    /// Before the handshake's end, after the close, or from the side that doesn't say this.
    case outOfOrder
    /// More than the link's MTU has room for.
    case tooLarge
}

/// How a link encrypts. Four numbers are free for post-quantum modes.
public enum LinkMode: UInt8, Hashable, Sendable, CaseIterable {
    case aes128CBC, aes256CBC, aes256GCM, oneTimePad, postQuantum1, postQuantum2, postQuantum3, postQuantum4

    public var isEnabled: Bool { self == .aes256CBC }
}

/// What both sides of a handshake say of the link: 3 bits of mode, 21 of MTU.
public struct LinkSignalling: Hashable, Sendable {
    public static let byteCount = 3
    public static let maxMTU = 1 << 21 - 1

    public let mode: LinkMode
    public let mtu: Int

    /// - Precondition: the MTU has at most 21 bits.
    public init(mode: LinkMode = .aes256CBC, mtu: Int) {
        precondition((0...Self.maxMTU).contains(mtu), "an MTU of 21 bits")
        (self.mode, self.mtu) = (mode, mtu)
    }

    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        let word = bytes.reduce(0) { $0 << 8 | Int($1) }
        guard let mode = LinkMode(rawValue: UInt8(word >> 21)) else { return nil }
        (self.mode, mtu) = (mode, word & Self.maxMTU)
    }

    public var bytes: [UInt8] {
        let word = Int(mode.rawValue) << 21 | mtu
        return [16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
}

/// The packet that opens a link: `ephemeral X25519 32 ‖ ephemeral Ed25519 32 ‖ [signalling 3]`.
public struct LinkRequest: Hashable, Sendable {
    static let keysByteCount = 64

    public let destination: ShortHash
    /// The link's identifier. The signalling is not in it, because transport nodes change that.
    public let id: ShortHash
    public let x25519: [UInt8]
    public let ed25519: [UInt8]
    public let signalling: LinkSignalling?

    public init(_ packet: Packet) throws(LinkFault) {
        guard packet.kind == .linkRequest, packet.destinationType == .single else { throw .malformed }
        let payload = packet.payload
        switch payload.count {
        case Self.keysByteCount: signalling = nil
        case Self.keysByteCount + LinkSignalling.byteCount: signalling = LinkSignalling(payload[Self.keysByteCount...])
        default: throw .malformed
        }
        (x25519, ed25519) = (Array(payload[..<32]), Array(payload[32..<64]))
        destination = packet.destination
        id = packet.hash(payloadLimit: Self.keysByteCount).short
    }

    /// The request as a transport node passes it on: with the smaller of both MTUs, or unsignalled where the next
    /// interface has none.
    public static func clamping(_ packet: Packet, to mtu: Int?) throws(LinkFault) -> Packet {
        guard let signalling = try LinkRequest(packet).signalling else { return packet }
        var clamped = packet
        clamped.payload.removeLast(LinkSignalling.byteCount)
        guard let mtu, mtu >= Wire.mtu else { return clamped }
        clamped.payload += LinkSignalling(mode: signalling.mode, mtu: min(mtu, signalling.mtu)).bytes
        return clamped
    }
}

/// The answer to a link request: `signature 64 ‖ X25519 32 ‖ [signalling 3]`, signed with the destination's identity.
public struct LinkProof: Hashable, Sendable {
    private static let fixedByteCount = Wire.signatureByteCount + 32

    public let id: ShortHash
    public let x25519: [UInt8]
    public let signalling: LinkSignalling?
    private let signature: [UInt8]

    public init(_ packet: Packet) throws(LinkFault) {
        guard packet.kind == .proof, packet.context == .linkRequestProof, packet.destinationType == .link else {
            throw .malformed
        }
        let payload = packet.payload
        switch payload.count {
        case Self.fixedByteCount: signalling = nil
        case Self.fixedByteCount + LinkSignalling.byteCount:
            signalling = LinkSignalling(payload[Self.fixedByteCount...])
        default: throw .malformed
        }
        id = packet.destination
        (signature, x25519) = (Array(payload[..<64]), Array(payload[64..<96]))
    }

    init(
        _ id: ShortHash, x25519: [UInt8], signalling: LinkSignalling?, by identity: PrivateIdentity
    ) throws(SigningFault) {
        (self.id, self.x25519, self.signalling) = (id, x25519, signalling)
        signature = try identity.sign(Self.message(id, x25519, identity.publicIdentity, signalling))
    }

    /// Whether the destination's identity says so. Transport nodes ask this too, before they pass it on.
    public func isValid(by identity: PublicIdentity) -> Bool {
        identity.isValid(signature, over: Self.message(id, x25519, identity, signalling))
    }

    public var packet: Packet {
        Packet(
            .proof, to: id, .link, context: .linkRequestProof, payload: signature + x25519 + (signalling?.bytes ?? []))
    }

    private static func message(
        _ id: ShortHash, _ x25519: [UInt8], _ identity: PublicIdentity, _ signalling: LinkSignalling?
    ) -> [UInt8] {
        id.bytes + x25519 + identity.ed25519 + (signalling?.bytes ?? [])
    }
}
