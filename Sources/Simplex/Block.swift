public import Primitives
public import Quorum

/// A block as the engine sees it: where it stands, and bytes that only the host reads.
///
/// The host vouches for every block that it hands in: the digest is that of the body, and view, height and parent are
/// those in the body's header. The parent's view is what votes say of it.
public struct Block: Hashable, Sendable {
    public var view: View
    public var height: Height
    public var parentView: View
    public var parent: Digest
    public var digest: Digest
    public var body: [UInt8]

    public init(view: View, height: Height, parentView: View, parent: Digest, digest: Digest, body: [UInt8]) {
        self.view = view
        self.height = height
        self.parentView = parentView
        self.parent = parent
        self.digest = digest
        self.body = body
    }

    public var candidate: Candidate { Candidate(parentView: parentView, block: digest) }
    public var anchor: Anchor { Anchor(view: view, height: height, digest: digest) }

    /// More than any network's largest block.
    public static let maxBodyByteCount = 1 << 27

    /// u64 view ‖ u64 height ‖ u64 parent view ‖ parent ‖ digest ‖ bytes body.
    public func write(to writer: inout ByteWriter) {
        writer.write(view.value)
        writer.write(height.value)
        writer.write(parentView.value)
        writer.write(parent)
        writer.write(digest)
        writer.writeBytes(body)
    }

    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        view = View(try reader.read())
        height = Height(try reader.read())
        parentView = View(try reader.read())
        parent = try reader.readDigest()
        digest = try reader.readDigest()
        body = try reader.readBytes(limit: Self.maxBodyByteCount)
    }
}

/// Where the final chain ends: the newest final block, or the genesis.
public struct Anchor: Hashable, Sendable {
    public var view: View
    public var height: Height
    public var digest: Digest

    public init(view: View, height: Height, digest: Digest) {
        self.view = view
        self.height = height
        self.digest = digest
    }

    /// - Parameter digest: what the first block names as its parent: the NetworkID.
    public static func genesis(_ digest: Digest) -> Anchor { Anchor(view: .genesis, height: .genesis, digest: digest) }
}
