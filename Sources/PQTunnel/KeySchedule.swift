import MeshCrypto
import Primitives

/// A hash over everything said: T₀ = H("hanzo/tunnel/v1" ‖ bytes binding), Tₙ₊₁ = H(Tₙ ‖ bytes message).
struct Transcript: Sendable {
    private(set) var digest: Digest

    init(_ binding: CarrierBinding) {
        var writer = ByteWriter()
        writer.writeRaw("hanzo/tunnel/v1".utf8)
        writer.writeBytes(binding.transcriptBytes)
        digest = sha256(writer.bytes)
    }

    mutating func add(_ message: some Collection<UInt8>) {
        var writer = ByteWriter(capacity: 36 + message.count)
        writer.write(digest)
        writer.writeBytes(message)
        digest = sha256(writer.bytes)
    }
}

extension CarrierBinding {
    /// u8 0, or u8 1 ‖ link id (16) ‖ exporter (32).
    var transcriptBytes: [UInt8] {
        switch self {
        case .direct: [0]
        case .link(let id, let exporter): [1] + id.bytes + exporter
        }
    }

    /// What the carrier adds to the secret.
    var exporter: [UInt8] {
        switch self {
        case .direct: []
        case .link(_, let exporter): exporter
        }
    }
}

/// The secrets of one handshake. Everything follows from the X-Wing secret and what was said:
///
///     PRK = HKDF-Extract(salt: T₂, X-Wing secret ‖ link exporter)
///     K(name, T) = HKDF-Expand(PRK, "hanzo/tunnel/v1 " ‖ name ‖ T, 32)
struct HandshakeSecrets: ~Copyable, Sendable {
    private let root: Secret
    private let transcript: Digest

    /// - Parameter transcript: T₂, over binding, hello and the clear part of the response.
    init(_ agreed: borrowing Secret, binding: CarrierBinding, transcript: Digest) {
        root = HKDFSHA256.extract(salt: transcript.bytes, agreed.followed(by: binding.exporter))
        self.transcript = transcript
    }

    /// Seals the identity of `role`, once.
    func sealingKey(_ role: TunnelRole) -> AES256GCM { AES256GCM(derive("identity", role, transcript)) }
    func macKey(_ role: TunnelRole) -> Secret { derive("mac", role, transcript) }

    /// - Parameter transcript: T₄, over the whole handshake.
    func epochZero(_ transcript: Digest) -> EpochSecrets {
        EpochSecrets(
            initiator: derive("records", .initiator, transcript), responder: derive("records", .responder, transcript),
            rekey: expand("rekey", transcript.bytes))
    }

    private func derive(_ name: String, _ role: TunnelRole, _ transcript: Digest) -> Secret {
        expand(name, [role.rawValue] + transcript.bytes)
    }
    private func expand(_ name: String, _ context: [UInt8]) -> Secret {
        HKDFSHA256.expand(root, info: Array("hanzo/tunnel/v1 \(name)".utf8) + context)
    }
}

/// The three secrets of one epoch: two record keys, and what the next epoch is bound to.
///
///     PRK' = HKDF-Extract(salt: rekey secret, X-Wing secret); keys as above, over H(epoch ‖ key ‖ ciphertext) of the rekey
struct EpochSecrets: ~Copyable, Sendable {
    let initiator: Secret
    let responder: Secret
    let rekey: Secret

    init(initiator: consuming Secret, responder: consuming Secret, rekey: consuming Secret) {
        self.initiator = initiator
        self.responder = responder
        self.rekey = rekey
    }

    /// The secrets of the epoch after the one that `rekey` belongs to.
    init(_ agreed: borrowing Secret, after rekey: borrowing Secret, epoch: UInt32, publicKey: [UInt8], ciphertext: [UInt8]) {
        let root = HKDFSHA256.extract(salt: rekey, agreed)
        var writer = ByteWriter(capacity: 2_400)
        writer.write(epoch)
        writer.writeRaw(publicKey)
        writer.writeRaw(ciphertext)
        let context = sha256(writer.bytes).bytes
        func expand(_ root: borrowing Secret, _ name: String, _ role: [UInt8]) -> Secret {
            HKDFSHA256.expand(root, info: Array("hanzo/tunnel/v1 \(name)".utf8) + role + context)
        }
        initiator = expand(root, "records", [TunnelRole.initiator.rawValue])
        responder = expand(root, "records", [TunnelRole.responder.rawValue])
        self.rekey = expand(root, "rekey", [])
    }
}
