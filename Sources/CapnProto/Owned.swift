/// A message together with one struct in it: what crosses tasks, queues and actors, where readers can't go.
///
///     let call = try Owned<Transfer>(message)
///     Task { use(call.reader.amount) }
public struct Owned<Schema: StructSchema>: Sendable {
    public let message: Message
    // SAFETY: both lead into `message`, which is immutable and lives as long.
    @usableFromInline nonisolated(unsafe) let segment: UnsafeMutablePointer<Segment>
    @usableFromInline nonisolated(unsafe) let data: UnsafeRawPointer
    @usableFromInline let dataBytes: UInt32
    @usableFromInline let pointerCount: UInt16
    @usableFromInline let depth: UInt16

    /// The message's root.
    @inlinable public init(_ message: Message) throws(CapnProtoError) {
        self.init(message, at: try message.root(Schema.self))
    }

    /// A struct inside of `message`, or a default that stands in for one.
    @inlinable public init(_ message: Message, at reader: borrowing Schema.Reader) {
        let raw = reader.raw
        let arena = raw.segment.pointee.arena
        precondition(
            arena == message.arena || arena.pointee.isImmortal, "the reader belongs to another message")
        self.message = message
        segment = raw.segment
        data = raw.data
        dataBytes = raw.dataBytes
        pointerCount = raw.pointerCount
        depth = raw.depth
    }

    @inlinable public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) {
        try self.init(Message(framed: bytes, limits: limits))
    }

    @inlinable public var reader: Schema.Reader {
        @_lifetime(borrow self) get {
            let raw = StructReader(
                segment: segment, data: data, dataBytes: dataBytes, pointerCount: pointerCount, depth: depth)
            return _overrideLifetime(Schema.Reader(raw), borrowing: self)
        }
    }
}
