@_spi(Reticulum) import MeshCrypto
import Primitives
import Testing

/// What only the Reticulum part uses, against the vectors of the standards.
@Suite("Primitives of the Reticulum wire") struct ReticulumPrimitivesTests {
    private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

    @Test("AES-256-CBC: SP 800-38A, F.2.5, and padding") func cbc() throws {
        let key = AES256CBC(
            Secret(copying: try bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")))
        let vector = [UInt8](0..<16)
        let text = try bytes("6bc1bee22e409f96e93d7e117393172a")
        let ciphertext = try key.encrypt(text, vector: vector)
        #expect(ciphertext.count == 32)
        #expect(ciphertext.prefix(16) == (try bytes("f58c4c04d6e5f1ba779eabfb5f7bfbd6"))[...])
        #expect(try key.decrypt(ciphertext, vector: vector) == text)
        for count in 0..<33 {
            let text = [UInt8](repeating: 5, count: count)
            #expect(try key.decrypt(try key.encrypt(text, vector: vector), vector: vector) == text)
        }
        for count in 0..<32 where count != 16 {
            #expect(throws: CryptoFailure.notAuthentic) { try key.decrypt(ciphertext.prefix(count), vector: vector) }
        }
        #expect(throws: CryptoFailure.notAuthentic) { try key.decrypt(ciphertext.prefix(16), vector: vector) }
    }

    @Test("X25519: RFC 7748, section 6.1; with a key of small order there is no secret") func x25519() throws {
        let alice = try X25519.PrivateKey(
            seed: Secret(copying: try bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")))
        let bob = try bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        #expect(alice.publicKey == (try bytes("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")))
        let shared = try alice.agree(with: bob).withBytes { Array($0) }
        #expect(shared == (try bytes("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")))
        for first in [0, 1] as [UInt8] {
            let key = [first] + [UInt8](repeating: 0, count: 31)
            #expect(throws: CryptoFailure.agreementFailed) { _ = try alice.agree(with: key) }
        }
        #expect(throws: CryptoFailure.badKey(.x25519)) { _ = try alice.agree(with: bob.dropLast()) }
    }

    @Test("Ed25519: RFC 8032, section 7.1, test 2") func ed25519() throws {
        let key = try BareEd25519.PrivateKey(
            seed: Secret(copying: try bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")))
        let signature = try bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        #expect(key.publicKey == (try bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")))
        #expect(try key.sign([0x72]) == signature)
        let other = try BareEd25519.PublicKey(key.publicKey)
        #expect(other.isValid(signature, over: [0x72]) && !other.isValid(signature, over: [0x73]))
        #expect(!other.isValid(signature.dropLast(), over: [0x72]))
        #expect(throws: CryptoFailure.badKey(.ed25519)) { try BareEd25519.PublicKey([UInt8](repeating: 0, count: 32)) }
    }

    @Test("HKDF-SHA256: RFC 5869, case 3; and beyond its end, block 256 has the number 0") func hkdf() throws {
        let short = HKDFSHA256.deriveWrapping(
            Secret(copying: [UInt8](repeating: 11, count: 22)), salt: [], byteCount: 42)
        #expect(
            short == (try bytes("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"))
        )
        let (secret, salt) = ([1, 2, 3] as [UInt8], [4, 5] as [UInt8])
        let long = HKDFSHA256.deriveWrapping(Secret(copying: secret), salt: salt, byteCount: 257 * 32 + 1)
        let key = HMACSHA256.authenticate(secret, key: salt)
        for number in 255..<257 {
            let (before, block) = (Array(long[(number - 1) * 32..<number * 32]), long[number * 32..<(number + 1) * 32])
            #expect(HMACSHA256.authenticate(before + [UInt8(truncatingIfNeeded: number + 1)], key: key) == Array(block))
        }
        #expect(long.count == 257 * 32 + 1)
    }
}
