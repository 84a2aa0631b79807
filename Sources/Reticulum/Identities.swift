@_spi(Reticulum) public import MeshCrypto
public import Primitives

/// Why bytes are no identity.
public enum IdentityFault: Error, Hashable, Sendable {
    case wrongLength
    /// No Ed25519 key, or one of small order.
    case badKey
}

/// The public half of an identity: `X25519 32 ‖ Ed25519 32`.
public struct PublicIdentity: Sendable {
    /// 64 bytes.
    public let bytes: [UInt8]
    /// What names it.
    public let hash: ShortHash
    private let signingKey: BareEd25519.PublicKey

    public init(_ bytes: some Collection<UInt8>) throws(IdentityFault) {
        guard bytes.count == Wire.identityByteCount else { throw .wrongLength }
        self.bytes = Array(bytes)
        hash = sha256(self.bytes).short
        do { signingKey = try BareEd25519.PublicKey(Array(self.bytes[32...])) } catch { throw .badKey }
    }

    public var x25519: ArraySlice<UInt8> { bytes[..<32] }
    public var ed25519: ArraySlice<UInt8> { bytes[32...] }

    public func isValid(_ signature: some Collection<UInt8>, over message: [UInt8]) -> Bool {
        signingKey.isValid(signature, over: message)
    }

    /// `ephemeral X25519 key 32 ‖ token`, to the newest ratchet where one is known.
    public func encrypt(
        _ plaintext: some Collection<UInt8>, ratchet: [UInt8]? = nil, using entropy: inout some RandomNumberGenerator
    ) throws(TokenFault) -> [UInt8] {
        do {
            let ephemeral = try X25519.PrivateKey(seed: Secret(copying: entropy.draw(32)))
            let shared = try ephemeral.agree(with: ratchet ?? Array(x25519))
            return ephemeral.publicKey + (try TokenKey(shared: shared, salt: hash).encrypt(plaintext, using: &entropy))
        } catch { throw .badKey }
    }
}

extension PublicIdentity: Hashable {
    public static func == (a: PublicIdentity, b: PublicIdentity) -> Bool { a.bytes == b.bytes }
    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// Both halves of an identity. Its keys serve Reticulum and nothing else: they sign bytes that name no domain.
public final class PrivateIdentity: Sendable {
    public let publicIdentity: PublicIdentity
    private let agreement: X25519.PrivateKey
    private let signing: BareEd25519.PrivateKey

    /// - Parameter bytes: `X25519 32 ‖ Ed25519 seed 32`, as the reference keeps them in a file.
    public init(_ bytes: borrowing Secret) throws(IdentityFault) {
        guard bytes.count == Wire.identityByteCount else { throw .wrongLength }
        do {
            agreement = try X25519.PrivateKey(seed: Secret(copying: bytes.withBytes { Array($0[..<32]) }))
            signing = try BareEd25519.PrivateKey(seed: Secret(copying: bytes.withBytes { Array($0[32...]) }))
        } catch { throw .badKey }
        publicIdentity = try PublicIdentity(agreement.publicKey + signing.publicKey)
    }

    /// 64 bytes over exactly these bytes.
    public func sign(_ message: [UInt8]) throws(SigningFault) -> [UInt8] {
        do { return try signing.sign(message) } catch { throw .failed }
    }

    /// - Parameters:
    ///   - ratchets: the destination's, the newest first; all are tried before the identity's own key.
    ///   - mustBeRatchet: what was encrypted to the identity's own key is refused.
    public func decrypt(
        _ ciphertext: ArraySlice<UInt8>, ratchets: [Ratchet] = [], mustBeRatchet: Bool = false
    ) throws(TokenFault) -> [UInt8] {
        guard ciphertext.count > X25519.keyByteCount + TokenKey.overheadByteCount else { throw .malformed }
        let (other, token) = (ciphertext.prefix(X25519.keyByteCount), ciphertext.dropFirst(X25519.keyByteCount))
        for ratchet in ratchets {
            if let key = Self.key(ratchet.key, other, publicIdentity.hash), let text = Self.open(token, key) {
                return text
            }
        }
        guard !mustBeRatchet, let key = Self.key(agreement, other, publicIdentity.hash) else { throw .notAuthentic }
        return try key.decrypt(token)
    }

    private static func key(_ own: borrowing X25519.PrivateKey, _ other: ArraySlice<UInt8>, _ salt: ShortHash)
        -> TokenKey?
    {
        do { return try TokenKey(shared: try own.agree(with: other), salt: salt) } catch { return nil }
    }

    private static func open(_ token: ArraySlice<UInt8>, _ key: TokenKey) -> [UInt8]? {
        do { return try key.decrypt(token) } catch { return nil }
    }
}

/// The cryptographic library made no signature.
public enum SigningFault: Error, Hashable, Sendable { case failed }
