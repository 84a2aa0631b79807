import Foundation
import Identity
import MeshCrypto
import Primitives
import Testing

/// Our keys and signatures under judges that share no line with them: `cryptography` (OpenSSL) and dilithium-py (plain Python), in both
/// directions.
struct CryptoInteropTests {
    private struct Case: Codable {
        var seeds: String
        var bundle: String
        var digest: String
        var agent: String
        var node: String
        var message: String
        var ed25519: String
        var mldsa65: String
        /// What the judges have to say of each half.
        var edHolds: Bool
        var dsaHolds: Bool
    }

    private static let judge = """
        import hashlib, json, sys
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519
        from dilithium_py.ml_dsa import ML_DSA_65
        unhex = bytes.fromhex
        H = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
        def holds(verify, *arguments):
            try:
                return verify(*arguments) is not False
            except InvalidSignature:
                return False
        def check(what, got, expected):
            if got != expected: print("case", number, what, "differs")
        count = 0
        for number, c in enumerate(json.load(sys.stdin)):
            seeds, bundle, message = unhex(c["seeds"]), unhex(c["bundle"]), unhex(c["message"])
            ed = ed25519.Ed25519PrivateKey.from_private_bytes(seeds[:32])
            x = x25519.X25519PrivateKey.from_private_bytes(seeds[32:64])
            dsa = mldsa.MLDSA65PrivateKey.from_seed_bytes(seeds[64:96])
            kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(seeds[96:])
            pk, sk = ML_DSA_65.key_derive(seeds[64:96])
            parts = [k.public_key().public_bytes_raw() for k in (ed, x, dsa, kem)]
            check("bundle", b"".join(parts), bundle)
            check("dilithium-py's key", pk, parts[2])
            check("digest", H(b"hanzo/bundle/v1", bundle).hex(), c["digest"])
            identity = H(parts[1], parts[0])[:16]
            check("agent", H(H(b"hanzo.agent")[:10], identity)[:16].hex(), c["agent"])
            check("node", H(H(b"hanzo.node")[:10], identity)[:16].hex(), c["node"])
            s_ed, s_dsa = unhex(c["ed25519"]), unhex(c["mldsa65"])
            check("ed25519", holds(ed.public_key().verify, s_ed, message), c["edHolds"])
            check("mldsa65 by cryptography", holds(dsa.public_key().verify, s_dsa, message), c["dsaHolds"])
            check("mldsa65 by dilithium-py", ML_DSA_65.verify(pk, message, s_dsa), c["dsaHolds"])
            print("signed", ed.sign(message).hex(), dsa.sign(message).hex(), ML_DSA_65.sign(sk, message).hex())
            count += 1
        print("judged", count)
        """

    @Test func pythonAndWeAgreeOnKeysAndSignaturesBothWays() throws {
        var random = PRNG(seed: 21)
        var cases = [Case]()
        var expected = [(key: VerificationKey, message: SignedMessage)]()
        for number in 0..<6 {
            let seeds = random.bytes(SecretIdentity.seedByteCount)
            let identity = try SecretIdentity(kind: .agent, name: "", seeds: Secret(copying: seeds))
            let message = SignedMessage(
                SigningPurpose.all[number % 5], scope: sha256([UInt8(number)]), content: random.bytes(number * 700))
            let signature = try identity.sign(message)
            let honest = Self.makeCase(seeds, identity.bundle, message, signature)
            cases.append(honest)
            cases.append(contentsOf: Self.tampered(honest, signature))
            for _ in 0..<3 { expected.append((try identity.bundle.verificationKey(), message)) }
        }
        let verdict = try PythonJudge.run(Self.judge, input: JSONEncoder().encode(cases))
        #expect(verdict.filter { !$0.hasPrefix("signed") } == ["judged \(cases.count)"])
        let signed = verdict.filter { $0.hasPrefix("signed") }.map {
            $0.split(separator: " ").dropFirst().compactMap(Hex.decode)
        }
        try #require(signed.count == cases.count)
        for (index, signatures) in signed.enumerated() where cases[index].edHolds && cases[index].dsaHolds {
            try Self.check(signatures, expected[index].key, expected[index].message, cases[index])
        }
    }

    /// What Python signed holds with us; changed, it doesn't.
    private static func check(
        _ signatures: [[UInt8]], _ key: VerificationKey, _ message: SignedMessage, _ honest: Case
    ) throws {
        let verifier = SignatureVerifier()
        try #require(signatures.count == 3)
        #expect(Hex.encode(signatures[0]) == honest.ed25519, "Ed25519 signatures are deterministic")
        #expect(verifier.isValid(ed25519: signatures[0], over: message, by: key))
        for var signature in signatures[1...] {
            #expect(verifier.isValid(mldsa65: signature, over: message, by: key))
            signature[100] ^= 4
            #expect(!verifier.isValid(mldsa65: signature, over: message, by: key))
        }
    }

    private static func makeCase(
        _ seeds: [UInt8], _ bundle: PublicBundle, _ message: SignedMessage, _ signature: HybridSignature
    ) -> Case {
        Case(
            seeds: Hex.encode(seeds), bundle: Hex.encode(bundle.canonicalBytes), digest: bundle.digest.hex,
            agent: bundle.destination(.agent).hex, node: bundle.destination(.node).hex,
            message: Hex.encode(message.bytes),
            ed25519: Hex.encode(signature.ed25519), mldsa65: Hex.encode(signature.mldsa65), edHolds: true,
            dsaHolds: true)
    }

    private static func tampered(_ honest: Case, _ signature: HybridSignature) -> [Case] {
        var message = honest
        message.message += "00"
        (message.edHolds, message.dsaHolds) = (false, false)
        var halves = honest
        var (ed25519, mldsa65) = (signature.ed25519, signature.mldsa65)
        ed25519[63] ^= 1
        mldsa65[3308] ^= 1
        halves.ed25519 = Hex.encode(ed25519)
        halves.mldsa65 = Hex.encode(mldsa65)
        (halves.edHolds, halves.dsaHolds) = (false, false)
        return [message, halves]
    }
}
