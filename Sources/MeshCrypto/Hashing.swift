import Crypto
public import Primitives

/// What both hashes offer: bytes in, one 32-byte digest out.
public protocol Hasher32: Sendable {
    init()
    mutating func update(_ bytes: [UInt8])
    mutating func update(_ bytes: ArraySlice<UInt8>)
    mutating func update(_ bytes: UnsafeRawBufferPointer)
    /// The digest of all that was fed. The hasher stays as it is.
    func finalize() -> Primitives.Digest
}

extension Hasher32 {
    public mutating func update(_ digest: Primitives.Digest) { digest.withBytes { update($0) } }
    public mutating func update(_ byte: UInt8) { withUnsafeBytes(of: byte) { update($0) } }
    public mutating func update(_ text: StaticString) {
        update(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
    public mutating func update(_ text: String) { update(Array(text.utf8)) }

    public static func hash(_ bytes: [UInt8]) -> Primitives.Digest {
        var hasher = Self()
        hasher.update(bytes)
        return hasher.finalize()
    }
}

/// SHA-256 (FIPS 180-4).
///
/// A hasher costs one allocation, inside the library. Every tree node is hashed by one: what the extension above offers stands here again,
/// so that callers of other modules reach it without generic dispatch.
public struct SHA256Hasher: Hasher32 {
    private var state = SHA256()

    public init() {}
    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { state.update(bufferPointer: $0) } }
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { state.update(bufferPointer: $0) }
    }
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }
    public func finalize() -> Primitives.Digest { state.finalize().withUnsafeBytes(Primitives.Digest.init(exactly:)) }

    public mutating func update(_ digest: Primitives.Digest) {
        digest.withBytes { state.update(bufferPointer: $0) }
    }
    public mutating func update(_ byte: UInt8) { withUnsafeBytes(of: byte) { state.update(bufferPointer: $0) } }
    public mutating func update(_ text: StaticString) {
        state.update(bufferPointer: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
    public static func hash(_ bytes: [UInt8]) -> Primitives.Digest {
        var hasher = SHA256Hasher()
        hasher.update(bytes)
        return hasher.finalize()
    }
}

/// SHA3-256 (FIPS 202).
public struct SHA3Hasher: Hasher32 {
    private var state = SHA3_256()

    public init() {}
    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { state.update(bufferPointer: $0) } }
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { state.update(bufferPointer: $0) }
    }
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }
    public func finalize() -> Primitives.Digest { state.finalize().withUnsafeBytes(Primitives.Digest.init(exactly:)) }
}

/// SHA-256 of one byte string.
public func sha256(_ bytes: [UInt8]) -> Primitives.Digest { SHA256Hasher.hash(bytes) }

extension Primitives.Digest {
    /// - Precondition: 32 bytes, as every hash above returns.
    fileprivate init(exactly bytes: UnsafeRawBufferPointer) {
        guard let digest = Primitives.Digest(bytes) else {
            preconditionFailure("a hash of another length than 32 bytes")
        }
        self = digest
    }

    /// The digest's bytes in a buffer on the stack.
    fileprivate func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 8) { buffer in
            copyBytes(to: buffer)
            body(UnsafeRawBufferPointer(buffer))
        }
    }
}

/// HMAC-SHA256 (RFC 2104).
public enum HMACSHA256 {
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    /// Compares in constant time.
    public static func isValid(_ code: [UInt8], for message: [UInt8], key: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message, using: SymmetricKey(data: key))
    }
}

/// Whether two secrets are equal, in a time that depends only on their lengths.
public func equalInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool { SymmetricKey(data: a) == SymmetricKey(data: b) }
