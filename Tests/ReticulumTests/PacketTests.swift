import MeshCrypto
import Primitives
import Testing

@testable import Reticulum

@Suite("Packets") struct PacketTests {
    @Test("what is written reads as the same, and only hops, transport, propagation and flag leave the hash alone")
    func roundTrip() throws {
        var random = PRNG(seed: 1)
        for _ in 0..<500 {
            let packet = Sample.packet(&random)
            let frame = packet.frame
            #expect(frame.count == packet.frameByteCount)
            #expect(try Packet(frame: frame[...]) == packet)
            var relayed = packet
            relayed.hops = packet.hops ^ 1
            relayed.transport = packet.transport == nil ? Sample.hash(3) : nil
            relayed.propagation = packet.propagation == .broadcast ? .transport : .broadcast
            relayed.hasContextFlag.toggle()
            #expect(relayed.hash == packet.hash)
            for change in [\Packet.payload[0], \Packet.context.rawValue] {
                var other = packet
                other[keyPath: change] ^= 1
                #expect(other.hash != packet.hash)
            }
        }
    }

    @Test("the bytes are where the protocol has them") func layout() throws {
        var packet = Packet(.announce, to: Sample.hash(1), .single, context: .pathResponse, payload: [0xAA, 0xBB])
        #expect(packet.frame == [0x01, 0] + Sample.hash(1).bytes + [0x0B, 0xAA, 0xBB])
        (packet.transport, packet.hops, packet.hasContextFlag, packet.propagation) = (
            Sample.hash(2), 7, true, .transport
        )
        #expect(packet.frame == [0x71, 7] + Sample.hash(2).bytes + Sample.hash(1).bytes + [0x0B, 0xAA, 0xBB])
        #expect(packet.hash == sha256([0x01] + Sample.hash(1).bytes + [0x0B, 0xAA, 0xBB]))
        let proof = Packet(.proof, to: Sample.hash(1), .link, context: .linkRequestProof, payload: [1])
        #expect(proof.frame.first == 0x0F)
        #expect(Wire.maxPayloadByteCount == 464)
    }

    @Test("each fault has its frame") func faults() throws {
        let hash = Sample.hash(1).bytes
        let cases: [([UInt8], PacketFault)] = [
            ([], .truncated), ([0], .truncated), ([0, 0] + hash, .truncated), ([0x40, 0] + hash + hash, .truncated),
            ([0, 0] + hash + [0], .empty), ([0x40, 0] + hash + hash + [0], .empty),
            ([0x80, 0] + hash + [0, 1], .masked),
            ([0, 128] + hash + [0, 1], .tooManyHops), ([UInt8](repeating: 0, count: 501), .tooLarge),
        ]
        for (frame, fault) in cases { #expect(throws: fault) { try Packet(frame: frame[...]) } }
        let announce = Packet(.announce, to: Sample.hash(1), .single, payload: [UInt8](repeating: 0, count: 482)).frame
        #expect(throws: PacketFault.tooLarge) { try Packet(frame: announce[...], limit: 8_192) }
        #expect(throws: Never.self) { try Packet(frame: announce.dropLast(), limit: 8_192) }
    }

    @Test("PLAIN and GROUP go one hop and are not announced") func arrival() throws {
        for type in Packet.DestinationType.allCases {
            var packet = Packet(.data, to: Sample.hash(1), type, payload: [1])
            try packet.arrive()
            #expect(packet.hops == 1)
            let isLocal = type == .plain || type == .group
            if isLocal {
                #expect(throws: PacketFault.leftItsSegment) { try packet.arrive() }
            } else {
                try packet.arrive()
            }
            var announce = Packet(.announce, to: Sample.hash(1), type, payload: [1])
            if type != .single { #expect(throws: PacketFault.badAnnounceType) { try announce.arrive() } }
        }
    }

    @Test("changed and cut frames never trap, and what is read is written the same") func mutations() {
        var random = PRNG(seed: 2)
        for _ in 0..<2_000 {
            var frame = Sample.packet(&random).frame
            for _ in 0..<3 {
                frame[.random(in: 0..<min(frame.count, 40), using: &random)] = .random(in: 0...255, using: &random)
            }
            frame.removeLast(.random(in: 0...min(frame.count, 40), using: &random))
            do { #expect(try Packet(frame: frame[...]).frame == frame) } catch {}
        }
    }

    @Test("a repetition is filtered, unless its context or kind repeats by right") func duplicates() {
        var filter = DuplicateFilter(capacity: 8)
        func admits(_ packet: Packet) -> Bool { filter.admits(packet) }
        let packet = Packet(.data, to: Sample.hash(1), .single, payload: [1])
        #expect(admits(packet))
        #expect(!admits(packet))
        var relayed = packet
        relayed.hops = 9
        #expect(!admits(relayed))
        for packet in [
            Packet(.announce, to: Sample.hash(1), .single, payload: [1]),
            Packet(.data, to: Sample.hash(1), .link, context: .keepalive, payload: [1]),
        ] {
            #expect(admits(packet))
            #expect(admits(packet))
        }
        for number in 0..<8 as Range<UInt8> {
            _ = admits(Packet(.data, to: Sample.hash(2), .single, payload: [number]))
        }
        #expect(admits(packet), "two generations later it is forgotten")
    }
}
