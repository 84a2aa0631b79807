import MeshCrypto
import Primitives
import Testing

@testable import Reticulum

@Suite("Identities, tokens, destinations, proofs") struct KeyTests {
    private let identity = Sample.identity(1)

    @Test("an identity's text comes back; one changed byte anywhere, and nothing does") func encryption() throws {
        var random = PRNG(seed: 1)
        for count in [0, 1, 15, 16, 17, Wire.maxPlaintextByteCount] {
            let text = random.bytes(count)
            let token = try identity.publicIdentity.encrypt(text, using: &random)
            #expect(token.count == 32 + 48 + (count / 16 + 1) * 16)
            #expect(try identity.decrypt(token[...]) == text)
            #expect(throws: TokenFault.notAuthentic) { try Sample.identity(2).decrypt(token[...]) }
        }
        let token = try identity.publicIdentity.encrypt(random.bytes(20), using: &random)
        for index in token.indices {
            #expect(throws: TokenFault.self) { try identity.decrypt(token.flipped(index)[...]) }
        }
        for count in token.indices { #expect(throws: TokenFault.self) { try identity.decrypt(token[..<count]) } }
    }

    @Test("ratchets are tried first, and alone where they must be") func ratchets() throws {
        var random = PRNG(seed: 2)
        var ring = RatchetRing()
        let first = try ring.rotate(at: Sample.start, using: &random)
        #expect(try ring.rotate(at: Sample.start + .seconds(1_799), using: &random) === first)
        let second = try ring.rotate(at: Sample.start + .seconds(1_800), using: &random)
        #expect(
            second !== first && ring.current === second && first.id.count == 10
                && first.id == Ratchet.id(of: first.publicKey))
        let old = try identity.publicIdentity.encrypt([1], ratchet: first.publicKey, using: &random)
        #expect(try identity.decrypt(old[...], ratchets: ring.ratchets) == [1])
        #expect(throws: TokenFault.notAuthentic) { try identity.decrypt(old[...]) }
        let plain = try identity.publicIdentity.encrypt([2], using: &random)
        #expect(try identity.decrypt(plain[...], ratchets: ring.ratchets) == [2])
        #expect(throws: TokenFault.notAuthentic) {
            try identity.decrypt(plain[...], ratchets: ring.ratchets, mustBeRatchet: true)
        }
        for step in 2..<600 as Range<Int64> {
            _ = try ring.rotate(at: Sample.start + .seconds(step * 1_800), using: &random)
        }
        #expect(ring.ratchets.count == RatchetRing.capacity)
    }

    @Test("keys that are none are refused") func badKeys() throws {
        var random = PRNG(seed: 3)
        #expect(throws: IdentityFault.wrongLength) { try PublicIdentity([1]) }
        #expect(throws: IdentityFault.wrongLength) { try PrivateIdentity(Secret(copying: [1])) }
        #expect(throws: IdentityFault.badKey) { try PublicIdentity([UInt8](repeating: 0, count: 64)) }
        #expect(throws: TokenFault.badKey) { try TokenKey(Secret(copying: [1])) }
        // Agreement with zero is no secret.
        let zero = try PublicIdentity([UInt8](repeating: 0, count: 32) + identity.publicIdentity.ed25519)
        #expect(throws: TokenFault.badKey) { try zero.encrypt([1], using: &random) }
        #expect(throws: TokenFault.badKey) {
            try identity.publicIdentity.encrypt([1], ratchet: [1, 2], using: &random)
        }
    }

    @Test("names and hashes; the path requests' is the protocol's") func destinations() throws {
        #expect(PathRequest.destination.hex == "6b9f66014d9853faab220fba47d02761")
        #expect(DestinationName("") == nil && DestinationName("a.b") == nil && DestinationName("a", "") == nil)
        let (single, group) = (
            Destination.single(Sample.name, of: identity.publicIdentity), Destination.group(Sample.name)
        )
        let plain = Destination.plain(Sample.name)
        #expect(Sample.name.description == "mesh.test")
        #expect(single.hash == sha256(Sample.name.hash.bytes + identity.publicIdentity.hash.bytes).short)
        #expect(plain.hash == sha256(Sample.name.hash.bytes).short && group.hash == plain.hash)
        var random = PRNG(seed: 4)
        let packet = try single.packet([1], using: &random)
        #expect(packet.destinationType == .single && packet.frame.count <= Wire.mtu)
        #expect(throws: TokenFault.badKey) { try plain.packet([1], using: &random) }
        let key = try TokenKey(Secret(copying: random.bytes(64)))
        #expect(try key.decrypt(try group.packet([9], key: key, using: &random).payload[...]) == [9])
        #expect(plain.packet([1]).payload == [1])
    }

    @Test("proofs, explicit and implicit, prove one packet by one identity") func proofs() throws {
        let (hash, other) = (sha256([1]), sha256([2]))
        for isExplicit in [false, true] {
            let packet = try PacketProof.packet(for: hash, by: identity, isExplicit: isExplicit)
            #expect(packet.payload.count == (isExplicit ? 96 : 64) && packet.destination == hash.short)
            let proof = try #require(PacketProof(packet))
            #expect(proof.proves(hash, by: identity.publicIdentity))
            #expect(!proof.proves(other, by: identity.publicIdentity))
            #expect(!proof.proves(hash, by: Sample.identity(2).publicIdentity))
            for index in packet.payload.indices {
                var changed = packet
                changed.payload = packet.payload.flipped(index)
                #expect(PacketProof(changed)?.proves(hash, by: identity.publicIdentity) == false)
            }
            var cut = packet
            cut.payload.removeLast()
            #expect(PacketProof(cut) == nil)
        }
    }

    @Test("path requests, from nodes and from transport nodes") func pathRequests() throws {
        var random = PRNG(seed: 5)
        for transport in [nil, Sample.hash(2)] {
            let request = PathRequest(for: Sample.hash(1), from: transport, using: &random)
            #expect(PathRequest(request.packet) == request)
            #expect(request.key == Sample.hash(1).bytes + request.tag)
            for count in request.packet.payload.indices {
                var cut = request.packet
                cut.payload.removeLast(request.packet.payload.count - count)
                #expect((PathRequest(cut) == nil) == (count <= 16))
            }
        }
        #expect(PathRequest(Packet(.data, to: Sample.hash(1), .plain, payload: random.bytes(32))) == nil)
    }
}
