import Identity
import MeshCrypto
import Primitives

/// Which side somebody is.
enum TunnelRole: UInt8, Sendable {
    case initiator = 1
    case responder = 2

    var purpose: SigningPurpose { self == .initiator ? .tunnelInitiator : .tunnelResponder }
    var other: TunnelRole { self == .initiator ? .responder : .initiator }
}

/// What is sealed in response and finish: who somebody is, and that it holds those keys in this very handshake.
///
///     bool whole ‖ bundle (3200) or digest (32) ‖ bytes payload ‖ Ed25519 (64) ‖ ML-DSA-65 (3309) ‖ MAC (32)
///
/// Both signatures cover transcript ‖ digest of the signer's bundle ‖ H(payload); the MAC covers the same and the role.
struct IdentityProof: Sendable {
    enum Claim: Hashable, Sendable {
        case bundle(PublicBundle)
        case digest(Digest)

        var digest: Digest {
            switch self {
            case .bundle(let bundle): bundle.digest
            case .digest(let digest): digest
            }
        }
    }

    var claim: Claim
    var payload: [UInt8]
    var signature: HybridSignature
    var mac: [UInt8]

    /// Signs as `role`.
    static func make(
        _ role: TunnelRole, transcript: Digest, bundle: PublicBundle, whole: Bool, payload: [UInt8], signer: some Signer,
        macKey: borrowing Secret
    ) throws(TunnelFailure) -> IdentityProof {
        let content = content(transcript, bundle.digest, payload)
        do throws(CryptoFailure) {
            let signature = try signer.sign(SignedMessage(role.purpose, scope: .zero, content: content))
            return IdentityProof(
                claim: whole ? .bundle(bundle) : .digest(bundle.digest), payload: payload, signature: signature,
                mac: macKey.authenticate([role.rawValue] + content))
        } catch { throw .cryptography }
    }

    private static func content(_ transcript: Digest, _ identity: Digest, _ payload: [UInt8]) -> [UInt8] {
        transcript.bytes + identity.bytes + sha256(payload).bytes
    }

    /// Checks MAC and both halves of the signature. `bundle` is the one that the claim means.
    func verify(
        _ role: TunnelRole, transcript: Digest, bundle: PublicBundle, verifier: some Verifier, macKey: borrowing Secret
    ) throws(TunnelFailure) {
        precondition(bundle.digest == claim.digest, "the keys of the claim")
        let content = Self.content(transcript, bundle.digest, payload)
        guard macKey.isValid(mac, for: [role.rawValue] + content) else { throw .badSignature }
        let key: VerificationKey
        do { key = try bundle.verificationKey() } catch { throw .badKeys }
        let message = SignedMessage(role.purpose, scope: .zero, content: content)
        guard verifier.isValid(signature, over: message, by: key) else { throw .badSignature }
    }

    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 7_000)
        switch claim {
        case .bundle(let bundle):
            writer.write(true)
            writer.writeRaw(bundle.canonicalBytes)
        case .digest(let digest):
            writer.write(false)
            writer.write(digest)
        }
        writer.writeBytes(payload)
        writer.writeRaw(signature.ed25519)
        writer.writeRaw(signature.mldsa65)
        writer.writeRaw(mac)
        return writer.bytes
    }

    private init(claim: Claim, payload: [UInt8], signature: HybridSignature, mac: [UInt8]) {
        (self.claim, self.payload, self.signature, self.mac) = (claim, payload, signature, mac)
    }

    init(_ bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        if try reader.readBool() {
            guard let bundle = PublicBundle(canonicalBytes: Array(try reader.readRaw(PublicBundle.byteCount))) else {
                throw .malformed("bundle", offset: 1)
            }
            claim = .bundle(bundle)
        } else {
            claim = .digest(try reader.readDigest())
        }
        payload = try reader.readBytes(limit: TunnelLimits.maxPayloadByteCount)
        signature = HybridSignature(
            ed25519: Array(try reader.readRaw(HybridSignature.ed25519ByteCount)),
            mldsa65: Array(try reader.readRaw(HybridSignature.mldsa65ByteCount)))
        mac = Array(try reader.readRaw(Digest.byteCount))
        try reader.finish()
    }
}
