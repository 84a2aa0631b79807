import Foundation
import MeshCrypto
import Primitives
import Reticulum
import Testing

/// Against a running node of the reference implementation, release 1.5.7, over loopback.
@Suite("A running Reticulum node") struct ReferenceInteropTests {
    @Test("announces with ratchets, proved packets both ways, GROUP, PLAIN, paths") func packets() async throws {
        try await onOwnThread {
            var conversation = try Conversation()
            try conversation.packets()
            try conversation.broadcasts()
            try conversation.paths()
        }
    }

    @Test("we open a link: data, proofs, identification, keepalive, close") func linkFromUs() async throws {
        try await onOwnThread {
            var conversation = try Conversation()
            try conversation.linkFromUs()
        }
    }

    @Test("it opens a link: data, proofs, identification, two keepalive periods, close") func linkFromIt() async throws
    {
        try await onOwnThread {
            var conversation = try Conversation()
            try conversation.linkFromIt()
        }
    }

    @Test(
        "behind access codes",
        arguments: [("the net", nil), (nil, "a passphrase"), ("the net", "a passphrase")] as [(String?, String?)])
    func access(networkName: String?, passphrase: String?) async throws {
        try await onOwnThread {
            var conversation = try Conversation(networkName: networkName, passphrase: passphrase)
            _ = try conversation.theirAnnounce()
            try conversation.announce()
        }
    }

    /// These wait for another process, some of them for seconds; the threads of other tests shall not.
    private func onOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (waiting: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { waiting.resume(with: Result { try body() }) }
        }
    }
}

/// One connection to a node of its own.
private struct Conversation {
    private var entropy = SystemRandomNumberGenerator()
    private let peer: ReferencePeer
    private let ours: PrivateIdentity
    private let name = DestinationName("mesh", "swift")!
    private let theirName = DestinationName("mesh", "interop")!
    private let them: PublicIdentity
    private let theirHash: ShortHash

