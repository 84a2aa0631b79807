import Primitives

/// Signatures for the simulator: as quick as a hash and unforgeable by accident only.
///
/// Behind `@_spi(Simulation)`, so that no product reaches it without saying so in its import.
@_spi(Simulation) public struct SimulatedSigner: Signer {
    private let key: VerificationKey

    public init(_ key: VerificationKey) { self.key = key }

    public func signEd25519(_ message: SignedMessage) -> [UInt8] { simulated("ed25519", key.ed25519, message) }
    public func signMLDSA65(_ message: SignedMessage) -> [UInt8] { simulated("mldsa65", key.mldsa65, message) }
}

/// Accepts what `SimulatedSigner` makes, and nothing else.
@_spi(Simulation) public struct SimulatedVerifier: Verifier {
    public init() {}

    public func isValid(ed25519 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool {
        signature == simulated("ed25519", key.ed25519, message)
    }
    public func isValid(mldsa65 signature: [UInt8], over message: SignedMessage, by key: VerificationKey) -> Bool {
        signature == simulated("mldsa65", key.mldsa65, message)
    }
}

private func simulated(_ kind: StaticString, _ key: [UInt8], _ message: SignedMessage) -> [UInt8] {
    var hasher = SHA256Hasher()
    hasher.update("hanzo/simulated/v1")
    hasher.update(kind)
    hasher.update(key)
    hasher.update(message.bytes)
    return hasher.finalize().bytes
}
