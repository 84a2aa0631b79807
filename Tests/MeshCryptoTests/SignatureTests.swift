import MeshCrypto
import Primitives
import Testing

/// Keys from seeds, and everything that must make a signature worthless.
struct SignatureTests {
    /// The seed of RFC 8032 test 1, the scalar 9 of RFC 7748 section 5.2, then 00 01 … for the lattice keys.
    private static let rfcSeeds =
        hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        + [9] + [UInt8](repeating: 0, count: 31)
        + Array(0..<32) + Array(0..<64)

    private static let keys = makeKeys(Array(0..<160))
    private static let message = SignedMessage(.commitBatch, scope: sha256([1]), content: [1, 2, 3])

    @Test func publicKeysAreThoseOfTheStandards() throws {
        let keys = try PrivateKeys(seeds: Secret(copying: Self.rfcSeeds))
        #expect(Hex.encode(keys.ed25519PublicKey) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        #expect(Hex.encode(keys.x25519PublicKey) == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
        // As `cryptography` 50 and dilithium-py 1.5.1 derive them from the same seeds.
        #expect(sha256(keys.mldsa65PublicKey).hex == "d666806e11cee19a7c989f7445f90dd419cf4d2d51db8c0fdb4c0f0a542238c9")
        #expect(
            sha256(keys.mlkem768PublicKey).hex == "0b7934c83125c788995e2ba6bd761e33046b3e40571be53e023309a29f398cc9")
    }

    @Test func ed25519SignaturesAreDeterministic() throws {
        let keys = try PrivateKeys(seeds: Secret(copying: Self.rfcSeeds))
        let scope = try #require(Digest([UInt8](repeating: 0xAB, count: 32)))
        let message = SignedMessage(.commitBatch, scope: scope, content: Array("content".utf8))
        #expect(
            Hex.encode(try keys.signEd25519(message))
                == "3c649d92a865570ce494d9639c7a25fc7972cd7c23d9ebcc42a7816ad950b508"
                + "5b8d0e23ff9e35f139482b653f4fb10414be13aa5bee9aac37e0565317cc170e")
    }

    @Test func bothHalvesHold() throws {
        let (key, signature) = try Self.signed()
        #expect(signature.ed25519.count == HybridSignature.ed25519ByteCount)
        #expect(signature.mldsa65.count == HybridSignature.mldsa65ByteCount)
        #expect(SignatureVerifier().isValid(signature, over: Self.message, by: key))
        let again = try Self.keys.sign(Self.message)
        #expect(
            again.ed25519 == signature.ed25519 && again.mldsa65 != signature.mldsa65, "ML-DSA signatures are hedged")
    }

    @Test func eitherHalfAloneIsNotEnough() throws {
        let (key, signature) = try Self.signed()
        let verifier = SignatureVerifier()
        for broken in [
            HybridSignature(ed25519: signature.ed25519, mldsa65: []),
            HybridSignature(ed25519: [], mldsa65: signature.mldsa65),
            HybridSignature(ed25519: signature.ed25519.flipped(at: 40), mldsa65: signature.mldsa65),
            HybridSignature(ed25519: signature.ed25519, mldsa65: signature.mldsa65.flipped(at: 3000)),
            HybridSignature(ed25519: signature.ed25519 + [0], mldsa65: signature.mldsa65),
            HybridSignature(ed25519: signature.ed25519, mldsa65: signature.mldsa65 + [0]),
            HybridSignature(ed25519: signature.mldsa65, mldsa65: signature.ed25519),
        ] { #expect(!verifier.isValid(broken, over: Self.message, by: key)) }
    }

    @Test func everyByteOfASignatureCounts() throws {
        let (key, signature) = try Self.signed()
        let verifier = SignatureVerifier()
        for index in signature.ed25519.indices {
            let changed = signature.ed25519.flipped(at: index)
            #expect(!verifier.isValid(ed25519: changed, over: Self.message, by: key))
        }
        for index in stride(from: 0, to: signature.mldsa65.count, by: 37) {
            let changed = signature.mldsa65.flipped(at: index)
            #expect(!verifier.isValid(mldsa65: changed, over: Self.message, by: key))
        }
    }

    @Test func aSignatureIsWorthlessForAnotherPurposeScopeContentOrKey() throws {
        let (key, signature) = try Self.signed()
        let verifier = SignatureVerifier()
        let others = [
            SignedMessage(.envelopeBatch, scope: sha256([1]), content: [1, 2, 3]),
            SignedMessage(.commitBatch, scope: sha256([2]), content: [1, 2, 3]),
            SignedMessage(.commitBatch, scope: sha256([1]), content: [1, 2, 3, 0]),
        ]
        for other in others {
            #expect(!verifier.isValid(ed25519: signature.ed25519, over: other, by: key))
            #expect(!verifier.isValid(mldsa65: signature.mldsa65, over: other, by: key))
        }
        let stranger = makeKeys([UInt8](repeating: 5, count: 160))
        let mixed = [
            try VerificationKey(ed25519: stranger.ed25519PublicKey, mldsa65: key.mldsa65),
            try VerificationKey(ed25519: key.ed25519, mldsa65: stranger.mldsa65PublicKey),
        ]
        for wrong in mixed { #expect(!verifier.isValid(signature, over: Self.message, by: wrong)) }
    }

    @Test func keysOfOtherLengthsAreRefused() throws {
        let good = (ed: Self.keys.ed25519PublicKey, dsa: Self.keys.mldsa65PublicKey)
        for count in [0, 31, 33] {
            #expect(throws: CryptoFailure.badKey(.ed25519)) {
                try VerificationKey(ed25519: [UInt8](repeating: 7, count: count), mldsa65: good.dsa)
            }
        }
        for count in [0, 1951, 1953] {
            #expect(throws: CryptoFailure.badKey(.mldsa65)) {
                try VerificationKey(ed25519: good.ed, mldsa65: [UInt8](repeating: 7, count: count))
            }
        }
        for count in [0, 32, 159, 161] {
            #expect(throws: CryptoFailure.self) {
                try PrivateKeys(seeds: Secret(copying: [UInt8](repeating: 1, count: count)))
            }
        }
    }

    /// The signature {R = the neutral point, S = 0} satisfies Ed25519's equation for the neutral point as a key over *every* message.
    @Test func keysOfSmallOrderAreRefused() throws {
        let dsa = Self.keys.mldsa65PublicKey
        let encodings =
            ["00", "01"].map { $0 + String(repeating: "00", count: 31) }
            + ["ec", "ed", "ee"].map { $0 + String(repeating: "ff", count: 30) + "7f" }
            + [
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            ]
        for encoding in encodings {
            for sign in [UInt8(0), 0x80] {
                var key = hex(encoding)
                key[31] |= sign
                #expect(throws: CryptoFailure.badKey(.ed25519)) { try VerificationKey(ed25519: key, mldsa65: dsa) }
            }
        }
    }

    /// Random bytes as keys and signatures: false or a refusal, never a trap.
    @Test func rubbishNeverHolds() throws {
        var random = PRNG(seed: 3)
        for _ in 0..<20 {
            let key = try VerificationKey(ed25519: random.bytes(32), mldsa65: random.bytes(1952))
            let signature = HybridSignature(ed25519: random.bytes(64), mldsa65: random.bytes(3309))
            #expect(!SignatureVerifier().isValid(ed25519: signature.ed25519, over: Self.message, by: key))
            #expect(!SignatureVerifier().isValid(mldsa65: signature.mldsa65, over: Self.message, by: key))
        }
    }

    private static func signed() throws -> (VerificationKey, HybridSignature) {
        let key = try VerificationKey(ed25519: keys.ed25519PublicKey, mldsa65: keys.mldsa65PublicKey)
        return (key, try keys.sign(message))
    }
}

