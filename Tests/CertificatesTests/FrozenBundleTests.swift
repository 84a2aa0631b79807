import CapnProto
import Certificates
import Foundation
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Storage
import Testing

/// Bundles that an earlier build wrote: a bundle is kept for years, and every later program must still read it.
struct FrozenBundleTests {
    @Test(arguments: ["commit", "fact", "absent"])
    func frozenBundlesStillHold(name: String) throws {
        let key =
            ["commit": ProofWorld.commitKey.bytes, "fact": ProofWorld.fact, "absent": Array("fact/none".utf8)][name]
            ?? []
        let file = Vectors.folder.appendingPathComponent("\(name).proof.bin")
        if !FileManager.default.fileExists(atPath: file.path) {
            try Data(ProofWorld().bundle(for: key).framed()).write(to: file)
            Issue.record("\(name).proof.bin was missing and is written: run again, and commit it only on purpose")
        }
        let verifier = ProofVerifier(
            network: NetworkID(Vectors.digest("network")), verifier: SignatureVerifier())
        let proven = try verifier.verify(framed: Array(Data(contentsOf: file)))
        #expect(proven.key == key)
        #expect(proven.value == (try ProofWorld().tree.prove(key, at: 7, in: ProofWorld().store).value))
        #expect((proven.commit?.body == Cast.leaves[2].body) == (name == "commit"))
        #expect(proven.header.height == Height(7))
    }
}
