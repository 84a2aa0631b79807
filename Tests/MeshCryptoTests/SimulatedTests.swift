@_spi(Simulation) import MeshCrypto
import Primitives
import Testing

struct SimulatedTests {
    private let message = SignedMessage(.envelope, scope: .zero, content: [1])

    @Test func simulatedSignaturesLookRealAndHold() throws {
        let (key, other) = (try Self.key(1), try Self.key(2))
        let signature = try SimulatedSigner(key).sign(message)
        #expect(signature.ed25519.count == 64 && signature.mldsa65.count == 3309)
        #expect(SimulatedVerifier().isValid(signature, over: message, by: key))
        #expect(!SimulatedVerifier().isValid(signature, over: message, by: other))
        let changed = SignedMessage(.envelope, scope: .zero, content: [2])
        #expect(!SimulatedVerifier().isValid(signature, over: changed, by: key))
        #expect(!SimulatedVerifier().isValid(ed25519: signature.ed25519.flipped(at: 63), over: message, by: key))
    }

    /// Neither world takes the other's signatures, so a mix-up shows at the first message.
    @Test func simulatedAndRealSignaturesDoNotMix() throws {
        let keys = makeKeys(Array(0..<160))
        let key = try VerificationKey(ed25519: keys.ed25519PublicKey, mldsa65: keys.mldsa65PublicKey)
        let simulated = try SimulatedSigner(key).sign(message)
        let real = try keys.sign(message)
        #expect(!SignatureVerifier().isValid(ed25519: simulated.ed25519, over: message, by: key))
        #expect(!SignatureVerifier().isValid(mldsa65: simulated.mldsa65, over: message, by: key))
        #expect(!SimulatedVerifier().isValid(ed25519: real.ed25519, over: message, by: key))
        #expect(!SimulatedVerifier().isValid(mldsa65: real.mldsa65, over: message, by: key))
    }

    private static func key(_ seed: UInt64) throws -> VerificationKey {
        var random = PRNG(seed: seed)
        return try VerificationKey(ed25519: random.bytes(32), mldsa65: random.bytes(1952))
    }
}
