public import MeshCrypto
public import Primitives

/// Which halves of a hybrid signature a network's headers and votes carry.
public enum SignatureScheme: UInt8, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case ed25519 = 1
    case mldsa65 = 2
    case hybrid = 3

    public var description: String {
        switch self {
        case .ed25519: "ed25519"
        case .mldsa65: "mldsa65"
        case .hybrid: "hybrid"
        }
    }

    /// Signs with the halves that the scheme asks for; the other stays empty.
    public func sign(_ message: SignedMessage, with signer: some Signer) throws(CryptoFailure) -> HybridSignature {
        HybridSignature(
            ed25519: self == .mldsa65 ? [] : try signer.signEd25519(message),
            mldsa65: self == .ed25519 ? [] : try signer.signMLDSA65(message))
    }

    /// Whether exactly the halves of the scheme are there and hold.
    public func isValid(
        _ signature: HybridSignature, over message: SignedMessage, by key: VerificationKey, verifier: some Verifier
    ) -> Bool {
        switch self {
        case .ed25519: signature.mldsa65.isEmpty && verifier.isValid(ed25519: signature.ed25519, over: message, by: key)
        case .mldsa65: signature.ed25519.isEmpty && verifier.isValid(mldsa65: signature.mldsa65, over: message, by: key)
        case .hybrid: verifier.isValid(signature, over: message, by: key)
        }
    }
}

/// The authority's word that a header is final: it is durable and will not be rolled back.
public struct FinalitySignature: Hashable, Sendable {
    /// Empty where the scheme leaves it out, as is the other half.
    public var ed25519: [UInt8]
    public var mldsa65: [UInt8]

    public init(ed25519: [UInt8], mldsa65: [UInt8]) {
        self.ed25519 = ed25519
        self.mldsa65 = mldsa65
    }
    public init(_ signature: HybridSignature) { self.init(ed25519: signature.ed25519, mldsa65: signature.mldsa65) }

    public var signature: HybridSignature { HybridSignature(ed25519: ed25519, mldsa65: mldsa65) }

    /// What the authority signs of a header.
    public static func message(for header: BlockHeader) -> SignedMessage {
        SignedMessage(.finality, scope: header.network.digest, content: header.digest.bytes)
    }

    public static func sign(
        _ header: BlockHeader, scheme: SignatureScheme, with authority: some Signer
    ) throws(CryptoFailure) -> FinalitySignature {
        FinalitySignature(try scheme.sign(message(for: header), with: authority))
    }

    /// Stored form: bytes ed25519 ‖ bytes mldsa65.
    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 8 + ed25519.count + mldsa65.count)
        writer.writeBytes(ed25519)
        writer.writeBytes(mldsa65)
        return writer.bytes
    }

    public init(bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        ed25519 = try reader.readBytes(limit: HybridSignature.ed25519ByteCount)
        mldsa65 = try reader.readBytes(limit: HybridSignature.mldsa65ByteCount)
        try reader.finish()
    }
}
