import CapnProto
import Primitives
import Testing

@testable import CapnProtoRPC

@Suite("Hostile bytes")
struct HostileTests {
    /// Everything that both sides say in a session that uses every kind of message.
    private static func traffic() -> [[UInt8]] {
        let loop = ManualLoop()
        let promise = Promise(on: loop)
        let server = CapabilityTests.server()
        server.methods[4] = { call in call.reply { $0.setCapability(Capability(promise), in: &$1) } }
        server.methods[5] = { call in
            let given = call.given
            call.reply()
            promise.resolve(to: given)
        }
        let pair = Pair(serving: server)
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(1).capability(at: [0]).cell(0, 3)
        let promised = bootstrap.cell(4).capability(at: [0])
        promised.cell(0, 1)
        pair.settle()
        let own = Capability(hosting: CellServer(CellServer.adding), on: pair.loop)
        bootstrap.cell(2, 0, own).capability(at: [0]).cell(0, 2)
        bootstrap.cell(3, 4, own)
        bootstrap.cell(5, 0, own)
        bootstrap.cell(9).cancel()
        promised.cell(0, 2)
        pair.settle()
        return pair.toServer.sent + pair.toClient.sent
    }

    private static func change(_ bytes: inout [UInt8], _ random: inout PRNG) {
        for _ in 0..<(1 + random.next() % 4) {
            let offset = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 4 {
            case 0: bytes[offset] ^= 1 << UInt8(random.next() % 8)
            case 1: bytes[offset] = UInt8(truncatingIfNeeded: random.next())
            case 2: bytes[offset] = UInt8(random.next() % 4)
            default:
                let word = offset & ~3
                for index in word..<min(word + 4, bytes.count) { bytes[index] = 0 }
                bytes[word] = UInt8(random.next() % 16)
            }
        }
    }

    @Test("changed messages never trap, and what they leave stays within bounds", arguments: 0..<12 as Range<UInt64>)
    func mutations(_ seed: UInt64) {
        var random = PRNG(seed: seed)
        let traffic = Self.traffic()
        var faults = 0, survivors = 0
        for _ in 0..<60 {
            let server = CapabilityTests.server()
            let peer = RawPeer(serving: server)
            let bootstrap = peer.session.bootstrap
            bootstrap.cell(1).capability(at: [0]).cell(0)
            for _ in 0..<40 {
                var bytes = traffic[Int(random.next() % UInt64(traffic.count))]
                if random.next() % 3 > 0 { Self.change(&bytes, &random) }
                do {
                    peer.session.receive(try Message(framed: bytes))
                } catch {
                    peer.session.receive(fault: .malformed("\(error)"))
                }
                while peer.loop.run() {}
                if peer.session.closeReason != nil { break }
            }
            if peer.session.closeReason == nil { survivors += 1 } else { faults += 1 }
            peer.session.close(.disconnected("done"))
            while peer.loop.run() {}
            #expect(peer.session.tableCounts == .empty)
        }
        #expect(faults > 0)
    }

    @Test("random words in the place of a message never trap", arguments: 0..<4 as Range<UInt64>)
    func randomWords(_ seed: UInt64) {
        var random = PRNG(seed: seed)
        for _ in 0..<2_000 {
            let peer = RawPeer()
            peer.send(.bootstrap(question: 0))
            let words = 1 + Int(random.next() % 12)
            let segment = (0..<words * 8).map { _ in
                random.next() % 2 == 0 ? UInt8(random.next() % 8) : UInt8(truncatingIfNeeded: random.next())
            }
            if let message = try? Message(segments: [segment]) { peer.session.receive(message) }
            while peer.loop.run() {}
        }
    }
}
