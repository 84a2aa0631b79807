import CapnProto
import Certificates
import MeshCrypto
import MeshSchema
import Primitives

/// A proof bundle whose network is the one that it names and whose signatures all hold: what then counts as proven is what the
/// bundle says, and a bundle that real signatures are asked of proves nothing more.
func fuzzProof(_ input: UnsafeRawBufferPointer) {
    let bytes = [UInt8](input)
    var bundle: ProofBundle.Value
    do { bundle = try ProofBundle.Value(framed: bytes) } catch { return }
    let network = NetworkID(sha256(bundle.genesis))
    check(bundle, network)
    // The fuzzer can't find a digest: the header is of the network that the genesis makes.
    guard var header = try? BlockHeader(canonicalBytes: bundle.header) else { return }
    header.network = network
    bundle.header = header.canonicalBytes
    check(bundle, network)
}

private func check(_ bundle: ProofBundle.Value, _ network: NetworkID) {
    let proven: ProvenValue
    do { proven = try ProofVerifier(network: network, verifier: AcceptingVerifier()).verify(bundle) } catch { return }
    precondition(proven.header.network == network && proven.key == bundle.key)
    precondition(proven.value == (bundle.present ? bundle.value : nil))
    precondition((proven.commit != nil) == (bundle.present && CommitKey(bundle.key) != nil))
}

private struct AcceptingVerifier: Verifier {
    func isValid(ed25519 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool { true }
    func isValid(mldsa65 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool { true }
}
