import MeshCrypto
import Primitives
import Testing

@testable import Reticulum

@Suite("Links") struct LinkTests {
    private let identity = Sample.identity(1)
    private let now = Sample.start
    private var random = PRNG(seed: 1)
    private var hash: ShortHash { Sample.name.hash.destination(of: identity.publicIdentity.hash) }

    private mutating func pending(mtu: Int? = 8_192) throws -> PendingLink {
        try PendingLink(to: hash, of: identity.publicIdentity, mtu: mtu, at: now, using: &random)
    }

    /// Both ends of a link that is active, after a round trip of 20 ms.
    private mutating func pair(mtu: Int? = 8_192, other: Int? = 16_384) throws -> (initiator: Link, responder: Link) {
        let pending = try pending(mtu: mtu)
        var (responder, proof) = try Link.accept(
            pending.request, as: identity, mtu: other, at: now + .milliseconds(10), using: &random)
        let (initiator, roundTrip) = try pending.establish(by: proof, at: now + .milliseconds(20), using: &random)
        #expect(try responder.receive(roundTrip, at: now + .milliseconds(30)) == .active)
        return (initiator, responder)
    }

    @Test("both ends agree on identifier, MTU and keys, and talk") mutating func talk() throws {
        for (ask, other, agreed) in [
            (8_192, 16_384, 8_192), (16_384, 1_064, 1_064), (nil, 8_192, 500), (8_192, nil, 500),
        ] as [(Int?, Int?, Int)] {
            var (initiator, responder) = try pair(mtu: ask, other: other)
            #expect(initiator.mtu == agreed && responder.mtu == agreed && initiator.id == responder.id)
            #expect(initiator.roundTripTime == .milliseconds(20) && responder.roundTripTime == .milliseconds(20))
            for count in [0, 1, initiator.maxPlaintextByteCount] {
                let text = random.bytes(count)
                let packet = try initiator.seal(text, using: &random)
                #expect(packet.frame.count <= agreed - Wire.minAccessCodeByteCount)
                #expect(try responder.receive(packet, at: now) == .received(text, .none, hash: packet.hash))
                #expect(try initiator.receive(try responder.prove(packet.hash), at: now) == .proved(packet.hash))
                let answer = try responder.seal(text, context: .response, using: &random)
                #expect(try initiator.receive(answer, at: now) == .received(text, .response, hash: answer.hash))
                #expect(try responder.receive(try initiator.prove(answer.hash), at: now) == .proved(answer.hash))
            }
            #expect(throws: LinkFault.tooLarge) {
                try initiator.seal([UInt8](repeating: 0, count: initiator.maxPlaintextByteCount + 1), using: &random)
            }
        }
        #expect(Link.maxPlaintextByteCount(mtu: 500) == 431)
    }

    @Test("a transport node clamps the MTU, and the link stays the same") mutating func clamping() throws {
        let pending = try pending(mtu: 16_384)
        for (limit, expected) in [(1_196, 1_196), (32_768, 16_384), (nil, 500)] as [(Int?, Int)] {
            let request = try LinkRequest.clamping(pending.request, to: limit)
            let (link, proof) = try Link.accept(request, as: identity, mtu: 65_536, at: now, using: &random)
            #expect(link.id == pending.id && link.mtu == expected)
            #expect(try LinkProof(proof).isValid(by: identity.publicIdentity))
            #expect(try pending.establish(by: proof, at: now, using: &random).link.mtu == expected)
        }
    }

    @Test("a proof that was changed at any byte opens nothing") mutating func changedProof() throws {
        let pending = try pending()
        let (_, proof) = try Link.accept(pending.request, as: identity, mtu: 8_192, at: now, using: &random)
        for index in proof.payload.indices {
            var changed = proof
            changed.payload = proof.payload.flipped(index, bit: index % 8)
            #expect(throws: LinkFault.self) { try pending.establish(by: changed, at: now, using: &random) }
            changed.payload = Array(proof.payload[..<index])
            #expect(throws: LinkFault.self) { try pending.establish(by: changed, at: now, using: &random) }
        }
        let (_, stranger) = try Link.accept(
            pending.request, as: Sample.identity(2), mtu: 8_192, at: now, using: &random)
        #expect(throws: LinkFault.badSignature) { try pending.establish(by: stranger, at: now, using: &random) }
        var elsewhere = proof
        elsewhere.destination = Sample.hash(1)
        #expect(throws: LinkFault.notForThisLink) { try pending.establish(by: elsewhere, at: now, using: &random) }
    }

    @Test("requests with other modes, lengths or keys are refused") mutating func badRequests() throws {
        let request = try pending().request
        for mode in LinkMode.allCases where !mode.isEnabled {
            var other = request
            other.payload.replaceSubrange(64..., with: LinkSignalling(mode: mode, mtu: 8_192).bytes)
            #expect(throws: LinkFault.modeNotEnabled) {
                try Link.accept(other, as: identity, mtu: 500, at: now, using: &random)
            }
        }
        for count in 0..<70 where count != 64 && count != 67 {
            var cut = request
            cut.payload = Array((request.payload + [1, 2, 3]).prefix(count))
            #expect(throws: LinkFault.malformed) {
                try Link.accept(cut, as: identity, mtu: 500, at: now, using: &random)
            }
        }
        var small = request
        small.payload.replaceSubrange(64..., with: LinkSignalling(mtu: 100).bytes)
        #expect(throws: LinkFault.malformed) { try Link.accept(small, as: identity, mtu: 500, at: now, using: &random) }
        for keys in [0..<32, 32..<64] {
            var zero = request
            zero.payload.replaceSubrange(keys, with: [UInt8](repeating: 0, count: 32))
            #expect(throws: LinkFault.badKey) { try Link.accept(zero, as: identity, mtu: 500, at: now, using: &random) }
        }
    }

    @Test("changed packets are refused and change nothing") mutating func changedPackets() throws {
        var (initiator, responder) = try pair()
        let packet = try initiator.seal(random.bytes(20), using: &random)
        for index in packet.payload.indices {
            var changed = packet
            changed.payload = packet.payload.flipped(index)
            #expect(throws: LinkFault.notAuthentic) { try responder.receive(changed, at: now) }
        }
        let proof = try responder.prove(packet.hash)
        for index in proof.payload.indices {
            var changed = proof
            changed.payload = proof.payload.flipped(index)
            #expect(throws: LinkFault.badSignature) { try initiator.receive(changed, at: now) }
        }
        var other = packet
        other.destination = Sample.hash(1)
        #expect(throws: LinkFault.notForThisLink) { try responder.receive(other, at: now) }
        for context in 0...255 as ClosedRange<UInt8> {
            var noise = Packet(
                .data, to: responder.id, .link, context: PacketContext(rawValue: context), payload: random.bytes(80))
            do { _ = try responder.receive(noise, at: now) } catch {}
            noise.kind = .proof
            do { _ = try initiator.receive(noise, at: now) } catch {}
        }
        #expect(responder.state == .active && initiator.state == .active && responder.remoteIdentity == nil)
    }

    @Test("who opened the link says who it is, to this link only") mutating func identification() throws {
        var (initiator, responder) = try pair()
        let own = Sample.identity(5)
        let packet = try initiator.identify(as: own, using: &random)
        #expect(try responder.receive(packet, at: now) == .identified(own.publicIdentity))
        #expect(responder.remoteIdentity == own.publicIdentity)
        #expect(throws: LinkFault.outOfOrder) { try responder.identify(as: own, using: &random) }
        #expect(throws: LinkFault.outOfOrder) { try initiator.receive(packet, at: now) }
        let forged = try initiator.seal(
            own.publicIdentity.bytes + (try own.sign([1])), context: .linkIdentify, using: &random)
        #expect(throws: LinkFault.badSignature) { try responder.receive(forged, at: now) }
    }

    @Test("nothing is said or heard before the handshake's end and after the close") mutating func order() throws {
        let pending = try pending()
        var (responder, proof) = try Link.accept(pending.request, as: identity, mtu: 8_192, at: now, using: &random)
        #expect(responder.state == .handshake)
        #expect(throws: LinkFault.outOfOrder) { try responder.seal([1], using: &random) }
        var (initiator, roundTrip) = try pending.establish(by: proof, at: now, using: &random)
        let early = try initiator.seal([1], using: &random)
        #expect(throws: LinkFault.outOfOrder) { try responder.receive(early, at: now) }
        #expect(try responder.receive(roundTrip, at: now) == .active)
        #expect(try responder.receive(roundTrip, at: now) == .nothing)
        let close = responder.close(using: &random)
        #expect(responder.state == .closed && responder.close(using: &random) == nil)
        #expect(try initiator.receive(try #require(close), at: now) == .closed)
        #expect(throws: LinkFault.outOfOrder) { try initiator.receive(early, at: now) }
        #expect(throws: LinkFault.outOfOrder) { try initiator.seal([1], using: &random) }
        var silent = try Link.accept(pending.request, as: identity, mtu: nil, at: now, using: &random).link
        #expect(silent.tick(at: now + .milliseconds(14_999), using: &random) == .nothing)
        #expect(silent.tick(at: now + .seconds(15), using: &random) == .closed(nil))
    }

    @Test(
        "round trip times that are none are refused",
        arguments: [
            [], [0xCB], [0xCA, 0, 0, 0, 0], [0xCB, 0x7F, 0xF0, 0, 0, 0, 0, 0, 0], [0xCB, 0x7F, 0xF8, 0, 0, 0, 0, 0, 1],
            [0xCB, 0xBF, 0xF0, 0, 0, 0, 0, 0, 0], [0xCB, 0x7F, 0xEF, 0, 0, 0, 0, 0, 0],
        ] as [[UInt8]]) func roundTripTimes(bytes: [UInt8])
    {
        #expect(RoundTripTime.decode(bytes) == nil)
        #expect(RoundTripTime.decode(RoundTripTime.encode(.milliseconds(1_500))) == .milliseconds(1_500))
    }

    @Test("keepalives are asked and answered; silence makes stale, any packet active, more silence closed")
    mutating func clockwork() throws {
        var (initiator, responder) = try pair()
        #expect(initiator.keepalivePeriod == .seconds(5) && initiator.nextTick(after: now) == now + .seconds(5))
        let later = now + .seconds(6)
        #expect(responder.tick(at: later, using: &random) == .nothing)
        guard case .send(let question) = initiator.tick(at: later, using: &random) else { return #expect(Bool(false)) }
        #expect(question.payload == [0xFF] && initiator.tick(at: later, using: &random) == .nothing)
        guard case .reply(let answer) = try responder.receive(question, at: later) else { return #expect(Bool(false)) }
        #expect(answer.payload == [0xFE])
        #expect(try initiator.receive(answer, at: later) == .nothing)
        #expect(throws: LinkFault.malformed) { try responder.receive(answer, at: later) }
        #expect(throws: LinkFault.malformed) { try initiator.receive(question, at: later) }

        #expect(responder.tick(at: later + .seconds(10), using: &random) == .stale)
        #expect(try responder.receive(question, at: later + .seconds(11)) == .reply(answer))
        #expect(responder.state == .active)
        let end = later + .seconds(11)
        #expect(responder.tick(at: end + .seconds(10), using: &random) == .stale)
        #expect(responder.tick(at: end + .seconds(15), using: &random) == .nothing)
        guard case .closed(let last?) = responder.tick(at: end + .milliseconds(15_080), using: &random) else {
            return #expect(Bool(false))
        }
        #expect(try initiator.receive(last, at: later) == .closed)
        #expect(responder.tick(at: end + .seconds(99), using: &random) == .nothing)
    }

    @Test("the keepalive period follows the round trip, within bounds") func periods() {
        let timing = LinkTiming()
        #expect(timing.keepalive(roundTripTime: .milliseconds(1)) == .seconds(5))
        #expect(timing.keepalive(roundTripTime: .milliseconds(175)) == .seconds(36))
        #expect(timing.keepalive(roundTripTime: .seconds(1_000)) == .seconds(360))
        #expect(timing.keepalive(roundTripTime: Interval(nanoseconds: .max)) == .seconds(360))
        #expect(timing.keepalive(roundTripTime: nil) == .seconds(360))
    }
}
