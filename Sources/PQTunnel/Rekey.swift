public import MeshCrypto
public import Primitives

// A new X-Wing agreement inside the tunnel, bound to the epoch before by its rekey secret:
//
//     initiator: rekey {u32 epoch, X-Wing key} ──►  responder: answer {u32 epoch, ciphertext}, and can read the new epoch
//     initiator: takes the new keys, rekeyed {} ──► responder: takes them with the first record that opens under them
//
// A question that isn't answered in time is asked again with the same key, and answered with the same ciphertext, so that a carrier
// may lose either.
extension Tunnel {
    /// Whether the initiator should rekey, or ask again.
    public func needsRekey(at now: Instant) -> Bool {
        guard role == .initiator else { return false }
        if let askedUntil { return now >= askedUntil }
        return isSpent || isRekeyWanted || now >= epochBegan + limits.rotationInterval
    }

    /// The record that asks for new keys; for the initiator alone.
    /// - Parameter seed: 32 bytes of entropy; not looked at where an older question is repeated.
    public mutating func rekey(seed: consuming Secret, at now: Instant) throws(TunnelFailure) -> [UInt8] {
        precondition(role == .initiator, "the initiator rekeys")
        var question = asked.take()
        if question == nil {
            do { question = try XWing.PrivateKey(seed: seed) } catch { throw .cryptography }
        }
        guard let key = question.take() else { throw .cryptography }
        askedUntil = now + limits.rekeyPatience
        let body = Self.body(sealing.number &+ 1, key.publicKey)
        asked = consume key
        var output: [UInt8] = []
        try seal(control: Content.rekey, body, into: &output)
        return output
    }

    /// The responder's part.
    mutating func answer(_ body: ArraySlice<UInt8>) throws(TunnelFailure) -> [UInt8] {
        let (epoch, publicKey) = try Self.parse(body, byteCount: XWing.publicKeyByteCount)
        // A question of the epoch before that comes late: its answer has served already.
        guard epoch == sealing.number &+ 1 else { return [] }
        let known = answered?.publicKey
        guard known == nil || known == publicKey else { throw .malformed(.malformed("rekey", offset: 0)) }
        if known == nil {
            let agreed: XWing.Encapsulation
            do { agreed = try XWing.encapsulate(to: publicKey) } catch { throw .badKeys }
            let secrets = EpochSecrets(
                agreed.secret, after: rekeySecret, epoch: epoch, publicKey: publicKey, ciphertext: agreed.ciphertext)
            answered = Answered(
                publicKey: publicKey, ciphertext: agreed.ciphertext, opening: OpeningEpoch(epoch, secrets.initiator),
                sealing: SealingEpoch(epoch, secrets.responder), rekey: secrets.rekey)
        }
        guard let ciphertext = answered?.ciphertext else { throw .cryptography }
        var output: [UInt8] = []
        try seal(control: Content.rekeyAnswer, Self.body(epoch, ciphertext), into: &output)
        return output
    }

    /// The initiator's end of it.
    mutating func conclude(_ body: ArraySlice<UInt8>, at now: Instant) throws(TunnelFailure) -> [UInt8] {
        let (epoch, ciphertext) = try Self.parse(body, byteCount: XWing.ciphertextByteCount)
        // An answer that was repeated on the way.
        guard epoch == sealing.number &+ 1, let key = asked.take() else { return [] }
        askedUntil = nil
        let agreed: Secret
        do { agreed = try key.decapsulate(ciphertext) } catch { throw .cryptography }
        let secrets = EpochSecrets(
            agreed, after: rekeySecret, epoch: epoch, publicKey: key.publicKey, ciphertext: ciphertext)
        promote(
            OpeningEpoch(epoch, secrets.responder), SealingEpoch(epoch, secrets.initiator), secrets.rekey, at: now)
        var output: [UInt8] = []
        try seal(control: Content.rekeyed, into: &output)
        return output
    }

    private static func body(_ epoch: UInt32, _ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(capacity: 4 + bytes.count)
        writer.write(epoch)
        writer.writeRaw(bytes)
        return writer.bytes
    }

    private static func parse(
        _ body: ArraySlice<UInt8>, byteCount: Int
    ) throws(TunnelFailure) -> (epoch: UInt32, bytes: [UInt8]) {
        var reader = ByteReader(body)
        do throws(DecodingFailure) {
            let epoch: UInt32 = try reader.read()
            let bytes = Array(try reader.readRaw(byteCount))
            try reader.finish()
            return (epoch, bytes)
        } catch { throw .malformed(error) }
    }
}
