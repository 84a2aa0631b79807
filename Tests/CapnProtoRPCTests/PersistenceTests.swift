import CapnProto
import Testing

@testable import CapnProtoRPC

/// Not a MAC, but as hard to guess for a test.
private final class TestSealer: Sealer {
    func seal(_ object: [UInt8], for owner: [UInt8]) -> [UInt8] {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in [7, 7, 7] + object + [0xff] + owner { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (0..<8).map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) }
    }
}

@Suite("References that outlive connections")
struct PersistenceTests {
    private let alice: [UInt8] = [1], mallory: [UInt8] = [2]

    /// A vat whose objects add, and are found by name.
    private func restorer(on loop: any Loop) -> Restorer {
        Restorer(sealer: TestSealer()) { object, _ throws(RPCException) in
            guard object == [42] else { throw Restorer.refusal }
            return Capability(hosting: CellServer(CellServer.adding), on: loop)
        }
    }

    private func saved(on pair: Pair, _ restorer: Restorer, for owner: [UInt8]) async throws -> SturdyRef {
        let object = restorer.persistent(CellServer(CellServer.adding), as: [42])
        pair.server.serve(Capability(hosting: object, on: pair.loop))
        let client = PersistentClient(pair.client.bootstrap)
        let pending = client.pendingSave(sealFor: owner)
        pair.settle()
        return try PersistentClient.reference(in: try await pending.response())
    }

    @Test("an object is saved on one connection and restored on another, and its calls are pipelined")
    func restored() async throws {
        let before = Pair()
        let reference = try await saved(on: before, restorer(on: before.loop), for: alice)
        #expect(reference.owner == alice && reference.object == [42])
        let after = Pair(), results = Box<CellResult>()
        after.server.serve(restorer(on: after.loop).service(for: alice, on: after.loop).capability)
        var restored: Capability? = RestorerClient(after.client.bootstrap).restore(reference)
        restored?.cell(0, 8, into: results)
        after.settle()
        #expect(results.number == 9)
        restored = nil
        results.values = []
        after.server.serve(nil)
        after.expectNoLeaks()
    }

    @Test("a reference is of no use to anybody but its owner, nor is one that was changed; none tells why")
    func sealed() async throws {
        let pair = Pair()
        let reference = try await saved(on: pair, restorer(on: pair.loop), for: alice)
        var forgeries = [(mallory, reference)]
        for change in 0..<4 {
            var forged = reference
            switch change {
            case 0: forged.secret[0] ^= 1
            case 1: forged.object = [43]
            case 2: forged.owner = mallory
            default: forged.secret.removeLast()
            }
            forgeries.append((alice, forged))
        }
        var stolen = reference
        stolen.owner = mallory
        forgeries.append((mallory, stolen))
        for (bearer, forged) in forgeries {
            let results = Box<CellResult>()
            pair.server.serve(restorer(on: pair.loop).service(for: bearer, on: pair.loop).capability)
            RestorerClient(pair.client.bootstrap).restore(forged).cell(0, into: results)
            pair.settle()
            #expect(results.failure == .failed("no such reference"))
        }
    }

    @Test("an object that can be saved does all else as before")
    func otherCalls() async throws {
        let pair = Pair(), results = Box<CellResult>()
        _ = try await saved(on: pair, restorer(on: pair.loop), for: alice)
        pair.client.bootstrap.cell(0, 1, into: results)
        pair.settle()
        #expect(results.number == 2)
    }

    @Test("the reference's form on the wire is that of its schema")
    func form() async throws {
        let pair = Pair()
        let reference = try await saved(on: pair, restorer(on: pair.loop), for: alice)
        var builder = MessageBuilder()
        reference.write(to: builder.root)
        let message = builder.finish()
        #expect(try SturdyRef(message.rootPointer) == reference)
    }
}
