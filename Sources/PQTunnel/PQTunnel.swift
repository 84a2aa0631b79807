// PQTunnel: what two nodes say to each other that nobody else can read, today or with a quantum computer.
//
// A handshake of three messages and a record layer, as values without sockets or clocks, over two carriers: a direct stream and a
// Reticulum link. docs/protocols/tunnel.md draws every byte, names every key and argues every property.
//
// Vocabulary. The *initiator* opens the connection, the *responder* accepts it. A *bundle* is a node's public keys; its digest is the
// NodeID. The *transcript* is a hash over everything that was said, the carrier's binding first. An *epoch* is a pair of record keys;
// a *rekey* replaces them by fresh ones. A *record* is what is sent once the handshake is over.
//
//     initiator                                                  responder
//     hello {version, suites, nonce, X-Wing key, cookie} ─────►  under load: retry {cookie}, and nothing is kept
//                                   ◄───── response {suite, ciphertext, nonce, sealed{bundle, signatures, MAC, payload}}
//     the responder is verified; only now the initiator says who it is
//     finish {sealed{bundle or digest, signatures, MAC, payload}} ──►  the initiator is verified
//     established                                                established, or a record `bundleNeeded` first
//
//     Tunnel:  epoch n ──rekey (initiator only)──► epoch n + 1; records of epoch n are read for 30 s more, then its keys are gone
//
// It is SIGMA-I (Krawczyk, "SIGMA: the 'SIGn-and-MAc' approach to authenticated Diffie-Hellman") with X-Wing in the place of
// Diffie-Hellman: both signature halves cover the transcript, a MAC under a key of the handshake covers the signer's identity.
//
// Deviations: the encapsulation and ML-DSA's signatures take their randomness from the cryptographic library, everything else is
// injected. Failures say nothing to the peer: the connection is closed.

public import Primitives

/// A set of algorithms; one number for all of them, so that nothing can be mixed.
public enum TunnelSuite: UInt16, Sendable, CaseIterable {
    /// X-Wing, Ed25519 with ML-DSA-65, HKDF-SHA256, AES-256-GCM.
    case xwingAES256GCM = 1

    /// As people are shown it.
    public var name: String { "ML-KEM-768 + AES-256-GCM" }
}

/// Why a tunnel ended. For the log of this side; the peer is told nothing.
public enum TunnelFailure: Error, Hashable, Sendable {
    /// The bytes are no message of the protocol, or not the one that is due.
    case malformed(DecodingFailure)
    case unexpectedMessage(UInt8)
    case unsupportedVersion(UInt16)
    /// No suite in common, or the answer names one that was not offered.
    case noCommonSuite
    /// What was sealed does not open: another transcript, another carrier, or changed on the way.
    case notAuthentic
    /// The peer's bundle is not the one that was asked for.
    case wrongPeer(NodeID)
    /// The peer is this node itself.
    case isSelf
    /// One half of the signature, or the MAC, does not hold.
    case badSignature
    case badKeys
    /// The handshake took too long.
    case timedOut
    /// More came before the peer had proven who it is than is kept.
    case tooMuchUnverified
    /// This record was read before, or is older than the window.
    case replayed
    /// A record of an epoch whose keys are gone or never were.
    case unknownEpoch
    /// The epoch has sealed as much as its key may; the rekey did not come in time.
    case exhausted
    case cryptography
    /// The tunnel was closed.
    case closed
}

/// Bounds and periods.
public struct TunnelLimits: Hashable, Sendable {
    /// `[pq_tunnels] key_rotation_interval`.
    public var rotationInterval = Interval.seconds(3600)
    /// Records of one direction after which the initiator rekeys.
    public var recordsPerEpoch: UInt64 = 1 << 32
    /// Bytes of one direction after which the initiator rekeys.
    public var bytesPerEpoch: UInt64 = 64 << 30
    /// How many more of either are sealed while the rekey is on its way.
    public var grace: UInt64 = 1 << 20
    /// How long records of the epoch before are read.
    public var oldEpochLifetime = Interval.seconds(30)
    /// How long a rekey waits for its answer before it is asked for again.
    public var rekeyPatience = Interval.seconds(5)
    public var handshakePatience = Interval.seconds(10)

    public init() {}

    /// Bytes of a record's content.
    public static let maxContentByteCount = 65_536
    /// Bytes of a handshake message.
    public static let maxHandshakeByteCount = 20_480
    /// Bytes that each side may say with its identity.
    public static let maxPayloadByteCount = 8_192
    /// Bytes of records that wait for the initiator's bundle.
    public static let maxUnverifiedByteCount = 262_144
}

/// What the tunnel runs over. It is the first thing in the transcript, so that no handshake can be moved to another carrier.
public enum CarrierBinding: Sendable, Hashable {
    /// A stream of bytes; the nonces of hello and response are those of this stream.
    case direct
    /// A Reticulum link: its identifier, and 32 bytes exported from its key, which also enter the key schedule.
    case link(id: ShortHash, exporter: [UInt8])
}
