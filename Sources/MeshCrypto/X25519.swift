import Crypto

/// X25519 (RFC 7748), for protocols whose secrecy is all in it. New protocols use `XWing`.
public enum X25519 {
    public static let keyByteCount = 32

    /// A private key, for one agreement or for many.
    public struct PrivateKey: ~Copyable, Sendable {
        private let key: Curve25519.KeyAgreement.PrivateKey
        /// 32 bytes.
        public let publicKey: [UInt8]

        /// - Parameter seed: 32 bytes of the system's entropy.
        public init(seed: borrowing Secret) throws(CryptoFailure) {
            key = try seed.withBytes { (bytes: UnsafeRawBufferPointer) throws(CryptoFailure) in
                do { return try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes) } catch {
                    throw .badKey(.x25519)
                }
            }
            publicKey = Array(key.publicKey.rawRepresentation)
        }

        /// The 32 bytes that both sides compute.
        ///
        /// - Throws: where the other key has another length, or is of small order, so that the result would be no secret.
        public borrowing func agree(with other: some Collection<UInt8>) throws(CryptoFailure) -> Secret {
            guard other.count == X25519.keyByteCount else { throw .badKey(.x25519) }
            do {
                let other = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: Array(other))
                let shared = try key.sharedSecretFromKeyAgreement(with: other)
                // RFC 7748, section 6.1: the library leaves this check to its callers.
                guard shared.withUnsafeBytes({ $0.reduce(0) { $0 | $1 } }) != 0 else {
                    throw CryptoFailure.agreementFailed
                }
                return Secret(shared.withUnsafeBytes { SymmetricKey(data: $0) })
            } catch { throw .agreementFailed }
        }
    }
}
