import Crypto

/// Why a key or a signature could not be made.
public enum CryptoFailure: Error, Hashable, Sendable {
    /// The bytes are no key of this kind, or not as many as the standard asks for.
    case badKey(KeyKind)
    case signingFailed(KeyKind)
    /// No secret comes out of this key or this ciphertext.
    case agreementFailed
    /// The ciphertext is not what was sealed under this key, nonce and associated data.
    case notAuthentic

    public enum KeyKind: String, Hashable, Sendable { case ed25519, x25519, mldsa65, mlkem768, xwing }
}

/// Both halves over the same message; both must hold. In no hash, because ML-DSA signatures are randomised.
public struct HybridSignature: Hashable, Sendable {
    /// 64 bytes, or empty where a scheme leaves it out.
    public var ed25519: [UInt8]
    /// 3309 bytes, or empty where a scheme leaves it out.
    public var mldsa65: [UInt8]

    public init(ed25519: [UInt8], mldsa65: [UInt8]) {
        self.ed25519 = ed25519
        self.mldsa65 = mldsa65
    }

    public static let ed25519ByteCount = 64
    public static let mldsa65ByteCount = 3309
}

/// Public keys that were parsed once, because parsing costs as much as a third of a verification.
public struct VerificationKey: Sendable {
    /// 32 bytes.
    public let ed25519: [UInt8]
    /// 1952 bytes.
    public let mldsa65: [UInt8]
    private let parsedEd25519: Curve25519.Signing.PublicKey
    private let parsedMLDSA65: MLDSA65.PublicKey

    /// - Throws: where a length is wrong or the Ed25519 key is a point of small order. Every other 32 bytes pass: those that are no
    ///   point verify nothing.
    public init(ed25519: [UInt8], mldsa65: [UInt8]) throws(CryptoFailure) {
        guard !SmallOrder.contains(ed25519: ed25519) else { throw .badKey(.ed25519) }
        self.ed25519 = ed25519
        self.mldsa65 = mldsa65
        do { parsedEd25519 = try Curve25519.Signing.PublicKey(rawRepresentation: ed25519) } catch {
            throw .badKey(.ed25519)
        }
        do { parsedMLDSA65 = try MLDSA65.PublicKey(rawRepresentation: mldsa65) } catch { throw .badKey(.mldsa65) }
    }

    fileprivate func isValid(ed25519 signature: [UInt8], over message: SignedMessage) -> Bool {
        signature.count == HybridSignature.ed25519ByteCount
            && parsedEd25519.isValidSignature(signature, for: message.bytes)
    }
    fileprivate func isValid(mldsa65 signature: [UInt8], over message: SignedMessage) -> Bool {
        signature.count == HybridSignature.mldsa65ByteCount
            && parsedMLDSA65.isValidSignature(signature, for: message.bytes)
    }
}

/// Checks signatures. Injected, so that the simulator can run without the cost of real ones.
public protocol Verifier: Sendable {
    func isValid(ed25519 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool
    func isValid(mldsa65 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool
}

extension Verifier {
    /// Both halves, the cheap one first.
    public func isValid(_ signature: HybridSignature, over message: SignedMessage, by key: VerificationKey) -> Bool {
        isValid(ed25519: signature.ed25519, over: message, by: key)
            && isValid(mldsa65: signature.mldsa65, over: message, by: key)
    }
}

/// Ed25519 (RFC 8032) and ML-DSA-65 (FIPS 204, empty context).
public struct SignatureVerifier: Verifier {
    public init() {}

    public func isValid(ed25519 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool {
        key.isValid(ed25519: signature, over: message)
    }
    public func isValid(mldsa65 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool {
        key.isValid(mldsa65: signature, over: message)
    }
}

/// Makes signatures with one identity's keys.
public protocol Signer: Sendable {
    func signEd25519(_ message: SignedMessage) throws(CryptoFailure) -> [UInt8]
    func signMLDSA65(_ message: SignedMessage) throws(CryptoFailure) -> [UInt8]
}

extension Signer {
    public func sign(_ message: SignedMessage) throws(CryptoFailure) -> HybridSignature {
        HybridSignature(ed25519: try signEd25519(message), mldsa65: try signMLDSA65(message))
    }
}
