import Crypto

/// Secret bytes that exist once and are erased when they go.
///
/// What the algorithms derive from them lies in the cryptographic library: it erases Ed25519 and X25519 keys, but not the expanded ML-DSA
/// and ML-KEM keys, which live as long as their `PrivateKeys`.
public struct Secret: ~Copyable, Sendable {
    /// Owns memory that it erases when the last reference goes; there is one, because this type can't be copied.
    let key: SymmetricKey

    init(_ key: SymmetricKey) { self.key = key }
    /// Takes a copy; erasing the original is the caller's part.
    public init(copying bytes: [UInt8]) { key = SymmetricKey(data: bytes) }
    /// Takes a copy; erasing the original is the caller's part.
    public init(copying bytes: ArraySlice<UInt8>) { key = SymmetricKey(data: bytes) }

    public var count: Int { key.bitCount / 8 }

    /// Lends the bytes. They must not outlive the call.
    public borrowing func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result = key.withUnsafeBytes { bytes in
            do throws(Failure) { return Result<Value, Failure>.success(try body(bytes)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// The seeds of one identity: Ed25519 (32) ‖ X25519 (32) ‖ ML-DSA-65 ξ (32) ‖ ML-KEM-768 d‖z (64).
public enum SeedLayout {
    public static let ed25519 = 0..<32
    public static let x25519 = 32..<64
    public static let mldsa65 = 64..<96
    public static let mlkem768 = 96..<160
    public static let byteCount = 160
}
