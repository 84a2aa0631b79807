import MeshCrypto
import Primitives

/// The first byte of a message; records have the high bit set.
enum MessageKind {
    static let hello: UInt8 = 1
    static let retry: UInt8 = 2
    static let response: UInt8 = 3
    static let finish: UInt8 = 4
}

/// The initiator's first message.
struct Hello: Hashable, Sendable {
    static let version: UInt16 = 1
    static let maxSuiteCount = 16
    static let cookieByteCount = 32

    var version = Hello.version
    var suites: [UInt16]
    var nonce: Digest
    /// 1216 bytes.
    var publicKey: [UInt8]
    /// Whether the initiator has the responder's bundle, so that its digest is enough.
    var holdsBundle: Bool
    /// Empty, or 32 bytes of a retry.
    var cookie: [UInt8] = []

    /// u8 1 ‖ u16 version ‖ u32 count, u16 suites ‖ nonce ‖ X-Wing key ‖ bool holdsBundle ‖ bytes cookie.
    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 1_400)
        writer.write(MessageKind.hello)
        writer.write(version)
        writer.writeList(suites) { $0.write($1) }
        writer.write(nonce)
        writer.writeRaw(publicKey)
        writer.write(holdsBundle)
        writer.writeBytes(cookie)
        return writer.bytes
    }

    init(suites: [UInt16], nonce: Digest, publicKey: [UInt8], holdsBundle: Bool) {
        (self.suites, self.nonce, self.publicKey, self.holdsBundle) = (suites, nonce, publicKey, holdsBundle)
    }

    init(_ message: ArraySlice<UInt8>) throws(TunnelFailure) {
        self = try decoding(message, kind: MessageKind.hello) { (reader: inout ByteReader) throws(DecodingFailure) in
            let version: UInt16 = try reader.read()
            let suites = try reader.readList(limit: Self.maxSuiteCount) { (reader: inout ByteReader) throws(DecodingFailure) in
                try reader.read(UInt16.self)
            }
            var hello = Hello(
                suites: suites, nonce: try reader.readDigest(), publicKey: Array(try reader.readRaw(XWing.publicKeyByteCount)),
                holdsBundle: try reader.readBool())
            hello.version = version
            let start = reader.offset
            hello.cookie = try reader.readBytes(limit: Self.cookieByteCount)
            guard hello.cookie.isEmpty || hello.cookie.count == Self.cookieByteCount else {
                throw .malformed("cookie", offset: start)
            }
            return hello
        }
        guard version == Self.version else { throw .unsupportedVersion(version) }
    }
}

/// The responder's answer under load: u8 2 ‖ cookie.
enum Retry {
    static func bytes(cookie: [UInt8]) -> [UInt8] { [MessageKind.retry] + cookie }

    static func cookie(_ message: ArraySlice<UInt8>) throws(TunnelFailure) -> [UInt8] {
        try decoding(message, kind: MessageKind.retry) { (reader: inout ByteReader) throws(DecodingFailure) in
            Array(try reader.readRaw(Hello.cookieByteCount))
        }
    }
}

/// The responder's message: u8 3 ‖ u16 suite ‖ nonce ‖ X-Wing ciphertext, in the clear; then its sealed identity.
struct Response: Hashable, Sendable {
    var suite: UInt16
    var nonce: Digest
    /// 1120 bytes.
    var ciphertext: [UInt8]
    var sealed: [UInt8] = []

    static let clearByteCount = 1 + 2 + Digest.byteCount + XWing.ciphertextByteCount

    var clearBytes: [UInt8] {
        var writer = ByteWriter(capacity: 12_000)
        writer.write(MessageKind.response)
        writer.write(suite)
        writer.write(nonce)
        writer.writeRaw(ciphertext)
        return writer.bytes
    }

    init(suite: TunnelSuite, nonce: Digest, ciphertext: [UInt8]) {
        (self.suite, self.nonce, self.ciphertext) = (suite.rawValue, nonce, ciphertext)
    }

    init(_ message: ArraySlice<UInt8>) throws(TunnelFailure) {
        (suite, nonce, ciphertext, sealed) =
            try decoding(message, kind: MessageKind.response) { (reader: inout ByteReader) throws(DecodingFailure) in
                (
                    try reader.read(UInt16.self), try reader.readDigest(),
                    Array(try reader.readRaw(XWing.ciphertextByteCount)), Array(try reader.readRaw(reader.remaining))
                )
            }
    }
}

/// Reads a handshake message to its end.
func decoding<Value>(
    _ message: ArraySlice<UInt8>, kind: UInt8, _ body: (inout ByteReader) throws(DecodingFailure) -> Value
) throws(TunnelFailure) -> Value {
    guard message.count <= TunnelLimits.maxHandshakeByteCount else {
        throw .malformed(.tooLarge(offset: 0, limit: TunnelLimits.maxHandshakeByteCount))
    }
    guard let first = message.first else { throw .malformed(.truncated(offset: 0)) }
    guard first == kind else { throw .unexpectedMessage(first) }
    var reader = ByteReader(message.dropFirst())
    do throws(DecodingFailure) {
        let value = try body(&reader)
        try reader.finish()
        return value
    } catch { throw .malformed(error) }
}
