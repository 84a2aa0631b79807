// TunnelStreams: many streams of bytes between two nodes over one tunnel, of which the important ones never wait.
//
// Vocabulary. A *stream* carries bytes both ways, in order, and belongs to a *class*: votes overtake everything, bulk waits for everything.
// A *frame* is what one record of the tunnel holds. *Credit* is how far the other side may write. A *carrier* is the tunnel that frames go
// over just now; it delivers them in order, and it may end: then both sides *resume* over the next one, and nothing is lost or doubled,
// because every byte has an offset and is kept until it was acknowledged.
//
//     writer ──write──► send buffer ──nextFrame──► tunnel ──► receive ──► receive buffer ──read──► reader
//                            ▲                                                     │
//                            └───────────────── credit {received, limit} ◄─────────┘
//
// It is a value: the driver pulls frames when the carrier has room, and keeps few bytes of its own, so that what is urgent is not queued
// behind what is not. docs/protocols/streams.md draws the frames.
//
// Deviations: a stream is reset as a whole, not by direction. No timers: a carrier that loses frames silently is not one.

public import Primitives

/// Which stream, on both sides. Those that the initiator opens are even.
public struct StreamID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt32

    public init(_ value: UInt32) { self.value = value }

    public static func < (a: StreamID, b: StreamID) -> Bool { a.value < b.value }
    public var description: String { "\(value)" }
}

/// What a stream is for, the most urgent first.
public enum TrafficClass: UInt8, Hashable, Sendable, CaseIterable {
    /// Votes and certificates: before everything else, always.
    case consensus = 0
    /// What keeps a network together: membership, requests for what is missing.
    case control = 1
    /// Messages of agents.
    case interactive = 2
    /// Blocks, snapshots, files. One frame of bulk follows at the latest after eight of interactive traffic.
    case bulk = 3
}

/// Bounds of what one peer can make this side keep.
public struct StreamLimits: Hashable, Sendable {
    /// Streams open at once, both sides' together.
    public var maxStreamCount = 256
    /// Bytes that a stream may be ahead of its reader at first.
    public var initialWindow: UInt64 = 32 << 10
    /// The same once its reader has shown that it keeps up.
    public var maxWindow: UInt64 = 1 << 20
    /// The sum of all windows above which none grows.
    public var maxTotalWindow: UInt64 = 16 << 20
    /// Bytes of one stream that wait to be sent or acknowledged.
    public var sendBufferByteCount = 256 << 10
    /// Data of one bulk frame while other streams are busy.
    public var bulkFrameByteCount = 4 << 10
    /// Resets that wait to be sent.
    public var maxResetCount = 1_024

    public init() {}

    /// Bytes of a stream's label.
    public static let maxLabelByteCount = 64
    /// Bytes of a frame: what a record of the tunnel takes.
    public static let maxFrameByteCount = 65_536
}

/// What the peer did that no correct peer does; the tunnel is to be closed.
public enum StreamFailure: Error, Hashable, Sendable {
    case malformed(DecodingFailure)
    /// A frame about a stream that was never opened, or that this side should have opened.
    case unknownStream(StreamID)
    /// A stream was opened out of order or more than there may be.
    case badOpen(StreamID)
    /// Bytes that lie behind the next ones, beyond the credit, or behind the end.
    case badOffset(StreamID)
    /// Something was acknowledged that was never sent, or less than was acknowledged before.
    case badCredit(StreamID)
    /// A resume that is not the first frame of a carrier, or a first frame that is none.
    case badResume
    case tooManyResets
}

/// What a frame brought, for the owner of the streams.
public enum StreamEvent: Hashable, Sendable {
    /// The peer has opened a stream.
    case opened(StreamID, TrafficClass, label: String)
    /// There is something to read: bytes, or the end.
    case readable(StreamID)
    /// There is room to write again after `write` took less than it was given.
    case writable(StreamID)
    /// Either side has given it up; it is gone.
    case reset(StreamID, code: UInt32)
    /// The peer accepts no new streams.
    case goingAway
}

/// What `read` found.
public struct StreamRead: Hashable, Sendable {
    public var bytes: [UInt8]
    /// Nothing follows.
    public var isEnd: Bool
}

/// Why a call on a stream did nothing.
public enum StreamRefusal: Error, Hashable, Sendable {
    case unknownStream
    /// It was finished by this side before.
    case finished
    case tooManyStreams
    case labelTooLong
    /// This side or the peer is going away.
    case goingAway
}
