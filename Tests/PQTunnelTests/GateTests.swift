import Identity
import MeshCrypto
import PQTunnel
import Primitives
import Testing

/// What stands before a responder, and bundles that it doesn't know.
@Suite("Tunnel gate")
struct GateTests {
    private let address: [UInt8] = [10, 0, 0, 1]

    @Test("under load an address is proven first, and nothing is kept until then") func cookies() throws {
        var gate = HelloGate(seed: Pair.seed(1), threshold: 2)
        var initiator = try Pair().initiator()
        let hello = initiator.helloMessage
        #expect(try gate.judge(hello[...], from: address, halfOpenCount: 1, at: Pair.now) == .proceed)
        guard case .retry(let retry) = try gate.judge(hello[...], from: address, halfOpenCount: 2, at: Pair.now) else {
            return #expect(Bool(false))
        }
        guard case .retry = try initiator.receive(retry[...], verifier: Pair.verifier, at: Pair.now) else {
            return #expect(Bool(false))
        }
        let second = initiator.helloMessage
        #expect(second.count == hello.count + 32)
        func verdict(_ message: [UInt8], _ address: [UInt8], _ wait: Int64) throws -> HelloGate.Verdict {
            try gate.judge(message[...], from: address, halfOpenCount: 2, at: Pair.now + .seconds(wait))
        }
        #expect(try verdict(second, address, 0) == .proceed)
        #expect(try verdict(second, address, 60) == .proceed)
        #expect(try verdict(second, address, 121) != .proceed)
        #expect(try verdict(second, [10, 0, 0, 2], 0) != .proceed)
        for position in stride(from: 1, to: second.count, by: 97) {
            var changed = second
            changed[position] ^= 1
            let isRefused: Bool
            do { isRefused = try verdict(changed, address, 0) != .proceed } catch { isRefused = true }
            #expect(isRefused, "byte \(position)")
        }
        // The handshake goes on from the second hello; the first is not part of it.
        var responder = try Pair().responder()
        guard case .send(let response) = try responder.receive(second[...], verifier: Pair.verifier, at: Pair.now, known: { _ in nil })
        else { return #expect(Bool(false)) }
        guard case .established = try initiator.receive(response[...], verifier: Pair.verifier, at: Pair.now) else {
            return #expect(Bool(false))
        }
    }

    @Test("a second retry is refused") func onceOnly() throws {
        var initiator = try Pair().initiator()
        let retry: [UInt8] = [2] + [UInt8](repeating: 1, count: 32)
        guard case .retry = try initiator.receive(retry[...], verifier: Pair.verifier, at: Pair.now) else {
            return #expect(Bool(false))
        }
        #expect(throws: TunnelFailure.unexpectedMessage(2)) {
            _ = try initiator.receive(retry[...], verifier: Pair.verifier, at: Pair.now)
        }
    }

    @Test("an address buys a bounded number of signatures, and others are served") func buckets() throws {
        var gate = HelloGate(seed: Pair.seed(1), threshold: 1_000)
        let hello = try Pair().initiator().helloMessage
        func verdicts(_ count: Int, _ address: [UInt8], _ wait: Int64) throws -> Int {
            var proceeding = 0
            for _ in 0..<count where try gate.judge(hello[...], from: address, halfOpenCount: 0, at: Pair.now + .seconds(wait)) == .proceed {
                proceeding += 1
            }
            return proceeding
        }
        #expect(try verdicts(100, address, 0) == 16)
        #expect(try verdicts(100, address, 1) == 4)
        #expect(try verdicts(10, [10, 0, 0, 2], 1) == 10)
        // More addresses than are kept: they share.
        var strangers = 0
        for number in 0..<20_000 { strangers += try verdicts(1, [1, UInt8(number % 251), UInt8(number / 251)], 1) }
        #expect(strangers < 4_200)
    }

    @Test("a bundle that the responder does not know is asked for, and what came meanwhile is read after it") func bundles() throws {
        var pair = Pair()
        pair.sendsBundle = false
        for isKnown in [true, false] {
            var initiator = try pair.initiator()
        var responder = try pair.responder()
            let known: (NodeID) -> PublicBundle? = { isKnown && $0 == Pair.alice.nodeID ? Pair.alice.bundle : nil }
            guard case .send(let response) = try responder.receive(
                initiator.helloMessage[...], verifier: Pair.verifier, at: Pair.now, known: known)
            else { return #expect(Bool(false)) }
            let established = try initiator.receive(response[...], verifier: Pair.verifier, at: Pair.now)
            switch consume established {
            case .retry: Issue.record("no retry was sent")
            case .established(let finish, var tunnel):
                #expect(finish.count < 3_600)
                let early = [try tunnel.say("first"), try tunnel.say("second")]
                let step = try responder.receive(finish[...], verifier: Pair.verifier, at: Pair.now, known: known)
                switch consume step {
                case .established(let other, let waiting): #expect(isKnown && other.peer == Pair.alice.bundle && waiting.isEmpty)
                case .wait: Issue.record("a finish is answered")
                case .send(let question):
                    #expect(!isKnown)
                    for record in early {
                        guard case .wait = try responder.receive(record[...], verifier: Pair.verifier, at: Pair.now, known: known)
                        else { return #expect(Bool(false)) }
                    }
                    let answer = try #require(try tunnel.answer(question))
                    let last = try responder.receive(answer[...], verifier: Pair.verifier, at: Pair.now, known: known)
                    switch consume last {
                    case .established(var other, let waiting):
                        #expect(other.peer == Pair.alice.bundle && other.peerPayload == [1, 2, 3] && waiting == early)
                        #expect(try waiting.map { try other.hear($0) } == ["first", "second"])
                    default: Issue.record("the bundle verifies the initiator")
                    }
                }
            }
        }
    }

    @Test("what waits for a bundle is bounded") func unverified() throws {
        var pair = Pair()
        pair.sendsBundle = false
        var initiator = try pair.initiator()
        var responder = try pair.responder()
        guard case .send(let response) = try responder.receive(
            initiator.helloMessage[...], verifier: Pair.verifier, at: Pair.now, known: { _ in nil })
        else { return #expect(Bool(false)) }
        guard case .established(let finish, var tunnel) = try initiator.receive(response[...], verifier: Pair.verifier, at: Pair.now)
        else { return #expect(Bool(false)) }
        guard case .send = try responder.receive(finish[...], verifier: Pair.verifier, at: Pair.now, known: { _ in nil }) else {
            return #expect(Bool(false))
        }
        let failure = #expect(throws: TunnelFailure.self) {
            for _ in 0..<10 {
                var record: [UInt8] = []
                try tunnel.seal([UInt8](repeating: 0, count: 50_000), into: &record)
                _ = try responder.receive(record[...], verifier: Pair.verifier, at: Pair.now, known: { _ in nil })
            }
        }
        #expect(failure == .tooMuchUnverified)
    }
}
