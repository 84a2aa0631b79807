import Identity
import MeshCrypto
import Primitives
import Testing

struct PublicBundleTests {
    @Test func canonicalBytesAreTheFourKeysInOrder() throws {
        let bundle = try makeIdentity().bundle
        #expect(bundle.canonicalBytes.count == 3200)
        #expect(bundle.canonicalBytes == bundle.ed25519 + bundle.x25519 + bundle.mldsa65 + bundle.mlkem768)
        #expect([bundle.ed25519, bundle.x25519, bundle.mldsa65, bundle.mlkem768].map(\.count) == [32, 32, 1952, 1184])
        let again = PublicBundle(
            ed25519: bundle.ed25519, x25519: bundle.x25519, mldsa65: bundle.mldsa65, mlkem768: bundle.mlkem768)
        #expect(again == bundle)
        #expect(PublicBundle(canonicalBytes: bundle.canonicalBytes) == bundle)
    }

    /// Computed by Tests/CertificatesTests/Vectors/make_vectors.py.
    @Test func namesFollowFromTheKeys() throws {
        let bundle = try makeIdentity().bundle
        #expect(sha256(bundle.canonicalBytes).hex == "1e44527717dd0d46d96c59a1b6bb76109d68a45697e3b9dd1c0f6eed8593a462")
        #expect(bundle.digest == sha256(Array("hanzo/bundle/v1".utf8) + bundle.canonicalBytes))
        #expect(bundle.agentID.digest == bundle.digest && bundle.nodeID.digest == bundle.digest)
        #expect(bundle.keyID == Array(bundle.digest.bytes[..<16]))
        #expect(bundle.agentID.description == "9885bb25f30e250de6b926d0f7946027a3180aa61c81cd169395d4d37e265bae")
        #expect(bundle.identityHash.hex == "f898ac1253a360892fc37bddbbfe90ca")
        #expect(bundle.destination(.agent).hex == "fb704da16450d1d4cf17b35520c6e197")
        #expect(bundle.destination(.node).hex == "8345b836b5fcd78f960739d57c9a6286")
    }

    @Test func everyByteChangesTheDigest() throws {
        let bundle = try makeIdentity().bundle
        for index in stride(from: 0, to: PublicBundle.byteCount, by: 31) {
            var bytes = bundle.canonicalBytes
            bytes[index] ^= 0x80
            let changed = try #require(PublicBundle(canonicalBytes: bytes))
            #expect(changed.digest != bundle.digest && changed != bundle)
        }
    }

    @Test func otherLengthsAreNoBundle() {
        for count in [0, 3199, 3201] {
            #expect(PublicBundle(canonicalBytes: [UInt8](repeating: 1, count: count)) == nil)
        }
        let lengths = [32, 32, 1952, 1184]
        for place in 0..<4 {
            let keys = (0..<4).map { [UInt8](repeating: 1, count: lengths[$0] + ($0 == place ? 1 : 0)) }
            #expect(PublicBundle(ed25519: keys[0], x25519: keys[1], mldsa65: keys[2], mlkem768: keys[3]) == nil)
        }
        // Lengths that are wrong but add up.
        let shifted = PublicBundle(
            ed25519: [UInt8](repeating: 1, count: 31), x25519: [UInt8](repeating: 1, count: 33),
            mldsa65: [UInt8](repeating: 1, count: 1952), mlkem768: [UInt8](repeating: 1, count: 1184))
        #expect(shifted == nil)
    }

    @Test func theBundleVerifiesWhatItsIdentitySigns() throws {
        let identity = try makeIdentity()
        let message = SignedMessage(.finality, scope: .zero, content: [1])
        let key = try identity.bundle.verificationKey()
        #expect(SignatureVerifier().isValid(try identity.sign(message), over: message, by: key))
    }

    @Test func rolesAreReadInAnyCaseAndPrintAsTheDocumentNamesThem() {
        let known: [AgentRole] = [.architect, .developer, .reviewer, .tester, .devops, .ui, .backend]
        #expect(
            known.map(\.description) == ["architect", "developer", "reviewer", "tester", "devops", "ui", "backend"])
        for role in known {
            #expect(AgentRole(role.description) == role)
            #expect(AgentRole(role.description.uppercased()) == role)
        }
        #expect(AgentRole("Poet") == .custom("Poet"))
        #expect(AgentRole("Poet").description == "Poet")
        #expect(AgentRole("") == .custom(""))
    }
}

func makeIdentity(_ first: UInt8 = 0, kind: IdentityKind = .agent, name: String = "ada") throws -> SecretIdentity {
    try SecretIdentity(kind: kind, name: name, seeds: Secret(copying: (0..<160).map { $0 &+ first }))
}
