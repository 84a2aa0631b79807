import Crypto

/// Ed25519 (RFC 8032) over byte strings that name no domain.
///
/// Everything of the mesh is signed as a `SignedMessage`, so that a signature for one purpose is none for another.
/// Reticulum's wire format signs bare bytes and can't be changed; it has keys of its own for that. This is behind
/// `@_spi(Reticulum)` so that no other target comes to it by accident, and a key that signs here must sign nowhere
/// else.
@_spi(Reticulum) public enum BareEd25519 {
    public static let keyByteCount = 32
    public static let signatureByteCount = 64

    /// A private key. Its signatures are deterministic: BoringSSL's are, Apple's CryptoKit's are not.
    public struct PrivateKey: Sendable {
        private let key: Curve25519.Signing.PrivateKey
        /// 32 bytes.
        public let publicKey: [UInt8]

        /// - Parameter seed: 32 bytes of the system's entropy.
        public init(seed: borrowing Secret) throws(CryptoFailure) {
            key = try seed.withBytes { (bytes: UnsafeRawBufferPointer) throws(CryptoFailure) in
                do { return try Curve25519.Signing.PrivateKey(rawRepresentation: bytes) } catch {
                    throw .badKey(.ed25519)
                }
            }
            publicKey = Array(key.publicKey.rawRepresentation)
        }

        /// 64 bytes.
        public func sign(_ message: [UInt8]) throws(CryptoFailure) -> [UInt8] {
            do { return Array(try key.signature(for: message)) } catch { throw .signingFailed(.ed25519) }
        }
    }

    /// A public key, parsed once.
    public struct PublicKey: Sendable {
        private let key: Curve25519.Signing.PublicKey

        /// - Throws: where there are not 32 bytes, or they are a point of small order, which would verify what nobody signed.
        public init(_ bytes: [UInt8]) throws(CryptoFailure) {
            guard !SmallOrder.contains(ed25519: bytes) else { throw .badKey(.ed25519) }
            do { key = try Curve25519.Signing.PublicKey(rawRepresentation: bytes) } catch { throw .badKey(.ed25519) }
        }

        public func isValid(_ signature: some Collection<UInt8>, over message: [UInt8]) -> Bool {
            signature.count == BareEd25519.signatureByteCount && key.isValidSignature(Array(signature), for: message)
        }
    }
}
