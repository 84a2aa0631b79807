import Crypto
import FoundationEssentials

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D) with nonces of 96 bits. A nonce must never serve twice under one key.
public struct AES256GCM: ~Copyable, Sendable {
    public static let keyByteCount = 32
    public static let nonceByteCount = 12
    public static let tagByteCount = 16

    private let key: SymmetricKey

    /// - Precondition: 32 bytes.
    public init(_ secret: borrowing Secret) {
        precondition(secret.count == Self.keyByteCount, "a key of AES-256")
        key = secret.key
    }

    /// Appends ciphertext and tag to `output`.
    public borrowing func seal(
        _ plaintext: [UInt8], nonce: [UInt8], authenticating associated: [UInt8], into output: inout [UInt8]
    ) throws(CryptoFailure) {
        do {
            let box = try AES.GCM.seal(plaintext, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: associated)
            box.ciphertext.withUnsafeBytes { output.append(contentsOf: $0) }
            box.tag.withUnsafeBytes { output.append(contentsOf: $0) }
        } catch { throw .notAuthentic }
    }

    /// - Parameter sealed: ciphertext and tag.
    public borrowing func open(
        _ sealed: ArraySlice<UInt8>, nonce: [UInt8], authenticating associated: [UInt8]
    ) throws(CryptoFailure) -> [UInt8] {
        guard sealed.count >= Self.tagByteCount else { throw .notAuthentic }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce), ciphertext: sealed.dropLast(Self.tagByteCount),
                tag: sealed.suffix(Self.tagByteCount))
            return Array(try AES.GCM.open(box, using: key, authenticating: associated))
        } catch { throw .notAuthentic }
    }
}
