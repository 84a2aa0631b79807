import MeshCrypto
import Primitives
import Testing

@testable import Reticulum

@Suite("Announces and paths") struct AnnounceTests {
    private let identity = Sample.identity(1)

    private func packet(
        seconds: Int64 = 0, ratchet: Ratchet? = nil, appData: [UInt8] = [1, 2, 3], seed: UInt64 = 1,
        of identity: PrivateIdentity? = nil
    ) throws -> Packet {
        var random = PRNG(seed: seed)
        return try Announce.packet(
            Sample.name, of: identity ?? self.identity, ratchet: ratchet, appData: appData,
            at: WallTime(milliseconds: Sample.wall.milliseconds + seconds * 1_000), using: &random)
    }

    @Test("what is announced is heard, with and without ratchet; one changed byte anywhere, and it is not")
    func mutation() throws {
        let ratchet = try Ratchet(Secret(copying: [UInt8](repeating: 7, count: 32)))
        for ratchet in [nil, ratchet] {
            let packet = try packet(ratchet: ratchet)
            let announce = try Announce(packet)
            #expect(announce.identity == identity.publicIdentity && announce.nameHash == Sample.name.hash)
            #expect(
                announce.appData == [1, 2, 3] && announce.ratchet == ratchet?.publicKey && !announce.isPathResponse)
            #expect(announce.blob.seconds == 1_800_000_000)
            #expect(AnnounceBlob(announce.blob.bytes) == announce.blob)
            for index in packet.payload.indices {
                var changed = packet
                changed.payload = packet.payload.flipped(index, bit: index % 8)
                #expect(throws: AnnounceFault.self) { try Announce(changed) }
            }
            for count in packet.payload.indices {
                var cut = packet
                cut.payload.removeLast(packet.payload.count - count)
                #expect(throws: AnnounceFault.self) { try Announce(cut) }
            }
            var other = packet
            other.hasContextFlag.toggle()
            #expect(throws: AnnounceFault.self) { try Announce(other) }
        }
    }

    @Test("each fault has its packet") func faults() throws {
        var packet = try packet()
        packet.destination = Sample.hash(3)
        #expect(throws: AnnounceFault.wrongDestination) { try Announce(packet) }
        packet.kind = .data
        #expect(throws: AnnounceFault.notAnAnnounce) { try Announce(packet) }
        var short = try self.packet(appData: [])
        short.payload.removeLast()
        #expect(throws: AnnounceFault.truncated) { try Announce(short) }
        var signature = try self.packet()
        signature.payload = signature.payload.flipped(90)
        #expect(throws: AnnounceFault.badSignature) { try Announce(signature) }
        var keys = try self.packet()
        keys.payload.replaceSubrange(32..<64, with: [UInt8](repeating: 0, count: 32))
        #expect(throws: AnnounceFault.badIdentity) { try Announce(keys) }
    }

    @Test("relays can pass on what the limits allow") func size() throws {
        var packet = try packet(appData: [UInt8](repeating: 1, count: Wire.maxRelayedAppDataByteCount))
        packet.transport = Sample.hash(1)
        #expect(packet.frame.count == Wire.mtu)
    }

    @Test("the newest announce is remembered, and its ratchet for thirty days") func knowledge() throws {
        var known = KnownDestinations(capacity: 4)
        let ratchet = try Ratchet(Secret(copying: [UInt8](repeating: 7, count: 32)))
        let hash = try packet().destination
        try known.learn(Announce(packet(seconds: 10, ratchet: ratchet)), at: Sample.start)
        try known.learn(Announce(packet(seconds: 9, appData: [9])), at: Sample.start)
        #expect(known.find(hash)?.appData == [1, 2, 3])
        try known.learn(Announce(packet(seconds: 11, appData: [4])), at: Sample.start)
        #expect(known.find(hash)?.appData == [4])
        #expect(known.ratchet(of: hash, at: Sample.start + .seconds(30 * 86_400 - 1)) == ratchet.publicKey)
        #expect(known.ratchet(of: hash, at: Sample.start + .seconds(30 * 86_400)) == nil)
        for number in 2..<20 as Range<UInt64> {
            try known.learn(Announce(packet(of: Sample.identity(number))), at: Sample.start)
            #expect(known.find(hash) != nil, "what is in use stays")
            #expect(known.count <= 4)
        }
    }

    @Test("which announce makes the path") func rule() throws {
        let now = Sample.start
        let (first, newer, same) = (
            try Announce(packet(seconds: 5)), try Announce(packet(seconds: 6, seed: 2)),
            try Announce(packet(seconds: 5, seed: 3))
        )
        let older = try Announce(packet(seconds: 4, seed: 4))
        var path = Path(first, hops: 3, gravity: 1, expires: now + .seconds(100))
        func judge(_ announce: Announce, _ hops: UInt8, gravity: Int = 0, at time: Instant = now) -> PathRule.Verdict {
            PathRule.judge(announce, hops: hops, gravity: gravity, known: path, at: time)
        }
        #expect(PathRule.judge(first, hops: 9, known: nil, at: now) == .new)
        #expect(judge(first, 3) == .ignored && judge(first, 1) == .ignored)
        #expect(judge(newer, 3) == .newer && judge(newer, 2) == .newer && judge(newer, 4) == .newer)
        #expect(judge(older, 2) == .ignored && judge(older, 4) == .ignored)
        #expect(
            judge(same, 3) == .ignored && judge(same, 3, gravity: 2) == .better
                && judge(same, 4, gravity: 2) == .ignored)
        #expect(
            judge(older, 4, at: now + .seconds(100)) == .expired && judge(first, 4, at: now + .seconds(100)) == .ignored
        )
        path.isUnresponsive = true
        #expect(judge(same, 4) == .revived && judge(older, 4) == .ignored)
        path.follow(newer, hops: 4, expires: now + .seconds(200))
        #expect(path.hops == 4 && !path.isUnresponsive && path.hasSeen(first.blob) && path.hasSeen(newer.blob))
        for number in 10..<100 as Range<UInt64> {
            path.follow(try Announce(packet(seconds: Int64(number), seed: number)), hops: 1, expires: now)
        }
        #expect(!path.hasSeen(first.blob), "64 are remembered")
    }
}
