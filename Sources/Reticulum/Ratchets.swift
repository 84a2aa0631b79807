public import MeshCrypto
public import Primitives

/// A short-lived key of a destination: who learns the identity's key later reads nothing that was encrypted to a
/// ratchet that is gone.
public final class Ratchet: Sendable {
    let key: X25519.PrivateKey

    /// - Parameter bytes: 32 bytes of the system's entropy.
    public init(_ bytes: borrowing Secret) throws(TokenFault) {
        do { key = try X25519.PrivateKey(seed: bytes) } catch { throw .badKey }
    }

    /// 32 bytes: what an announce carries.
    public var publicKey: [UInt8] { key.publicKey }
    /// 10 bytes.
    public var id: [UInt8] { Self.id(of: publicKey) }

    public static func id(of publicKey: [UInt8]) -> [UInt8] {
        Array(sha256(publicKey).bytes.prefix(Wire.nameHashByteCount))
    }
}

/// The ratchets of one destination, the newest first.
public struct RatchetRing: Sendable {
    public static let capacity = 512
    public static let minRotation = Interval.seconds(30 * 60)

    public private(set) var ratchets: [Ratchet] = []
    private var lastRotation: Instant?

    public init() {}

    public var current: Ratchet? { ratchets.first }

    /// The ratchet to announce: a new one where the last is older than `minRotation`.
    public mutating func rotate(at now: Instant, using entropy: inout some RandomNumberGenerator) throws(TokenFault)
        -> Ratchet
    {
        if let current, let lastRotation, now - lastRotation < Self.minRotation { return current }
        let ratchet = try Ratchet(Secret(copying: entropy.draw(Wire.ratchetByteCount)))
        ratchets.insert(ratchet, at: 0)
        if ratchets.count > Self.capacity { ratchets.removeLast() }
        lastRotation = now
        return ratchet
    }
}
