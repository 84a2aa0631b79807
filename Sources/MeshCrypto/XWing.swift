import Crypto
import FoundationEssentials

/// X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 (FIPS 203) and X25519 (RFC 7748) combined by SHA3-256. The secret stays one while
/// either of the two holds.
public enum XWing {
    public static let seedByteCount = 32
    public static let publicKeyByteCount = 1216
    public static let ciphertextByteCount = 1120
    public static let secretByteCount = 32

    /// A private key for one agreement.
    public struct PrivateKey: ~Copyable, Sendable {
        private let key: XWingMLKEM768X25519.PrivateKey
        /// 1216 bytes.
        public let publicKey: [UInt8]

        /// - Parameter seed: 32 bytes of the system's entropy.
        public init(seed: borrowing Secret) throws(CryptoFailure) {
            guard seed.count == XWing.seedByteCount else { throw .badKey(.xwing) }
            key = try seed.withBytes { (bytes: UnsafeRawBufferPointer) throws(CryptoFailure) in
                do { return try XWingMLKEM768X25519.PrivateKey(seedRepresentation: bytes, publicKey: nil) } catch {
                    throw .badKey(.xwing)
                }
            }
            publicKey = Array(key.publicKey.rawRepresentation)
        }

        /// - Throws: where the ciphertext has another length. One that was changed gives another secret, without a sign of it.
        public borrowing func decapsulate(_ ciphertext: some Collection<UInt8>) throws(CryptoFailure) -> Secret {
            guard ciphertext.count == XWing.ciphertextByteCount else { throw .agreementFailed }
            do { return Secret(try key.decapsulate(Data(ciphertext))) } catch { throw .agreementFailed }
        }
    }

    /// What one side keeps and what it sends.
    public struct Encapsulation: ~Copyable, Sendable {
        /// 32 bytes.
        public let secret: Secret
        /// 1120 bytes.
        public let ciphertext: [UInt8]
    }

    /// Makes a secret that only the owner of `publicKey` can read from the ciphertext. Its randomness is the library's own.
    public static func encapsulate(to publicKey: some Collection<UInt8>) throws(CryptoFailure) -> Encapsulation {
        guard publicKey.count == publicKeyByteCount else { throw .badKey(.xwing) }
        let key: XWingMLKEM768X25519.PublicKey
        do { key = try XWingMLKEM768X25519.PublicKey(rawRepresentation: Array(publicKey)) } catch { throw .badKey(.xwing) }
        do {
            let result = try key.encapsulate()
            return Encapsulation(secret: Secret(result.sharedSecret), ciphertext: Array(result.encapsulated))
        } catch { throw .agreementFailed }
    }
}
