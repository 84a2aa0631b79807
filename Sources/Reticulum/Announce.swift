public import Primitives

/// Why an announce is not believed.
public enum AnnounceFault: Error, Hashable, Sendable, CaseIterable {
    case notAnAnnounce
    case truncated
    case badIdentity
    case badSignature
    /// The destination is not the hash of name and identity.
    case wrongDestination
    /// The destination is known with other keys.
    case keyChanged
}

/// A destination that says who it is, verified.
///
/// `identity 64 ‖ name hash 10 ‖ random 5 ‖ seconds 5 ‖ [ratchet 32] ‖ signature 64 ‖ application data`; signed are the
/// destination's hash and all of that but the signature.
public struct Announce: Hashable, Sendable {
    public let destination: ShortHash
    public let identity: PublicIdentity
    public let nameHash: NameHash
    /// Names this one announce: 5 random bytes and the 5 of the time.
    public let blob: AnnounceBlob
    /// An X25519 key of 32 bytes.
    public let ratchet: [UInt8]?
    public let appData: [UInt8]
    /// It answers a path request: read by whoever asked, and passed on by nobody.
    public let isPathResponse: Bool

    private static let fixedByteCount = Wire.identityByteCount + Wire.nameHashByteCount + AnnounceBlob.byteCount

    /// Verifies everything that can be verified without knowing earlier ones.
    public init(_ packet: Packet) throws(AnnounceFault) {
        guard packet.kind == .announce, packet.destinationType == .single else { throw .notAnAnnounce }
        let ratchetByteCount = packet.hasContextFlag ? Wire.ratchetByteCount : 0
        let signed = Self.fixedByteCount + ratchetByteCount
        let payload = packet.payload
        guard payload.count >= signed + Wire.signatureByteCount else { throw .truncated }
        do { identity = try PublicIdentity(payload[..<64]) } catch { throw .badIdentity }
        guard let nameHash = NameHash(payload[64..<74]), let blob = AnnounceBlob(payload[74..<84]) else {
            throw .truncated
        }
        destination = packet.destination
        (self.nameHash, self.blob) = (nameHash, blob)
        ratchet = packet.hasContextFlag ? Array(payload[84..<116]) : nil
        appData = Array(payload[(signed + Wire.signatureByteCount)...])
        isPathResponse = packet.context == .pathResponse
        guard nameHash.destination(of: identity.hash) == destination else { throw .wrongDestination }
        let message = destination.bytes + payload[..<signed] + appData
        guard identity.isValid(payload[signed..<signed + Wire.signatureByteCount], over: message) else {
            throw .badSignature
        }
    }

    /// The packet that announces a SINGLE destination.
    ///
    /// - Parameters:
    ///   - appData: at most `Wire.maxRelayedAppDataByteCount`, 32 fewer with a ratchet, or relays can't pass it on.
    ///   - time: by the same clock every time: the newer of two announces decides the path.
    public static func packet(
        _ name: DestinationName, of identity: PrivateIdentity, ratchet: Ratchet? = nil, appData: [UInt8] = [],
        at time: WallTime, asPathResponse: Bool = false, using entropy: inout some RandomNumberGenerator
    ) throws(SigningFault) -> Packet {
        let destination = name.hash.destination(of: identity.publicIdentity.hash)
        let blob = AnnounceBlob(random: entropy.draw(5), time: time)
        let signed = identity.publicIdentity.bytes + name.hash.bytes + blob.bytes + (ratchet?.publicKey ?? [])
        let signature = try identity.sign(destination.bytes + signed + appData)
        var packet = Packet(.announce, to: destination, .single, payload: signed + signature + appData)
        packet.hasContextFlag = ratchet != nil
        packet.context = asPathResponse ? .pathResponse : .none
        return packet
    }
}

/// 5 random bytes and 5 of Unix seconds. Two announces with one blob are one announce.
public struct AnnounceBlob: Hashable, Sendable {
    public static let byteCount = 10
    private let random: UInt64
    /// When it was made, by the announcer's clock: Unix seconds.
    public let seconds: UInt64

    /// - Returns: nil unless there are 10 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        random = bytes.prefix(5).reduce(0) { $0 << 8 | UInt64($1) }
        seconds = bytes.suffix(5).reduce(0) { $0 << 8 | UInt64($1) }
    }

    init(random: [UInt8], time: WallTime) {
        self.random = random.reduce(0) { $0 << 8 | UInt64($1) }
        seconds = UInt64(max(0, time.milliseconds / 1_000)) & 0xFF_FFFF_FFFF
    }

    public var bytes: [UInt8] {
        [random, seconds].flatMap { word in
            stride(from: 32, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }
}
