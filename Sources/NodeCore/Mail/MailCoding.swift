import MeshSchema
import Primitives

// The bytes of mail in the journal and in the store; drawn in docs/protocols/journal.md.

extension ByteWriter {
    mutating func write(_ record: MailRecord) {
        switch record {
        case .accepted(let mail): write(mail)
        case .closed(let recipient, let digest, let tier, let time, let reason):
            write(recipient.digest)
            write(digest)
            write(tier.rawValue)
            write(time.milliseconds)
            write(reason)
        case .refused(let recipient, let sender, let sequence, let mail):
            write(recipient.digest)
            write(sender.digest)
            write(sequence)
            write(mail.id)
            write(mail.digest)
            write(mail.time.milliseconds)
            write(mail.reason)
        case .handed(let recipient): write(recipient.digest)
        case .retried(let recipient, let digest, let expiresAt, let wasRecipientOnline):
            write(recipient.digest)
            write(digest)
            write(expiresAt.milliseconds)
            write(wasRecipientOnline)
        case .forgotten(let recipient, let digest):
            write(recipient.digest)
            write(digest)
        }
    }

    mutating func write(_ sequence: MailSequence) {
        write(sequence.epoch.value)
        write(sequence.counter)
    }

    mutating func write(_ mail: AcceptedMail) {
        write(mail.id)
        write(mail.digest)
        write(mail.from.digest)
        write(mail.to.digest)
        write(mail.sequence)
        write(mail.acceptedAt.milliseconds)
        write(mail.expiresAt.milliseconds)
        write(mail.wasRecipientOnline)
        write(mail.mayHaveBeenHanded)
        write(mail.envelope)
    }

    mutating func write(_ envelope: SignedEnvelope.Value) {
        writeBytes(envelope.body)
        writeList(envelope.signatures) { writer, signature in
            writer.write(signature.algorithm.rawValue)
            writer.writeBytes(signature.keyId)
            writer.writeBytes(signature.bytes)
            guard case .path(let path) = signature.batch.which else { return writer.write(false) }
            writer.write(true)
            writer.write(path.count)
            writer.write(path.index)
            writer.writeList(path.siblings) { $0.writeBytes($1) }
        }
    }
}

extension ByteReader {
    mutating func readAcceptedMail() throws(DecodingFailure) -> AcceptedMail {
        AcceptedMail(
            id: try readString(), digest: try readDigest(), from: AgentID(try readDigest()),
            to: AgentID(try readDigest()),
            sequence: try readMailSequence(), acceptedAt: WallTime(milliseconds: try readInt64()),
            expiresAt: WallTime(milliseconds: try readInt64()), wasRecipientOnline: try readBool(),
            mayHaveBeenHanded: try readBool(), envelope: try readEnvelope())
    }

    mutating func readMailSequence() throws(DecodingFailure) -> MailSequence {
        MailSequence(epoch: HomeEpoch(try read()), counter: try read())
    }

    mutating func readClosedRecord() throws(DecodingFailure) -> MailRecord {
        .closed(
            recipient: AgentID(try readDigest()), digest: try readDigest(), tier: try readMailTier(),
            time: WallTime(milliseconds: try readInt64()), reason: try readString())
    }

    mutating func readRefusedRecord() throws(DecodingFailure) -> MailRecord {
        .refused(
            recipient: AgentID(try readDigest()), sender: AgentID(try readDigest()), try readMailSequence(),
            RefusedMail(
                id: try readString(), digest: try readDigest(), time: WallTime(milliseconds: try readInt64()),
                reason: try readString()))
    }

    mutating func readEnvelope() throws(DecodingFailure) -> SignedEnvelope.Value {
        SignedEnvelope.Value(
            body: try readBytes(),
            signatures: try readList(limit: 16) { (reader) throws(DecodingFailure) in try reader.readEnvelopeSignature()
            })
    }

    private mutating func readEnvelopeSignature() throws(DecodingFailure) -> SignedEnvelope.Signature.Value {
        var signature = SignedEnvelope.Signature.Value(
            algorithm: SignedEnvelope.Algorithm(rawValue: try read()), keyId: try readBytes(), bytes: try readBytes())
        guard try readBool() else { return signature }
        let path = SignedEnvelope.Signature.Batch.Path.Value(
            count: try read(), index: try read(),
            siblings: try readList(limit: 64) { (reader) throws(DecodingFailure) in try reader.readBytes() })
        signature.batch = SignedEnvelope.Signature.Batch.Value(which: .path(path))
        return signature
    }
}
