import CapnProto

/// What a connection wants done, in the order in which it is to be done. Whoever performs them does so after each
/// input, before the next one: only then is the order of calls kept.
struct Effects {
    enum Effect {
        /// Put on the wire.
        case send(Message)
        /// Hand to its target.
        case deliver(IncomingCall, to: Capability)
        /// Tell a caller of this side how its call ended.
        case complete(@Sendable (Outcome) -> Void, Outcome)
        /// Let the calls go on that wait for a promise.
        case resolve(Promise, to: Capability)
        /// Say so when a promise is resolved that the peer knows as this export.
        case observe(Promise, export: UInt32)
        /// Give up a call that is answered in this process.
        case cancelLocal(LocalAnswer)
        /// Tell a server that its caller gave up.
        case cancel(() -> Void)
        /// Nothing more will come or go.
        case close(CloseReason)
    }

    private var queue: [Effect?] = []
    private var next = 0

    var isEmpty: Bool { next == queue.count }

    mutating func append(_ effect: Effect) {
        queue.append(effect)
    }

    mutating func send(_ message: WireMessage) {
        append(.send(WireWriter.message(message)))
    }

    @inline(__always)
    mutating func popFirst() -> Effect? {
        guard next < queue.count else { return nil }
        // Taken out, so that whoever performs it is the only one who has it.
        let effect = queue[next].take()
        next += 1
        return effect
    }

    /// Makes room for others, once all are taken out.
    mutating func removeAll() {
        queue.removeAll(keepingCapacity: true)
        next = 0
    }
}

/// Why a connection is over.
public enum CloseReason: Hashable, Sendable, CustomStringConvertible {
    /// The transport ended, or this side wanted it.
    case disconnected(String)
    /// The peer broke the protocol; it was told.
    case peerFault(PeerFault)
    /// The peer says that this side broke it, or that it goes.
    case abortedByPeer(RPCException)

    public var description: String {
        switch self {
        case .disconnected(let reason): reason
        case .peerFault(let fault): "the peer broke the protocol: \(fault)"
        case .abortedByPeer(let exception): "the peer aborted: \(exception.reason)"
        }
    }

    /// What open calls end with.
    var exception: RPCException { .disconnected(description) }
}
