public import Primitives

/// What a signature is for. A signature made for one purpose is worthless for every other.
public struct SigningPurpose: Hashable, Sendable {
    /// At most 255 ASCII bytes.
    public let tag: String

    private init(_ tag: String) { self.tag = tag }

    public static let commitBatch = SigningPurpose("hanzo/commit-batch/v1")
    public static let finality = SigningPurpose("hanzo/finality/v1")
    public static let envelope = SigningPurpose("hanzo/envelope/v1")
    public static let envelopeBatch = SigningPurpose("hanzo/envelope-batch/v1")
    public static let vote = SigningPurpose("hanzo/vote/v1")
    public static let tunnelInitiator = SigningPurpose("hanzo/tunnel-initiator/v1")
    public static let tunnelResponder = SigningPurpose("hanzo/tunnel-responder/v1")

    public static let all = [
        commitBatch, finality, envelope, envelopeBatch, vote, tunnelInitiator, tunnelResponder,
    ]
}

/// The only thing that a mesh key signs: `u8 tag length ‖ tag ‖ scope ‖ content` (docs/protocols/state.md, "Signed messages").
///
/// The scope is the NetworkID, or zeros between nodes. It is never a bare 32-byte string, because an Ed25519 key may also serve as a
/// Reticulum identity, which signs hashes that strangers choose.
public struct SignedMessage: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(_ purpose: SigningPurpose, scope: Digest, content: some Collection<UInt8>) {
        let tag = Array(purpose.tag.utf8)
        var bytes = [UInt8]()
        bytes.reserveCapacity(1 + tag.count + Digest.byteCount + content.count)
        bytes.append(UInt8(tag.count))
        bytes.append(contentsOf: tag)
        bytes.append(contentsOf: scope.bytes)
        bytes.append(contentsOf: content)
        self.bytes = bytes
    }
}
