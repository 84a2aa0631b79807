import MeshCrypto
public import Primitives

/// A destination's name: an application and its aspects, `app.aspect.aspect`.
public struct DestinationName: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public let hash: NameHash

    /// - Returns: nil where a part is empty or has a dot in it.
    public init?(_ application: String, _ aspects: String...) {
        self.init(parts: [application] + aspects)
    }

    public init?(parts: [String]) {
        guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: ".")) }) else {
            return nil
        }
        description = parts.joined(separator: ".")
        hash = NameHash(of: description)
    }
}

/// The first 10 bytes of the hash of a destination's name.
public struct NameHash: Hashable, Sendable {
    public let bytes: [UInt8]

    /// - Returns: nil unless there are 10 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Wire.nameHashByteCount else { return nil }
        self.bytes = Array(bytes)
    }

    init(of name: String) { bytes = Array(sha256(Array(name.utf8)).bytes.prefix(Wire.nameHashByteCount)) }

    /// The destination of this name that belongs to an identity, or to nobody.
    public func destination(of identity: ShortHash?) -> ShortHash { sha256(bytes + (identity?.bytes ?? [])).short }
}

/// Where packets go.
///
/// A SINGLE destination belongs to an identity and packets to it are encrypted to that; a GROUP shares a symmetric key;
/// a PLAIN one is read by everybody on the segment. A LINK is addressed by its identifier and has no name: see `Link`.
public struct Destination: Hashable, Sendable {
    public let type: Packet.DestinationType
    public let nameHash: NameHash
    public let identity: PublicIdentity?
    public let hash: ShortHash

    public static func single(_ name: DestinationName, of identity: PublicIdentity) -> Destination {
        Destination(.single, name.hash, identity)
    }
    /// - Parameter identity: only a part of the hash; the key is what opens its packets.
    public static func group(_ name: DestinationName, of identity: PublicIdentity? = nil) -> Destination {
        Destination(.group, name.hash, identity)
    }
    public static func plain(_ name: DestinationName) -> Destination { Destination(.plain, name.hash, nil) }

    init(_ type: Packet.DestinationType, _ nameHash: NameHash, _ identity: PublicIdentity?) {
        self.type = type
        self.nameHash = nameHash
        self.identity = identity
        hash = nameHash.destination(of: identity?.hash)
    }

    /// A packet with `plaintext` for a SINGLE destination.
    ///
    /// - Throws: `.badKey` where it is none, or where the ratchet is no key.
    public func packet(
        _ plaintext: some Collection<UInt8>, ratchet: [UInt8]? = nil, using entropy: inout some RandomNumberGenerator
    ) throws(TokenFault) -> Packet {
        guard type == .single, let identity else { throw .badKey }
        return Packet(
            .data, to: hash, .single, payload: try identity.encrypt(plaintext, ratchet: ratchet, using: &entropy))
    }

    /// A packet with `plaintext` for a GROUP destination, which travels one hop.
    public func packet(
        _ plaintext: some Collection<UInt8>, key: TokenKey, using entropy: inout some RandomNumberGenerator
    ) throws(TokenFault) -> Packet {
        Packet(.data, to: hash, .group, payload: try key.encrypt(plaintext, using: &entropy))
    }

    /// A packet with `plaintext` for a PLAIN destination, which travels one hop and is read by everybody on it.
    public func packet(_ plaintext: [UInt8]) -> Packet { Packet(.data, to: hash, .plain, payload: plaintext) }
}
