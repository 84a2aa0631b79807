import CapnProto
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives

/// Canonical bytes of a genesis, a header, a commit's record, and the paths of envelopes: one value has one encoding.
func fuzzCertificates(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let bytes = [UInt8](input.dropFirst())
    switch first % 4 {
    case 0: checkGenesis(bytes)
    case 1: checkHeader(bytes)
    case 2: checkCommitRecord(bytes)
    default: checkEnvelope(bytes)
    }
}

private func checkGenesis(_ bytes: [UInt8]) {
    let genesis: Genesis
    do { genesis = try Genesis(canonicalBytes: bytes) } catch { return }
    precondition(genesis.canonicalBytes == bytes, "a genesis has two encodings")
    _ = genesis.networkID
}

private func checkHeader(_ bytes: [UInt8]) {
    let header: BlockHeader
    do { header = try BlockHeader(canonicalBytes: bytes) } catch { return }
    precondition(header.canonicalBytes == bytes, "a header has two encodings")
}

private func checkCommitRecord(_ bytes: [UInt8]) {
    if let key = CommitKey(bytes) { precondition(key.bytes == bytes, "a key has two encodings") }
    let record: CommitRecord
    do { record = try CommitRecord(bytes: bytes) } catch { return }
    precondition(record.bytes == bytes, "a record has two encodings")
}

private func checkEnvelope(_ bytes: [UInt8]) {
    let envelope: SignedEnvelope.Value
    do { envelope = try SignedEnvelope.Value(framed: bytes) } catch { return }
    let author = AgentID(sha256(envelope.body))
    for signature in envelope.signatures {
        _ = EnvelopeSignature.message(
            of: signature, network: NetworkID(sha256([])), from: author, body: envelope.body)
    }
}
