import Primitives

/// Signatures for the simulator: as quick as a hash and unforgeable by accident only.
///
/// Behind `@_spi(Simulation)`, so that no product reaches it without saying so in its import.
@_spi(Simulation) public struct SimulatedSigner: Signer {
    private let key: VerificationKey

    public init(_ key: VerificationKey) { self.key = key }

    public func signEd25519(_ message: SignedMessage) -> [UInt8] { simulatedEd25519(key, message) }
    public func signMLDSA65(_ message: SignedMessage) -> [UInt8] { simulatedMLDSA65(key, message) }
}

/// Accepts what `SimulatedSigner` makes, and nothing else.
@_spi(Simulation) public struct SimulatedVerifier: Verifier {
    public init() {}

    public func isValid(ed25519 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool {
        signature == simulatedEd25519(key, message)
    }
    public func isValid(mldsa65 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool {
        signature == simulatedMLDSA65(key, message)
    }
}

private func simulatedEd25519(_ key: VerificationKey, _ message: SignedMessage) -> [UInt8] {
    simulated("ed25519", key.ed25519, message, HybridSignature.ed25519ByteCount)
}
private func simulatedMLDSA65(_ key: VerificationKey, _ message: SignedMessage) -> [UInt8] {
    simulated("mldsa65", key.mldsa65, message, HybridSignature.mldsa65ByteCount)
}

/// As long as a real one, so that lengths and limits are met as in earnest.
private func simulated(_ kind: StaticString, _ key: [UInt8], _ message: SignedMessage, _ byteCount: Int) -> [UInt8] {
    var hasher = SHA256Hasher()
    hasher.update("hanzo/simulated/v1")
    hasher.update(kind)
    hasher.update(key)
    hasher.update(message.bytes)
    return hasher.finalize().bytes + [UInt8](repeating: 0x51, count: byteCount - 32)
}
