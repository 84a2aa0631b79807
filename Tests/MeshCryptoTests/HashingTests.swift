import MeshCrypto
import Primitives
import Testing

/// Known answers of FIPS 180-4, FIPS 202 and RFC 4231, and that no way of feeding a hash changes it.
struct HashingTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func sha256Answers(text: String, digest: String) {
        #expect(sha256(Array(text.utf8)).hex == digest)
        #expect(SHA256Hasher.hash(Array(text.utf8)).hex == digest)
    }

    @Test(arguments: [
        ("", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
        ("abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    ])
    func sha3Answers(text: String, digest: String) {
        #expect(SHA3Hasher.hash(Array(text.utf8)).hex == digest)
    }

    @Test func aMillionLetters() {
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        var sha2 = SHA256Hasher()
        var sha3 = SHA3Hasher()
        for _ in 0..<1000 {
            sha2.update(letters)
            sha3.update(letters[...])
        }
        #expect(sha2.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(sha3.finalize().hex == "5c8875ae474a3634ba4fd55ec85bffd661f32aca75c6d699d0cdcb6c115891c1")
    }

    @Test func piecesHashLikeTheWhole() {
        var random = PRNG(seed: 1)
        for _ in 0..<100 {
            let bytes = random.bytes(Int(random.next() % 300))
            let cut = bytes.isEmpty ? 0 : Int(random.next() % UInt64(bytes.count))
            Self.checkPieces(SHA256Hasher.self, bytes, cut)
            Self.checkPieces(SHA3Hasher.self, bytes, cut)
        }
    }

    private static func checkPieces(_ type: (some Hasher32).Type, _ bytes: [UInt8], _ cut: Int) {
        var hasher = type.init()
        hasher.update(bytes[..<cut])
        let half = hasher.finalize()
        #expect(half == type.hash(Array(bytes[..<cut])))
        let copy = hasher
        bytes[cut...].withUnsafeBytes { hasher.update($0) }
        #expect(hasher.finalize() == type.hash(bytes))
        #expect(copy.finalize() == half, "a copy does not see what the original is fed later")
    }

    @Test func digestsTextsAndBytesAreFedAsTheirBytes() {
        let digest = sha256([1])
        var hasher = SHA256Hasher()
        hasher.update(digest)
        hasher.update(UInt8(7))
        let fixed: StaticString = "tag"
        hasher.update(fixed)
        let text = String("tag")
        hasher.update(text)
        #expect(hasher.finalize() == sha256(digest.bytes + [7] + Array("tagtag".utf8)))
    }

    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func hmacAnswers(key: [UInt8], text: String, code: String) {
        let message = Array(text.utf8)
        var made = HMACSHA256.authenticate(message, key: key)
        #expect(Hex.encode(made) == code)
        #expect(HMACSHA256.isValid(made, for: message, key: key))
        #expect(!HMACSHA256.isValid(Array(made.dropLast()), for: message, key: key))
        #expect(!HMACSHA256.isValid([], for: message, key: key))
        made[31] ^= 1
        #expect(!HMACSHA256.isValid(made, for: message, key: key))
    }

    @Test func equalityInConstantTimeIsEquality() {
        #expect(equalInConstantTime([], []))
        #expect(equalInConstantTime([1, 2], [1, 2]))
        #expect(!equalInConstantTime([1, 2], [1, 3]))
        #expect(!equalInConstantTime([1, 2], [1, 2, 0]))
        #expect(!equalInConstantTime([], [0]))
    }
}