struct SecretTests {
    @Test func secretsLendTheirBytes() {
        let secret = Secret(copying: [1, 2, 3])
        #expect(secret.count == 3)
        #expect(secret.withBytes { Array($0) } == [1, 2, 3])
        #expect(Secret(copying: [1, 2, 3, 4][1...2]).withBytes { Array($0) } == [2, 3])
        #expect(Secret(copying: []).count == 0)
    }

    @Test func failuresPassThrough() {
        let secret = Secret(copying: [1])
        #expect(throws: CryptoFailure.badKey(.x25519)) {
            try secret.withBytes { (_) throws(CryptoFailure) in throw .badKey(.x25519) }
        }
    }

    @Test func theLayoutCoversAllSeedsWithoutGapsOrOverlaps() {
        let parts = [SeedLayout.ed25519, SeedLayout.x25519, SeedLayout.mldsa65, SeedLayout.mlkem768]
        #expect(parts.flatMap(Array.init) == Array(0..<SeedLayout.byteCount))
    }
}

func makeKeys(_ seeds: [UInt8]) -> PrivateKeys {
    do { return try PrivateKeys(seeds: Secret(copying: seeds)) } catch { fatalError("160 bytes are seeds") }
}

func hex(_ text: String) -> [UInt8] {
    guard let bytes = Hex.decode(text) else { fatalError("no hexadecimal text: \(text)") }
    return bytes
}

extension [UInt8] {
    func flipped(at index: Int) -> [UInt8] {
        var copy = self
        copy[index] ^= 1
        return copy
    }
}
