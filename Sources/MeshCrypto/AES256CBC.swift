import Crypto
import CryptoExtras

/// AES-256 in Cipher Block Chaining mode (NIST SP 800-38A) with PKCS #7 padding (RFC 5652).
///
/// It keeps secrets and nothing more: whoever uses it authenticates the ciphertext, and checks that before anything is
/// decrypted.
public struct AES256CBC: ~Copyable, Sendable {
    public static let keyByteCount = 32
    public static let blockByteCount = 16

    private let key: SymmetricKey

    /// - Precondition: 32 bytes.
    public init(_ secret: borrowing Secret) {
        precondition(secret.count == Self.keyByteCount, "a key of AES-256")
        key = secret.key
    }

    /// - Parameter vector: 16 bytes that nobody could foresee.
    /// - Returns: whole blocks, one to sixteen bytes more than `plaintext` has.
    public borrowing func encrypt(
        _ plaintext: some Collection<UInt8>, vector: some Collection<UInt8>
    ) throws(CryptoFailure) -> [UInt8] {
        do {
            return Array(try AES._CBC.encrypt(Array(plaintext), using: key, iv: AES._CBC.IV(ivBytes: Array(vector))))
        } catch { throw .agreementFailed }
    }

    /// - Throws: where `ciphertext` is no number of whole blocks or its padding is wrong.
    public borrowing func decrypt(
        _ ciphertext: some Collection<UInt8>, vector: some Collection<UInt8>
    ) throws(CryptoFailure) -> [UInt8] {
        guard !ciphertext.isEmpty, ciphertext.count.isMultiple(of: Self.blockByteCount) else { throw .notAuthentic }
        do {
            return Array(try AES._CBC.decrypt(Array(ciphertext), using: key, iv: AES._CBC.IV(ivBytes: Array(vector))))
        } catch { throw .notAuthentic }
    }
}
