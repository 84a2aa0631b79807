// Reticulum: packets, identities, announces, proofs and links of the Reticulum protocol, as values without sockets or
// clocks.
//
// An independent implementation of a protocol that was dedicated to the public domain, unaffiliated with its project.
// It follows the wire of release 1.5.7 of the reference, which the tests talk to as a running program.
// docs/protocols/reticulum.md draws the bytes that are implemented here, and says what is not.
//
// Vocabulary. An *identity* is a pair of keys, X25519 for secrecy and Ed25519 for signatures; its hash names it. A
// *destination* is an endpoint: the hash of a name and, unless it is PLAIN, of an identity. An *announce* makes a
// destination known: keys, name, a time, perhaps a *ratchet* (a short-lived X25519 key) and application data, signed. A
// *proof* is a signature over a packet's hash: it arrived. A *link* is a channel between two programs with keys of its
// own. A *token* is an encrypted message. An *interface* is what carries frames; its *access code* (IFAC) keeps
// strangers out.
//
//     frame ──HDLC / KISS──► InterfaceAccess ──► Packet ─┬─ announce      ──► Announce ──► KnownDestinations, PathRule
//     (bytes of a stream)    (opens the mask)            ├─ link request  ──► Link.accept ──► Link, and a proof to send
//                                                        ├─ proof         ──► PendingLink.establish, PacketProof
//                                                        └─ data          ──► PrivateIdentity.decrypt, Link.receive, PathRequest
//
//     Link:  PendingLink ──proof──► active           (initiator; it sends its round trip time at once)
//            handshake ──round trip time──► active   (responder)
//            active ──silence──► stale ──any packet──► active
//            stale ──grace──► closed;  any ──close──► closed
//
// Everything here may be fed a stranger's bytes: lengths are checked before anything is kept, failures are typed,
// nothing traps. Times and entropy are arguments; a generator that is passed must be the system's, except in tests.
//
// Deviations from the reference, all towards strictness: Ed25519 keys of small order are no identities, and link modes
// other than AES-256-CBC are refused rather than negotiated.

public import Primitives

/// Sizes of the wire format, in bytes.
public enum Wire {
    /// What every interface carries, and what a link has where nothing larger is agreed on.
    public static let mtu = 500
    public static let headerByteCount = 19
    /// With the address of the next transport node.
    public static let transportHeaderByteCount = 35
    /// The smallest access code; every packet leaves room for it.
    public static let minAccessCodeByteCount = 1
    /// The largest payload of an ordinary packet: 464.
    public static let maxPayloadByteCount = mtu - transportHeaderByteCount - minAccessCodeByteCount
    /// The largest text that one encrypted packet to a destination carries: 383.
    public static let maxPlaintextByteCount = 383
    /// The largest frame of any interface.
    public static let maxFrameByteCount = 1 << 20
    /// A packet that has made so many hops is dropped.
    public static let maxHops: UInt8 = 128
    /// The largest application data of an announce that relays can still pass on, without a ratchet.
    public static let maxRelayedAppDataByteCount = 317
    public static let nameHashByteCount = 10
    public static let identityByteCount = 64
    public static let signatureByteCount = 64
    public static let ratchetByteCount = 32
}

extension Primitives.Digest {
    /// The first 16 bytes: how Reticulum shortens every hash.
    public var short: ShortHash {
        guard let hash = ShortHash(bytes.prefix(ShortHash.byteCount)) else { preconditionFailure("32 bytes hold 16") }
        return hash
    }
}

extension RandomNumberGenerator {
    mutating func draw(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            let word = next()
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
