import Crypto

/// HKDF-SHA256 (RFC 5869).
public enum HKDFSHA256 {
    /// A pseudorandom key of 32 bytes from a salt that may be public and a secret.
    public static func extract(salt: [UInt8], _ secret: borrowing Secret) -> Secret {
        let code = HKDF<SHA256>.extract(inputKeyMaterial: secret.key, salt: salt)
        return Secret(code.withUnsafeBytes { SymmetricKey(data: $0) })
    }

    /// The same with a salt that is secret too: the result is one while either is.
    public static func extract(salt: borrowing Secret, _ secret: borrowing Secret) -> Secret {
        let code = salt.key.withUnsafeBytes { HKDF<SHA256>.extract(inputKeyMaterial: secret.key, salt: Array($0)) }
        return Secret(code.withUnsafeBytes { SymmetricKey(data: $0) })
    }

    /// - Parameter byteCount: at most 8160.
    public static func expand(_ key: borrowing Secret, info: [UInt8], byteCount: Int = 32) -> Secret {
        precondition(byteCount <= 255 * 32, "what HKDF-SHA256 can expand")
        return Secret(HKDF<SHA256>.expand(pseudoRandomKey: key.key, info: info, outputByteCount: byteCount))
    }
}

extension Secret {
    /// HMAC-SHA256 (RFC 2104) of a message under this secret, 32 bytes.
    public borrowing func authenticate(_ message: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
    }

    /// Compares in constant time.
    public borrowing func isValid(_ code: some Collection<UInt8>, for message: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(Array(code), authenticating: message, using: key)
    }

    /// This secret and what follows it.
    public borrowing func followed(by bytes: [UInt8]) -> Secret {
        Secret(key.withUnsafeBytes { SymmetricKey(data: Array($0) + bytes) })
    }
}
