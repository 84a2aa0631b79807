public import MeshCrypto
public import Primitives

/// What an identity is used for; one file is one kind.
public enum IdentityKind: UInt8, Hashable, Sendable {
    case agent = 1
    case node = 2
    /// The shared key of a PoA network.
    case authority = 3
}

/// Somebody's private keys with their public bundle. It signs; its seeds leave it only as its file.
public final class SecretIdentity: Signer, Sendable {
    public let kind: IdentityKind
    /// At most 256 bytes of UTF-8; for people, it authenticates nothing.
    public let name: String
    public let bundle: PublicBundle
    private let keys: PrivateKeys
    private let seeds: Secret

    public static let seedByteCount = SeedLayout.byteCount
    public static let maxNameByteCount = 256

    /// - Parameter seeds: 160 bytes of the system's entropy, or those of a file.
    public init(kind: IdentityKind, name: String, seeds: consuming Secret) throws(IdentityFailure) {
        guard name.utf8.count <= Self.maxNameByteCount else { throw .nameTooLong }
        do {
            keys = try PrivateKeys(seeds: seeds)
        } catch {
            throw .badKeys(error)
        }
        guard
            let bundle = PublicBundle(
                ed25519: keys.ed25519PublicKey, x25519: keys.x25519PublicKey, mldsa65: keys.mldsa65PublicKey,
                mlkem768: keys.mlkem768PublicKey)
        else { preconditionFailure("public keys of standard length") }
        self.kind = kind
        self.name = name
        self.bundle = bundle
        self.seeds = seeds
    }

    public var agentID: AgentID { bundle.agentID }
    public var nodeID: NodeID { bundle.nodeID }

    public func signEd25519(_ message: SignedMessage) throws(CryptoFailure) -> [UInt8] { try keys.signEd25519(message) }
    public func signMLDSA65(_ message: SignedMessage) throws(CryptoFailure) -> [UInt8] { try keys.signMLDSA65(message) }

    /// The file's bytes: `"HZID" ‖ u16 version ‖ u8 kind ‖ text name ‖ seeds (160) ‖ SHA-256 of all before`.
    /// They are secret: write them with mode 0600 and erase the copy.
    public func fileBytes() -> [UInt8] {
        var writer = ByteWriter(capacity: 512)
        writer.writeRaw(IdentityFile.magic)
        writer.write(IdentityFile.version)
        writer.write(kind.rawValue)
        writer.write(name)
        seeds.withBytes { writer.writeRaw($0) }
        writer.write(IdentityFile.checksum(writer.bytes[...]))
        return writer.bytes
    }
}

/// Why an identity could not be made or read.
public enum IdentityFailure: Error, Hashable, Sendable {
    case nameTooLong
    case badKeys(CryptoFailure)
    /// The file isn't an identity file.
    case notAnIdentityFile
    case unknownVersion(Int)
    case unknownKind(UInt8)
    /// The file is cut, has something behind it, or doesn't match its checksum: restore it from a copy.
    case damaged(DecodingFailure?)
}

/// The file format of identities (docs/protocols/identity.md).
public enum IdentityFile {
    static let magic = Array("HZID".utf8)
    static let version: UInt16 = 1

    /// The largest file there can be.
    public static let maxByteCount = 512

    /// Makes no copy, because the bytes are secret.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> Digest {
        var hasher = SHA256Hasher()
        hasher.update("hanzo/identity-file/v1")
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// Reads a file's bytes. Never traps, whatever they are.
    public static func decode(_ bytes: [UInt8]) throws(IdentityFailure) -> SecretIdentity {
        guard bytes.starts(with: magic) else { throw .notAnIdentityFile }
        guard bytes.count <= maxByteCount else { throw .damaged(nil) }
        var reader = ByteReader(bytes[magic.count...])
        let version = try field { () throws(DecodingFailure) in try reader.read(UInt16.self) }
        guard version == Self.version else { throw .unknownVersion(Int(version)) }
        let kind = try field { () throws(DecodingFailure) in try reader.read(UInt8.self) }
        let name = try field { () throws(DecodingFailure) in
            try reader.readString(limit: SecretIdentity.maxNameByteCount)
        }
        let seeds = try field { () throws(DecodingFailure) in try reader.readRaw(SecretIdentity.seedByteCount) }
        let sum = try field { () throws(DecodingFailure) in
            let sum = try reader.readDigest()
            try reader.finish()
            return sum
        }
        guard sum == checksum(bytes.dropLast(Digest.byteCount)) else { throw .damaged(nil) }
        guard let kind = IdentityKind(rawValue: kind) else { throw .unknownKind(kind) }
        return try SecretIdentity(kind: kind, name: name, seeds: Secret(copying: seeds))
    }

    private static func field<Value>(_ read: () throws(DecodingFailure) -> Value) throws(IdentityFailure) -> Value {
        do { return try read() } catch { throw .damaged(error) }
    }
}
