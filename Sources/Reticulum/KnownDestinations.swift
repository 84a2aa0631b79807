public import Primitives

/// A dictionary in two generations: when the younger is full it becomes the older, and what was the older is forgotten.
/// What is read or written again is young again, so a flood drops only what nobody uses; memory is bounded by
/// construction.
public struct Generations<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    public let capacity: Int

    /// - Parameter capacity: of both generations together, at least 2.
    public init(capacity: Int) {
        precondition(capacity >= 2, "room for two generations")
        self.capacity = capacity
    }

    public var count: Int { young.count + old.count }

    /// Without making it young.
    public func peek(_ key: Key) -> Value? { young[key] ?? old[key] }

    public mutating func find(_ key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    public mutating func insert(_ value: Value, for key: Key) {
        old.removeValue(forKey: key)
        if young[key] == nil, young.count >= capacity / 2 {
            old = young
            young = [:]
        }
        young[key] = value
    }

    public mutating func remove(_ key: Key) {
        young.removeValue(forKey: key)
        old.removeValue(forKey: key)
    }
}

/// Which packets were here before. Keyed by the full packet hash, never by a shortened one.
public struct DuplicateFilter: Sendable {
    private var hashes: Generations<Primitives.Digest, Bool>

    public init(capacity: Int = 1_000_000) { hashes = Generations(capacity: capacity) }

    /// Whether a packet may be handled, and remembers it. Some contexts repeat by right, and so do announces of SINGLE
    /// destinations: which of these is old, `PathRule` knows better.
    public mutating func admits(_ packet: Packet) -> Bool {
        if packet.context.mayRepeat || (packet.kind == .announce && packet.destinationType == .single) { return true }
        let hash = packet.hash
        guard hashes.peek(hash) == nil else { return false }
        hashes.insert(true, for: hash)
        return true
    }
}

/// What announces have told: keys, ratchets and application data of destinations.
public struct KnownDestinations: Sendable {
    /// How long a ratchet that was announced is used.
    public static let ratchetLife = Interval.seconds(30 * 24 * 3_600)

    public struct Entry: Sendable {
        public let identity: PublicIdentity
        public fileprivate(set) var appData: [UInt8]
        public fileprivate(set) var ratchet: [UInt8]?
        fileprivate var ratchetTime: Instant
        fileprivate var seconds: UInt64
    }

    private var entries: Generations<ShortHash, Entry>

    public init(capacity: Int = 100_000) { entries = Generations(capacity: capacity) }

    public var count: Int { entries.count }

    /// Remembers what a verified announce says. An older one than the last changes nothing.
    ///
    /// - Throws: `.keyChanged`. A destination's hash holds its identity's hash, so this takes a collision of 128 bits.
    public mutating func learn(_ announce: Announce, at now: Instant) throws(AnnounceFault) {
        guard var entry = entries.find(announce.destination) else {
            let entry = Entry(
                identity: announce.identity, appData: announce.appData, ratchet: announce.ratchet, ratchetTime: now,
                seconds: announce.blob.seconds)
            return entries.insert(entry, for: announce.destination)
        }
        guard entry.identity == announce.identity else { throw .keyChanged }
        guard announce.blob.seconds >= entry.seconds else { return }
        entry.appData = announce.appData
        entry.seconds = announce.blob.seconds
        if let ratchet = announce.ratchet { (entry.ratchet, entry.ratchetTime) = (ratchet, now) }
        entries.insert(entry, for: announce.destination)
    }

    public mutating func find(_ destination: ShortHash) -> Entry? { entries.find(destination) }

    /// The key to encrypt to, where the destination announced one that is not too old.
    public mutating func ratchet(of destination: ShortHash, at now: Instant) -> [UInt8]? {
        guard let entry = entries.find(destination), now - entry.ratchetTime < Self.ratchetLife else { return nil }
        return entry.ratchet
    }
}
