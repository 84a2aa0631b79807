public import Primitives

/// A link's clockwork. The defaults are the protocol's; tests shorten them.
public struct LinkTiming: Hashable, Sendable {
    public var minKeepalive = Interval.seconds(5)
    public var maxKeepalive = Interval.seconds(360)
    /// How long a stale link waits, beside four round trips.
    public var grace = Interval.seconds(5)
    /// How long a responder waits for the round trip time.
    public var handshake = Interval.seconds(15)
    /// No link sleeps longer than this, whatever its period: a link of a short round trip would miss its own.
    public var maxSleep = Interval.seconds(5)

    public init() {}

    /// `round trip × 360 / 1.75`, within the bounds.
    public func keepalive(roundTripTime: Interval?) -> Interval {
        guard let roundTripTime else { return maxKeepalive }
        let nanoseconds = min(max(0, roundTripTime.nanoseconds), 1 << 52) * 360 * 4 / 7
        return min(max(Interval(nanoseconds: nanoseconds), minKeepalive), maxKeepalive)
    }
}

extension Link {
    /// What time made of a link.
    public enum Tick: Hashable, Sendable {
        case nothing
        /// A keepalive to send.
        case send(Packet)
        case stale
        /// It has ended; perhaps the other side still hears of it.
        case closed(Packet?)
    }

    public var keepalivePeriod: Interval { timing.keepalive(roundTripTime: roundTripTime) }

    public mutating func set(_ timing: LinkTiming) { self.timing = timing }

    /// When to call `tick` next.
    public func nextTick(after now: Instant) -> Instant { now + min(keepalivePeriod, timing.maxSleep) }

    public mutating func tick(at now: Instant, using entropy: inout some RandomNumberGenerator) -> Tick {
        switch state {
        case .closed: return .nothing
        case .handshake:
            guard now - started >= timing.handshake else { return .nothing }
            state = .closed
            return .closed(nil)
        case .active: return tickActive(at: now)
        case .stale:
            let patience = Interval(nanoseconds: timing.grace.nanoseconds + (roundTripTime?.nanoseconds ?? 0) * 4)
            guard now - lastInbound >= Interval(nanoseconds: stalePeriod.nanoseconds + patience.nanoseconds) else {
                return .nothing
            }
            return .closed(close(using: &entropy))
        }
    }

    private var stalePeriod: Interval { Interval(nanoseconds: keepalivePeriod.nanoseconds * 2) }

    private mutating func tickActive(at now: Instant) -> Tick {
        if now - lastInbound >= stalePeriod {
            state = .stale
            return .stale
        }
        guard role == .initiator, now - lastInbound >= keepalivePeriod, now - lastKeepalive >= keepalivePeriod else {
            return .nothing
        }
        lastKeepalive = now
        return .send(Packet(.data, to: id, .link, context: .keepalive, payload: Self.keepaliveQuestion))
    }
}