    private var now: Instant { Instant(nanoseconds: DispatchTime.now().uptimeNanoseconds) }
    private var wall: WallTime { WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
    private var ourHash: ShortHash { name.hash.destination(of: ours.publicIdentity.hash) }

    init(networkName: String? = nil, passphrase: String? = nil) throws {
        peer = try ReferencePeer(networkName: networkName, passphrase: passphrase)
        ours = try PrivateIdentity(Secret(copying: (0..<64).map { _ in .random(in: 0...255) }))
        them = try PublicIdentity(try peer.introduced("identity"))
        theirHash = try #require(ShortHash(try peer.introduced("destination")))
    }

    mutating func announce(ratchet: Ratchet? = nil) throws {
        let packet = try Announce.packet(
            name, of: ours, ratchet: ratchet, appData: Array("from swift".utf8), at: wall, using: &entropy)
        try peer.send(packet)
        let heard = try peer.event("announce")
        #expect(heard["destination"] == ourHash.hex && heard["identity"] == ours.publicIdentity.hash.hex)
        #expect(heard["data"] == Hex.encode(Array("from swift".utf8)))
    }

    func theirAnnounce() throws -> Announce {
        try peer.command("announce", Hex.encode(Array("from python".utf8)))
        let announce = try Announce(try peer.packet { $0.kind == .announce && $0.context == .none })
        #expect(announce.destination == theirHash && announce.identity == them)
        #expect(announce.nameHash == theirName.hash && announce.appData == Array("from python".utf8))
        #expect(announce.ratchet?.count == 32)
        #expect(announce.blob.seconds.distance(to: UInt64(wall.milliseconds / 1_000)).magnitude < 60)
        return announce
    }

    private func sentProof(_ packet: Packet) throws {
        let answer = try peer.packet { $0.kind == .proof && $0.destination == packet.hash.short }
        let proof = try #require(PacketProof(answer))
        #expect(proof.proves(packet.hash, by: them))
    }

    mutating func packets() throws {
        var known = KnownDestinations()
        try known.learn(try theirAnnounce(), at: now)
        let destination = Destination.single(theirName, of: them)
        for ratchet in [known.ratchet(of: theirHash, at: now), nil] {
            let packet = try destination.packet(Array("hello".utf8), ratchet: ratchet, using: &entropy)
            try peer.send(packet)
            #expect(try peer.event("packet")["data"] == Hex.encode(Array("hello".utf8)))
            try sentProof(packet)
        }
        let largest = entropy.bytes(Wire.maxPlaintextByteCount)
        try peer.send(try destination.packet(largest, using: &entropy))
        #expect(try peer.event("packet")["data"] == Hex.encode(largest))

        let ratchet = try Ratchet(Secret(copying: entropy.bytes(32)))
        try announce(ratchet: ratchet)
        for isExplicit in [false, true] {
            try peer.command("send", ourHash.hex, Hex.encode(largest))
            let packet = try peer.packet { $0.kind == .data && $0.destination == ourHash }
            #expect(try ours.decrypt(packet.payload[...], ratchets: [ratchet], mustBeRatchet: true) == largest)
            #expect(throws: TokenFault.notAuthentic) { try ours.decrypt(packet.payload[...]) }
            _ = try peer.event("sent")
            try peer.send(try PacketProof.packet(for: packet.hash, by: ours, isExplicit: isExplicit))
            _ = try peer.event("delivered")
        }
    }

    mutating func broadcasts() throws {
        let group = Destination.group(try #require(DestinationName("mesh", "group")), of: them)
        #expect(group.hash.bytes == (try peer.introduced("group")))
        let key = try TokenKey(Secret(copying: try peer.introduced("key")))
        try peer.send(try group.packet([1, 2, 3], key: key, using: &entropy))
        #expect(try peer.event("group")["data"] == "010203")
        try peer.command("group", "0405")
        #expect(try key.decrypt(try peer.packet { $0.destination == group.hash }.payload[...]) == [4, 5])

        let plain = Destination.plain(try #require(DestinationName("mesh", "plain")))
        #expect(plain.hash.bytes == (try peer.introduced("plain")))
        try peer.send(plain.packet([6, 7]))
        #expect(try peer.event("plain")["data"] == "0607")
        try peer.command("plain", "08")
        #expect(try peer.packet { $0.destination == plain.hash }.payload == [8])
    }

    mutating func paths() throws {
        try peer.send(PathRequest(for: theirHash, using: &entropy).packet)
        let answer = try Announce(try peer.packet { $0.kind == .announce && $0.context == .pathResponse })
        #expect(answer.destination == theirHash && answer.isPathResponse)

        let other = try PrivateIdentity(Secret(copying: entropy.bytes(64)))
        let hash = name.hash.destination(of: other.publicIdentity.hash)
        try peer.command("path", hash.hex)
        let heard = try peer.packet { PathRequest($0)?.target == hash }
        let request = try #require(PathRequest(heard))
        #expect(request.tag.count == 16 && request.transport == nil)
        try peer.send(try Announce.packet(name, of: other, at: wall, asPathResponse: true, using: &entropy))
    }

    mutating func linkFromUs() throws {
        let pending = try PendingLink(to: theirHash, of: them, mtu: 8_192, at: now, using: &entropy)
        try peer.send(pending.request)
        let proof = try peer.packet { $0.destination == pending.id }
        var (link, roundTrip) = try pending.establish(by: proof, at: now, using: &entropy)
        #expect(link.mtu == 8_192 && link.state == .active)
        try peer.send(roundTrip)
        #expect(try peer.event("link")["id"] == link.id.hex)
        for text in [Array("over the link".utf8), entropy.bytes(link.maxPlaintextByteCount)] {
            let packet = try link.seal(text, using: &entropy)
            try peer.send(packet)
            #expect(try peer.event("said")["data"] == Hex.encode(text))
            #expect(try link.receive(try peer.packet { $0.kind == .proof }, at: now) == .proved(packet.hash))
        }
        try peer.send(try link.identify(as: ours, using: &entropy))
        #expect(try peer.event("identified")["identity"] == ours.publicIdentity.hash.hex)
        try hear("answer", on: &link)

        try keepAlive(&link)
        try hear("still there", on: &link)
        #expect(link.state == .active)
        let close = link.close(using: &entropy)
        try peer.send(try #require(close))
        _ = try peer.event("closed")
    }

    mutating func linkFromIt() throws {
        try announce()
        var link = try openedByIt()
        #expect(link.state == .active && link.mtu == 8_192)
        try peer.send(try link.seal(Array("from the responder".utf8), using: &entropy))
        #expect(try peer.event("said")["data"] == Hex.encode(Array("from the responder".utf8)))
        try hear(String(repeating: "more than one ordinary packet ", count: 200), on: &link)
        try peer.command("identify")
        #expect(try link.receive(try peer.packet { $0.context == .linkIdentify }, at: now) == .identified(them))
        #expect(link.remoteIdentity == them)

        for _ in 0..<2 where link.keepalivePeriod <= .seconds(8) {
            guard case .reply(let answer) = try link.receive(try peer.packet { $0.context == .keepalive }, at: now)
            else { return #expect(Bool(false), "a keepalive is answered") }
            try peer.send(answer)
        }
        try hear("still there", on: &link)
        try teardown(&link)
    }

    /// Lets the link's own clockwork run until it has asked whether the other side is there, and heard that it is.
    ///
    /// The periods of both sides follow the round trips that each measured. On a busy machine these are long, and either
    /// side may have nothing to say within this test's patience; then only that the link lives on is shown.
    private mutating func keepAlive(_ link: inout Link) throws {
        let end = now + .seconds(9)
        while now < end {
            if case .send(let keepalive) = link.tick(at: now, using: &entropy) { try peer.send(keepalive) }
            guard let answer = try peer.packet(within: 100, where: { $0.context == .keepalive }) else { continue }
            #expect(try link.receive(answer, at: now) == .nothing)
            return
        }
    }

    /// Opens links from the other side until one has so short a round trip that its keepalives come soon; at most ten.
    private mutating func openedByIt() throws -> Link {
        for attempt in 1... {
            try peer.command("link", ourHash.hex)
            let request = try peer.packet { $0.kind == .linkRequest && $0.destination == ourHash }
            #expect(try LinkRequest(request).signalling.map { $0.mode == .aes256CBC && $0.mtu > 8_192 } == true)
            var (link, proof) = try Link.accept(request, as: ours, mtu: 8_192, at: now, using: &entropy)
            try peer.send(proof)
            #expect(try peer.event("link")["id"] == link.id.hex)
            #expect(try link.receive(try peer.packet { $0.destination == link.id }, at: now) == .active)
            if link.keepalivePeriod <= .seconds(8) || attempt == 10 { return link }
            try teardown(&link)
        }
        throw ReferencePeer.Gone(what: "no link")
    }

    private func teardown(_ link: inout Link) throws {
        try peer.command("teardown")
        let close = try peer.packet { $0.context == .linkClose && $0.destination == link.id }
        #expect(try link.receive(close, at: now) == .closed)
        #expect(link.state == .closed)
        _ = try peer.event("closed")
    }

    /// It says something on its link, and hears from us that it arrived.
    private func hear(_ text: String, on link: inout Link) throws {
        try peer.command("say", Hex.encode(Array(text.utf8)))
        let packet = try peer.packet { $0.kind == .data && $0.destination == link.id && $0.context == .none }
        #expect(try link.receive(packet, at: now) == .received(Array(text.utf8), .none, hash: packet.hash))
        _ = try peer.event("sent")
        try peer.send(try link.prove(packet.hash))
        _ = try peer.event("delivered")
    }
}

extension SystemRandomNumberGenerator {
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}
