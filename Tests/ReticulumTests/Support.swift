import MeshCrypto
import Primitives

@testable import Reticulum

/// What the tests of this folder share.
///
/// The plan. Each file holds one concept from inside: what is written reads as the same; every fault has a case that leads to it; what was
/// changed in transit, at any byte, is refused or means the same; clocks decide as the protocol says; memory is bounded. Random tests are
/// seeded. `ReferenceInteropTests` then holds all of it against a running node of the reference, in both directions, because a codec
/// that agrees with itself proves nothing about the wire.
enum Sample {
    static let name = DestinationName("mesh", "test")!
    static let start = Instant(nanoseconds: 1 << 40)
    static let wall = WallTime(milliseconds: 1_800_000_000_000)

    static func identity(_ number: UInt64) -> PrivateIdentity {
        var random = PRNG(seed: number)
        do { return try PrivateIdentity(Secret(copying: random.bytes(64))) } catch {
            fatalError("any 64 bytes are keys: \(error)")
        }
    }

    static func hash(_ number: UInt64) -> ShortHash {
        var random = PRNG(seed: number)
        return ShortHash(random.bytes(16))!
    }

    /// Any packet that can be on the wire.
    static func packet(_ random: inout PRNG) -> Packet {
        var packet = Packet(
            Packet.Kind.allCases.randomElement(using: &random)!, to: ShortHash(random.bytes(16))!,
            Packet.DestinationType.allCases.randomElement(using: &random)!,
            context: PacketContext(rawValue: .random(in: 0...255, using: &random)),
            payload: random.bytes(.random(in: 1...Wire.maxPayloadByteCount, using: &random)))
        packet.hops = .random(in: 0..<Wire.maxHops, using: &random)
        packet.hasContextFlag = .random(using: &random)
        packet.propagation = .random(using: &random) ? .broadcast : .transport
        packet.transport = .random(using: &random) ? ShortHash(random.bytes(16)) : nil
        return packet
    }
}

extension [UInt8] {
    /// This with one bit of one byte changed.
    func flipped(_ index: Int, bit: Int = 0) -> [UInt8] {
        var copy = self
        copy[index] ^= 1 << UInt8(bit)
        return copy
    }
}
