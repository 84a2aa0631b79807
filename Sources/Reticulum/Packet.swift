import MeshCrypto
public import Primitives

/// Why a frame is no packet, or one that must not be handled. All of it is the sender's doing.
public enum PacketFault: Error, Hashable, Sendable, CaseIterable {
    /// It ends inside the header.
    case truncated
    /// Larger than the interface carries, or an announce larger than all interfaces carry.
    case tooLarge
    /// Nothing behind the header.
    case empty
    case tooManyHops
    /// An access code is on it, and this interface has none.
    case masked
    /// No access code is on it, or a wrong one, and this interface asks for one.
    case notAuthorised
    /// PLAIN and GROUP stay on their segment.
    case leftItsSegment
    /// Only SINGLE destinations are announced.
    case badAnnounceType
}

/// One packet: `[flags 1][hops 1][transport 16, or none][destination 16][context 1][payload]`.
public struct Packet: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable { case data, announce, linkRequest, proof }
    public enum DestinationType: UInt8, Hashable, Sendable, CaseIterable { case single, group, plain, link }
    public enum Propagation: UInt8, Hashable, Sendable, CaseIterable { case broadcast, transport }

    public var kind: Kind
    public var destinationType: DestinationType
    public var propagation = Propagation.broadcast
    /// In an announce: a ratchet is in it.
    public var hasContextFlag = false
    public var hops: UInt8 = 0
    /// The transport node that shall pass it on; its presence is the header's type.
    public var transport: ShortHash?
    /// A destination's hash, a link's identifier, or what a proof is for.
    public var destination: ShortHash
    public var context = PacketContext.none
    public var payload: [UInt8]

    public init(
        _ kind: Kind, to destination: ShortHash, _ destinationType: DestinationType,
        context: PacketContext = .none, payload: [UInt8]
    ) {
        self.kind = kind
        self.destination = destination
        self.destinationType = destinationType
        self.context = context
        self.payload = payload
    }

    /// - Parameter limit: what the interface carries.
    public init(frame: ArraySlice<UInt8>, limit: Int = Wire.mtu) throws(PacketFault) {
        guard frame.count <= limit else { throw .tooLarge }
        guard frame.count >= Wire.headerByteCount, let flags = frame.first else { throw .truncated }
        guard flags & 0x80 == 0 else { throw .masked }
        let isTransported = flags & 0x40 != 0
        let headerByteCount = isTransported ? Wire.transportHeaderByteCount : Wire.headerByteCount
        guard frame.count >= headerByteCount else { throw .truncated }
        guard frame.count > headerByteCount else { throw .empty }
        let body = frame.startIndex + headerByteCount
        guard let kind = Kind(rawValue: flags & 3), let type = DestinationType(rawValue: flags >> 2 & 3),
            let destination = ShortHash(frame[body - 17..<body - 1])
        else { throw .truncated }
        self.init(
            kind, to: destination, type, context: PacketContext(rawValue: frame[body - 1]),
            payload: Array(frame[body...]))
        propagation = flags & 0x10 == 0 ? .broadcast : .transport
        hasContextFlag = flags & 0x20 != 0
        hops = frame[frame.startIndex + 1]
        transport = isTransported ? ShortHash(frame[frame.startIndex + 2..<frame.startIndex + 18]) : nil
        guard hops < Wire.maxHops else { throw .tooManyHops }
        guard kind != .announce || frame.count <= Wire.mtu else { throw .tooLarge }
    }

    /// The frame. Receivers drop packets with an empty payload, so there is no use in sending one.
    public var frame: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Wire.transportHeaderByteCount + payload.count)
        bytes.append(flags)
        bytes.append(hops)
        if let transport { bytes.append(contentsOf: transport.bytes) }
        bytes.append(contentsOf: destination.bytes)
        bytes.append(context.rawValue)
        bytes.append(contentsOf: payload)
        return bytes
    }

    public var frameByteCount: Int {
        (transport == nil ? Wire.headerByteCount : Wire.transportHeaderByteCount) + payload.count
    }

    /// Bit 7 access code, 6 header type, 5 context flag, 4 propagation, 3 and 2 destination type, 1 and 0 kind.
    private var flags: UInt8 {
        (transport == nil ? 0 : 0x40) | (hasContextFlag ? 0x20 : 0) | propagation.rawValue << 4 | identifyingFlags
    }
    private var identifyingFlags: UInt8 { destinationType.rawValue << 2 | kind.rawValue }

    /// What proofs sign and duplicates are known by. Hops, transport node and the flags above bit 3 change on the way,
    /// so they aren't in it.
    public var hash: Primitives.Digest { hash(payloadLimit: payload.count) }

    func hash(payloadLimit: Int) -> Primitives.Digest {
        var hasher = SHA256Hasher()
        hasher.update([identifyingFlags] + destination.bytes + [context.rawValue])
        hasher.update(payload.prefix(payloadLimit))
        return hasher.finalize()
    }

    /// Counts the hop that it has just made, and says whether it may be handled after it.
    public mutating func arrive() throws(PacketFault) {
        guard hops < Wire.maxHops else { throw .tooManyHops }
        hops += 1
        guard destinationType == .plain || destinationType == .group else {
            if kind == .announce, destinationType != .single { throw .badAnnounceType }
            return
        }
        if kind == .announce { throw .badAnnounceType }
        if hops > 1 { throw .leftItsSegment }
    }
}

/// What a packet's payload is. Numbers without a name are carried like any other.
public struct PacketContext: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let none = PacketContext(rawValue: 0x00)
    public static let resource = PacketContext(rawValue: 0x01)
    public static let resourceAdvertisement = PacketContext(rawValue: 0x02)
    public static let resourceRequest = PacketContext(rawValue: 0x03)
    public static let resourceHashmapUpdate = PacketContext(rawValue: 0x04)
    public static let resourceProof = PacketContext(rawValue: 0x05)
    public static let resourceInitiatorCancel = PacketContext(rawValue: 0x06)
    public static let resourceReceiverCancel = PacketContext(rawValue: 0x07)
    public static let cacheRequest = PacketContext(rawValue: 0x08)
    public static let request = PacketContext(rawValue: 0x09)
    public static let response = PacketContext(rawValue: 0x0A)
    public static let pathResponse = PacketContext(rawValue: 0x0B)
    public static let command = PacketContext(rawValue: 0x0C)
    public static let commandStatus = PacketContext(rawValue: 0x0D)
    public static let channel = PacketContext(rawValue: 0x0E)
    public static let keepalive = PacketContext(rawValue: 0xFA)
    public static let linkIdentify = PacketContext(rawValue: 0xFB)
    public static let linkClose = PacketContext(rawValue: 0xFC)
    public static let linkProof = PacketContext(rawValue: 0xFD)
    public static let linkRoundTripTime = PacketContext(rawValue: 0xFE)
    public static let linkRequestProof = PacketContext(rawValue: 0xFF)

    /// Whether packets of a link with this context carry their payload as it is. Parts of a resource were encrypted as
    /// one stream.
    public var isInTheClear: Bool {
        switch self {
        case .resource, .resourceProof, .cacheRequest, .keepalive, .linkRequestProof: true
        default: false
        }
    }

    /// Whether a repetition means something, so that the filter of duplicates lets it pass.
    public var mayRepeat: Bool {
        switch self {
        case .keepalive, .resourceRequest, .resourceProof, .resource, .cacheRequest, .channel: true
        default: false
        }
    }
}
