public import Primitives

/// Somebody asks for the way to a destination: `destination 16 ‖ [transport node that asks 16] ‖ tag`, to everybody on
/// the segment.
public struct PathRequest: Hashable, Sendable {
    public static let maxTagByteCount = 16
    /// Where requests go: PLAIN `rnstransport.path.request`.
    public static let destination = NameHash(of: "rnstransport.path.request").destination(of: nil)

    public let target: ShortHash
    public let transport: ShortHash?
    /// 1 to 16 bytes that are new for every question; those of a repetition are the same.
    public let tag: [UInt8]

    public init(
        for target: ShortHash, from transport: ShortHash? = nil, using entropy: inout some RandomNumberGenerator
    ) {
        self.target = target
        self.transport = transport
        tag = entropy.draw(Self.maxTagByteCount)
    }

    /// - Returns: nil where the packet is no path request, or has no tag.
    public init?(_ packet: Packet) {
        guard packet.kind == .data, packet.destinationType == .plain, packet.destination == Self.destination,
            let target = ShortHash(packet.payload.prefix(16))
        else { return nil }
        let rest = packet.payload.dropFirst(16)
        self.target = target
        transport = rest.count > 16 ? ShortHash(rest.prefix(16)) : nil
        tag = Array((transport == nil ? rest : rest.dropFirst(16)).prefix(Self.maxTagByteCount))
        if tag.isEmpty { return nil }
    }

    public var packet: Packet {
        Packet(.data, to: Self.destination, .plain, payload: target.bytes + (transport?.bytes ?? []) + tag)
    }

    /// What repetitions of one question have in common.
    public var key: [UInt8] { target.bytes + tag }
}
