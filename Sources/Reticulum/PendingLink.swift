@_spi(Reticulum) import MeshCrypto
public import Primitives

/// A link that was asked for and not answered yet.
public struct PendingLink: Sendable {
    public let destination: ShortHash
    public let id: ShortHash
    /// What to send.
    public let request: Packet
    private let identity: PublicIdentity
    private let keys: EphemeralKeys
    private let asked: LinkSignalling?
    private let started: Instant

    /// - Parameter mtu: of the interface that the request leaves by; nil where it has none that was configured or guessed.
    public init(
        to destination: ShortHash, of identity: PublicIdentity, mtu: Int?, at now: Instant,
        using entropy: inout some RandomNumberGenerator
    ) throws(LinkFault) {
        do { keys = try EphemeralKeys(using: &entropy) } catch { throw .badKey }
        asked = mtu.map { LinkSignalling(mtu: min(max($0, Wire.mtu), Wire.maxFrameByteCount)) }
        request = Packet(
            .linkRequest, to: destination, .single,
            payload: keys.agreement.publicKey + keys.signing.publicKey + (asked?.bytes ?? []))
        id = try LinkRequest(request).id
        (self.destination, self.identity, started) = (destination, identity, now)
    }

    /// The link, and the round trip time to send on it at once: the other side waits for it.
    public func establish(
        by packet: Packet, at now: Instant, using entropy: inout some RandomNumberGenerator
    ) throws(LinkFault) -> (link: Link, packet: Packet) {
        let proof = try LinkProof(packet)
        guard proof.id == id else { throw .notForThisLink }
        guard proof.signalling?.mode.isEnabled ?? true else { throw .modeNotEnabled }
        let mtu = proof.signalling?.mtu ?? Wire.mtu
        guard mtu >= Wire.mtu, mtu <= asked?.mtu ?? Wire.mtu else { throw .malformed }
        guard proof.isValid(by: identity) else { throw .badSignature }
        let key: TokenKey
        do { key = try TokenKey(shared: try keys.agreement.agree(with: proof.x25519), salt: id) } catch {
            throw .badKey
        }
        var link = Link(
            id: id, destination: destination, role: .initiator, mtu: mtu, key: key, own: .ephemeral(keys.signing),
            other: .identity(identity), at: now)
        let time = now - started
        link.begin(roundTripTime: time, at: now)
        return (link, try link.seal(RoundTripTime.encode(time), context: .linkRoundTripTime, using: &entropy))
    }
}

/// Keys that one side makes for one link. By reference, because a secret can't be copied.
final class EphemeralKeys: Sendable {
    let agreement: X25519.PrivateKey
    let signing: BareEd25519.PrivateKey

    init(using entropy: inout some RandomNumberGenerator) throws(CryptoFailure) {
        agreement = try X25519.PrivateKey(seed: Secret(copying: entropy.draw(32)))
        signing = try BareEd25519.PrivateKey(seed: Secret(copying: entropy.draw(32)))
    }
}

/// Seconds as MessagePack's float 64.
enum RoundTripTime {
    static let longest = Interval.seconds(600)

    static func encode(_ time: Interval) -> [UInt8] {
        let bits = (Double(max(0, time.nanoseconds)) / 1e9).bitPattern
        return [0xCB] + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> UInt64($0)) }
    }

    /// - Returns: nil unless it is a time between nothing and ten minutes.
    static func decode(_ bytes: [UInt8]) -> Interval? {
        guard bytes.count == 9, bytes[0] == 0xCB else { return nil }
        let seconds = Double(bitPattern: bytes[1...].reduce(0) { $0 << 8 | UInt64($1) })
        guard seconds >= 0, seconds <= 600 else { return nil }
        return Interval(nanoseconds: Int64(seconds * 1e9))
    }
}
