@_spi(Reticulum) import MeshCrypto
public import Primitives

/// A channel between the program that opened it and a destination, with keys of its own.
///
/// A value: packets in by `receive`, time in by `tick`, packets out as results. A packet that throws changed nothing.
public struct Link: Sendable {
    public enum Role: Hashable, Sendable { case initiator, responder }

    public enum State: Hashable, Sendable {
        /// Responder only: the proof was sent. Can transition to active, closed.
        case handshake
        /// Can transition to stale, closed.
        case active
        /// Nothing was heard for two keepalive periods. Can transition to active, closed.
        case stale
        case closed
    }

    public let id: ShortHash
    public let destination: ShortHash
    public let role: Role
    /// The largest frame on this link, agreed on in its handshake.
    public let mtu: Int
    public internal(set) var state: State
    public internal(set) var roundTripTime: Interval?
    /// Who the initiator said that it is, proven. Nil until then; the responder is its destination's identity.
    public internal(set) var remoteIdentity: PublicIdentity?

    private let key: TokenKey
    private let own: OwnKey
    private let other: OtherKey
    let started: Instant
    var lastInbound: Instant
    var lastKeepalive: Instant
    var timing = LinkTiming()

    /// What the proofs of this side are signed with: the initiator's key of this link, the responder's identity.
    enum OwnKey: Sendable {
        case ephemeral(BareEd25519.PrivateKey)
        case identity(PrivateIdentity)
    }
    enum OtherKey: Sendable {
        case ephemeral(BareEd25519.PublicKey)
        case identity(PublicIdentity)
    }

    init(
        id: ShortHash, destination: ShortHash, role: Role, mtu: Int, key: TokenKey, own: OwnKey, other: OtherKey,
        at now: Instant
    ) {
        (self.id, self.destination, self.role, self.mtu) = (id, destination, role, mtu)
        (self.key, self.own, self.other) = (key, own, other)
        (started, lastInbound, lastKeepalive) = (now, now, now)
        state = .handshake
    }

    /// The responder's half of the handshake: a link that waits for the round trip time, and the proof to send.
    ///
    /// - Parameter mtu: of the interface that the request came by; nil where it has none that was configured or guessed.
    public static func accept(
        _ packet: Packet, as identity: PrivateIdentity, mtu: Int?, at now: Instant,
        using entropy: inout some RandomNumberGenerator
    ) throws(LinkFault) -> (link: Link, proof: Packet) {
        let request = try LinkRequest(packet)
        guard request.signalling?.mode.isEnabled ?? true else { throw .modeNotEnabled }
        let agreed = min(request.signalling?.mtu ?? Wire.mtu, max(mtu ?? Wire.mtu, Wire.mtu))
        guard agreed >= Wire.mtu else { throw .malformed }
        let signalling = request.signalling.map { _ in LinkSignalling(mtu: agreed) }
        do {
            let ephemeral = try X25519.PrivateKey(seed: Secret(copying: entropy.draw(32)))
            let key = try TokenKey(shared: try ephemeral.agree(with: request.x25519), salt: request.id)
            let other = try BareEd25519.PublicKey(request.ed25519)
            let proof = try LinkProof(request.id, x25519: ephemeral.publicKey, signalling: signalling, by: identity)
            let link = Link(
                id: request.id, destination: request.destination, role: .responder, mtu: agreed, key: key,
                own: .identity(identity), other: .ephemeral(other), at: now)
            return (link, proof.packet)
        } catch { throw .badKey }
    }

    mutating func begin(roundTripTime: Interval, at now: Instant) {
        self.roundTripTime = min(max(roundTripTime, .zero), RoundTripTime.longest)
        state = .active
        (lastInbound, lastKeepalive) = (now, now)
    }

    /// The largest text that one encrypted packet carries: 431 at an MTU of 500.
    public var maxPlaintextByteCount: Int { Self.maxPlaintextByteCount(mtu: mtu) }

    public static func maxPlaintextByteCount(mtu: Int) -> Int {
        (mtu - Wire.minAccessCodeByteCount - Wire.headerByteCount - TokenKey.overheadByteCount) / 16 * 16 - 1
    }

    // MARK: What this side says

    /// A packet with `plaintext`, encrypted unless its context says otherwise.
    public func seal(
        _ plaintext: some Collection<UInt8>, context: PacketContext = .none,
        using entropy: inout some RandomNumberGenerator
    ) throws(LinkFault) -> Packet {
        guard state == .active || state == .stale else { throw .outOfOrder }
        var packet = Packet(.data, to: id, .link, context: context, payload: [])
        if context.isInTheClear {
            packet.payload = Array(plaintext)
            guard packet.frameByteCount <= mtu else { throw .tooLarge }
        } else {
            guard plaintext.count <= maxPlaintextByteCount else { throw .tooLarge }
            do { packet.payload = try key.encrypt(plaintext, using: &entropy) } catch { throw .malformed }
        }
        return packet
    }

    /// The packet that proves that a packet of this link arrived.
    public func prove(_ hash: Primitives.Digest) throws(SigningFault) -> Packet {
        Packet(.proof, to: id, .link, payload: hash.bytes + (try sign(hash.bytes)))
    }

    /// The packet by which an initiator says who it is. Only the responder reads it.
    public func identify(
        as identity: PrivateIdentity, using entropy: inout some RandomNumberGenerator
    ) throws(LinkFault) -> Packet {
        guard role == .initiator else { throw .outOfOrder }
        let bytes = identity.publicIdentity.bytes
        let signature: [UInt8]
        do { signature = try identity.sign(id.bytes + bytes) } catch { throw .badKey }
        return try seal(bytes + signature, context: .linkIdentify, using: &entropy)
    }

    /// Ends the link, and the packet that tells the other side; nil where there is nobody to tell yet.
    public mutating func close(using entropy: inout some RandomNumberGenerator) -> Packet? {
        defer { state = .closed }
        do { return try seal(id.bytes, context: .linkClose, using: &entropy) } catch { return nil }
    }

    private func sign(_ message: [UInt8]) throws(SigningFault) -> [UInt8] {
        switch own {
        case .identity(let identity): return try identity.sign(message)
        case .ephemeral(let key): do { return try key.sign(message) } catch { throw .failed }
        }
    }

    func isValid(_ signature: some Collection<UInt8>, over message: [UInt8]) -> Bool {
        switch other {
        case .identity(let identity): identity.isValid(signature, over: message)
        case .ephemeral(let key): key.isValid(signature, over: message)
        }
    }

    func open(_ packet: Packet) throws(LinkFault) -> [UInt8] {
        do { return try key.decrypt(packet.payload[...]) } catch { throw .notAuthentic }
    }
}
