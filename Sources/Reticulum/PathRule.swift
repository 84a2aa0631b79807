public import Primitives

/// What is remembered of the way to a destination.
public struct Path: Hashable, Sendable {
    public static let maxBlobCount = 64

    public private(set) var hops: UInt8
    public private(set) var expires: Instant
    /// A link request or a packet on it had no answer.
    public var isUnresponsive = false
    /// The higher, the better the interface that it was heard on.
    public private(set) var gravity: Int
    /// The announces that were heard of it, the newest last.
    private var blobs: [AnnounceBlob]

    public init(_ announce: Announce, hops: UInt8, gravity: Int = 0, expires: Instant) {
        self.hops = hops
        self.expires = expires
        self.gravity = gravity
        blobs = [announce.blob]
    }

    /// The time of the newest announce that was heard: Unix seconds.
    public var seconds: UInt64 { blobs.reduce(0) { max($0, $1.seconds) } }
    public func hasSeen(_ blob: AnnounceBlob) -> Bool { blobs.contains(blob) }

    /// Takes the way that an announce came, after `PathRule` said so.
    public mutating func follow(_ announce: Announce, hops: UInt8, gravity: Int = 0, expires: Instant) {
        (self.hops, self.expires, self.gravity, isUnresponsive) = (hops, expires, gravity, false)
        if let index = blobs.firstIndex(of: announce.blob) { blobs.remove(at: index) }
        blobs.append(announce.blob)
        if blobs.count > Self.maxBlobCount { blobs.removeFirst() }
    }
}

/// Which of two ways to a destination is taken, and which announces are repetitions of old ones.
public enum PathRule {
    public enum Verdict: Hashable, Sendable {
        case new, newer, better, expired, revived
        case ignored
        public var isAccepted: Bool { self != .ignored }
    }

    /// - Parameter hops: with the one that it has just made.
    public static func judge(_ announce: Announce, hops: UInt8, gravity: Int = 0, known: Path?, at now: Instant)
        -> Verdict
    {
        guard let known else { return .new }
        let (isUnseen, isNewer) = (!known.hasSeen(announce.blob), announce.blob.seconds > known.seconds)
        let isSame = announce.blob.seconds == known.seconds
        if hops <= known.hops {
            if isUnseen && isNewer { return .newer }
            return isSame && gravity > known.gravity ? .better : .ignored
        }
        if isUnseen && now >= known.expires { return .expired }
        if isUnseen && isNewer { return .newer }
        return isSame && known.isUnresponsive ? .revived : .ignored
    }
}
