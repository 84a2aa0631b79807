import Crypto

/// The four private keys of one identity, made from seeds. Only public keys and signatures leave it.
public final class PrivateKeys: Signer, Sendable {
    private let ed25519: Curve25519.Signing.PrivateKey
    private let x25519: Curve25519.KeyAgreement.PrivateKey
    private let mldsa65: MLDSA65.PrivateKey
    private let mlkem768: MLKEM768.PrivateKey

    /// - Parameter seeds: `SeedLayout.byteCount` bytes in the order of `SeedLayout`.
    public init(seeds: borrowing Secret) throws(CryptoFailure) {
        guard seeds.count == SeedLayout.byteCount else { throw .badKey(.ed25519) }
        (ed25519, x25519, mldsa65, mlkem768) = try seeds.withBytes {
            (bytes: UnsafeRawBufferPointer) throws(CryptoFailure) in
            func key<Key>(
                _ kind: CryptoFailure.KeyKind, _ range: Range<Int>, _ make: (UnsafeRawBufferPointer) throws -> Key
            )
                throws(CryptoFailure) -> Key
            {
                do { return try make(UnsafeRawBufferPointer(rebasing: bytes[range])) } catch { throw .badKey(kind) }
            }
            return (
                try key(.ed25519, SeedLayout.ed25519) { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) },
                try key(.x25519, SeedLayout.x25519) { try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: $0) },
                try key(.mldsa65, SeedLayout.mldsa65) {
                    try MLDSA65.PrivateKey(seedRepresentation: $0, publicKey: nil)
                },
                try key(.mlkem768, SeedLayout.mlkem768) {
                    try MLKEM768.PrivateKey(seedRepresentation: $0, publicKey: nil)
                }
            )
        }
    }

    /// 32 bytes.
    public var ed25519PublicKey: [UInt8] { Array(ed25519.publicKey.rawRepresentation) }
    /// 32 bytes.
    public var x25519PublicKey: [UInt8] { Array(x25519.publicKey.rawRepresentation) }
    /// 1952 bytes.
    public var mldsa65PublicKey: [UInt8] { Array(mldsa65.publicKey.rawRepresentation) }
    /// 1184 bytes.
    public var mlkem768PublicKey: [UInt8] { Array(mlkem768.publicKey.rawRepresentation) }

    public func signEd25519(_ message: SignedMessage) throws(CryptoFailure) -> [UInt8] {
        do { return Array(try ed25519.signature(for: message.bytes)) } catch { throw .signingFailed(.ed25519) }
    }
    public func signMLDSA65(_ message: SignedMessage) throws(CryptoFailure) -> [UInt8] {
        do { return Array(try mldsa65.signature(for: message.bytes)) } catch { throw .signingFailed(.mldsa65) }
    }
}
