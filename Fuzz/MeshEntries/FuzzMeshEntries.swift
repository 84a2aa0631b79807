// The entries that need cryptography: identities, what is signed, what is proven, what a node finds in its journal.
// They are replayed by every test run, and fuzzed by `fuzz-mesh`.
//
// Signatures and digests stop a fuzzer at the door. So each entry mends what it can: it computes the checksum, or lets every
// signature hold, and a fuzzer gets to the checks behind.

public import FuzzEntries

extension FuzzEntry {
    public static let mesh: [FuzzEntry] = [
        FuzzEntry(name: "identity", body: fuzzIdentity),
        FuzzEntry(name: "certificates", body: fuzzCertificates),
        FuzzEntry(name: "proof", body: fuzzProof),
        FuzzEntry(name: "records", body: fuzzRecords),
        FuzzEntry(name: "tunnel", body: fuzzTunnel),
        FuzzEntry(name: "reticulum", body: fuzzReticulum),
        FuzzEntry(name: "serial-framing", body: fuzzSerialFraming),
    ]
}
