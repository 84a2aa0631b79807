public import MeshCrypto
import Primitives

/// Why a token was not made or not opened.
public enum TokenFault: Error, Hashable, Sendable, CaseIterable {
    /// Not 64 bytes, or no X25519 key.
    case badKey
    /// Too short, or no number of whole blocks.
    case malformed
    /// Not made with any of the keys at hand.
    case notAuthentic
}

/// The symmetric keys of a link, a GROUP destination or one encrypted packet: `HMAC key 32 ‖ AES key 32`.
///
/// A token is `vector 16 ‖ AES-256-CBC with PKCS #7 ‖ HMAC-SHA256 over both 32`. Shared by reference, erased when the
/// last one goes.
public final class TokenKey: Sendable {
    public static let byteCount = 64
    /// What a token is longer than its text, without the padding's 1 to 16 bytes.
    public static let overheadByteCount = 48
    private static let vectorByteCount = 16
    private static let codeByteCount = 32

    private let authentication: Secret
    private let cipher: AES256CBC

    /// - Throws: unless there are 64 bytes.
    public init(_ bytes: borrowing Secret) throws(TokenFault) {
        guard bytes.count == Self.byteCount else { throw .badKey }
        authentication = Secret(copying: bytes.withBytes { Array($0[..<32]) })
        cipher = AES256CBC(Secret(copying: bytes.withBytes { Array($0[32...]) }))
    }

    /// The keys that come out of an agreement.
    convenience init(shared: borrowing Secret, salt: ShortHash) throws(TokenFault) {
        let key = HKDFSHA256.extract(salt: salt.bytes, shared)
        try self.init(HKDFSHA256.expand(key, info: [], byteCount: Self.byteCount))
    }

    public func encrypt(
        _ plaintext: some Collection<UInt8>, using entropy: inout some RandomNumberGenerator
    ) throws(TokenFault) -> [UInt8] {
        let vector = entropy.draw(Self.vectorByteCount)
        let ciphertext: [UInt8]
        do { ciphertext = try cipher.encrypt(plaintext, vector: vector) } catch { throw .malformed }
        let message = vector + ciphertext
        return message + authentication.authenticate(message)
    }

    /// The code is checked before anything is decrypted.
    public func decrypt(_ token: ArraySlice<UInt8>) throws(TokenFault) -> [UInt8] {
        guard token.count >= Self.overheadByteCount + AES256CBC.blockByteCount else { throw .malformed }
        let message = Array(token.dropLast(Self.codeByteCount))
        guard authentication.isValid(token.suffix(Self.codeByteCount), for: message) else { throw .notAuthentic }
        do {
            return try cipher.decrypt(
                message.dropFirst(Self.vectorByteCount), vector: message.prefix(Self.vectorByteCount))
        } catch { throw .malformed }
    }
}
