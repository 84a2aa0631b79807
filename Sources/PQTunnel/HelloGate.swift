import Identity
public import MeshCrypto
public import Primitives

/// What stands before a responder: it tells a hello that may be answered from one that has to prove its address first, and keeps
/// nothing of the latter.
///
/// A cookie is HMAC(key of this minute, address ‖ H(hello without its cookie)); the key of the minute before is good too. Behind that,
/// each address has a bucket of handshakes, so that nobody buys signatures without end.
public struct HelloGate: ~Copyable, Sendable {
    public enum Verdict: Hashable, Sendable {
        /// Answer it.
        case proceed
        /// Send this and forget the hello.
        case retry([UInt8])
        /// Close, and say nothing.
        case refuse
    }

    private static let period = Interval.seconds(60)
    private static let maxAddressCount = 4_096

    /// Sixteen handshakes at once, four a second after that.
    private struct Bucket {
        private static let size = 16.0
        private static let tokensPerSecond = 4.0
        private var tokens = size
        private var filled: Instant

        init(_ now: Instant) { filled = now }

        mutating func take(_ now: Instant) -> Bool {
            tokens = fill(now)
            filled = max(filled, now)
            guard tokens >= 1 else { return false }
            tokens -= 1
            return true
        }

        func isFull(_ now: Instant) -> Bool { fill(now) >= Self.size }

        private func fill(_ now: Instant) -> Double {
            let seconds = Double(max(.zero, now - filled).nanoseconds) / 1e9
            return min(Self.size, tokens + seconds * Self.tokensPerSecond)
        }
    }

    /// Half-open handshakes above which an address must be proven.
    private let threshold: Int
    private let root: Secret
    private var buckets: [[UInt8]: Bucket] = [:]
    /// Where there is no room for another address, new ones share this one.
    private var strangers = Bucket(Instant(nanoseconds: 0))
    private var forgotten: Instant?

    /// - Parameter seed: 32 bytes of entropy, from which the keys of all minutes follow.
    public init(seed: consuming Secret, threshold: Int = 32) {
        root = seed
        self.threshold = threshold
    }

    /// - Parameters:
    ///   - address: where an answer would go: an IP address without its port, or a link's identifier.
    ///   - halfOpenCount: handshakes that the responder has begun and not finished.
    public mutating func judge(
        _ message: ArraySlice<UInt8>, from address: [UInt8], halfOpenCount: Int, at now: Instant
    ) throws(TunnelFailure) -> Verdict {
        let hello = try Hello(message)
        var bare = hello
        bare.cookie = []
        if hello.cookie.isEmpty {
            if halfOpenCount >= threshold { return .retry(Retry.bytes(cookie: cookie(bare, address, minute(now)))) }
        } else {
            let minutes = [minute(now), minute(now) &- 1]
            guard minutes.contains(where: { equalInConstantTime(cookie(bare, address, $0), hello.cookie) }) else {
                // It may have been good once.
                return .retry(Retry.bytes(cookie: cookie(bare, address, minute(now))))
            }
        }
        return take(from: address, now) ? .proceed : .refuse
    }

    private func minute(_ now: Instant) -> UInt64 { now.nanoseconds / UInt64(Self.period.nanoseconds) }

    private func cookie(_ bare: Hello, _ address: [UInt8], _ minute: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(minute)
        let key = HKDFSHA256.expand(root, info: Array("hanzo/tunnel/v1 cookie".utf8) + writer.bytes)
        var message = ByteWriter()
        message.writeBytes(address)
        message.write(sha256(bare.bytes))
        return key.authenticate(message.bytes)
    }

    private mutating func take(from address: [UInt8], _ now: Instant) -> Bool {
        if buckets[address] == nil, buckets.count >= Self.maxAddressCount { forget(now) }
        guard buckets[address] != nil || buckets.count < Self.maxAddressCount else { return strangers.take(now) }
        return buckets[address, default: Bucket(now)].take(now)
    }

    /// Drops buckets that are full again; once a second at most, because it looks at all.
    private mutating func forget(_ now: Instant) {
        guard forgotten.map({ now >= $0 + .seconds(1) }) ?? true else { return }
        forgotten = now
        buckets = buckets.filter { !$0.value.isFull(now) }
    }
}
