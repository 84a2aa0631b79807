import Primitives
import Testing

@testable import TunnelStreams

/// Two ends and the carrier between them, which delivers in order for as long as it lives.
struct Wire {
    enum End: CaseIterable { case initiator, responder }

    var (initiator, responder): (StreamMux, StreamMux)
    /// Frames under way to each end.
    var (toInitiator, toResponder): ([[UInt8]], [[UInt8]]) = ([], [])
    private(set) var events: [(End, StreamEvent)] = []
    private(set) var closed: [(End, StreamID)] = []

    init(limits: StreamLimits = StreamLimits()) {
        initiator = StreamMux(isInitiator: true, limits: limits)
        responder = StreamMux(isInitiator: false, limits: limits)
    }

    subscript(end: End) -> StreamMux {
        get { end == .initiator ? initiator : responder }
        set { if end == .initiator { initiator = newValue } else { responder = newValue } }
    }

    /// One frame onto the carrier.
    @discardableResult
    mutating func send(_ end: End, maxByteCount: Int = StreamLimits.maxFrameByteCount) -> Bool {
        guard let frame = self[end].nextFrame(maxByteCount: maxByteCount) else { return false }
        if end == .initiator { toResponder.append(frame) } else { toInitiator.append(frame) }
        note(end)
        return true
    }

    /// One frame off it.
    @discardableResult
    mutating func deliver(to end: End) throws(StreamFailure) -> Bool {
        guard !(end == .initiator ? toInitiator : toResponder).isEmpty else { return false }
        let frame = end == .initiator ? toInitiator.removeFirst() : toResponder.removeFirst()
        for event in try self[end].receive(frame[...]) { events.append((end, event)) }
        note(end)
        return true
    }

    /// Until nothing moves any more.
    mutating func settle() throws(StreamFailure) {
        var isMoving = true
        while isMoving {
            isMoving = false
            for end in End.allCases {
                while send(end) { isMoving = true }
                while try deliver(to: end) { isMoving = true }
            }
        }
    }

    /// The carrier dies with what is under way, and there is another.
    mutating func cut() {
        (toInitiator, toResponder) = ([], [])
        initiator.resume()
        responder.resume()
    }

    mutating func note(_ end: End) { for id in self[end].takeClosed() { closed.append((end, id)) } }

    /// What `end` was told since the last call.
    mutating func take(_ end: End) -> [StreamEvent] {
        defer { events.removeAll { $0.0 == end } }
        return events.filter { $0.0 == end }.map { $0.1 }
    }

    /// All that can be read of a stream now.
    mutating func read(_ id: StreamID, at end: End) throws -> StreamRead {
        let read = try self[end].read(from: id)
        note(end)
        return read
    }
}

func text(_ string: String) -> [UInt8] { Array(string.utf8) }
