import CapnProto
import Certificates
import Identity
@_spi(Simulation) import MeshCrypto
import MeshSchema
import Primitives
import Storage
import Testing

@testable import MeshState

/// The bundles that the machine puts together, judged by the verifier that agents use.
struct ProofTests {
    let ann = TestAgent("ann")

    func signer(_ agent: TestAgent) throws -> SimulatedSigner { SimulatedSigner(try agent.bundle.verificationKey()) }

    func batch(_ world: World, _ leaves: [CommitBatch.Leaf.Value]) throws -> SignedBatch {
        let value = try CommitLeaves.sign(leaves, network: world.machine.network, agent: ann.id, with: signer(ann))
        return try #require(SignedBatch(value))
    }

    func finalize(_ world: inout World) throws {
        let height = world.machine.applied.height
        let header = try #require(try world.machine.header(at: height))
        let signature = try FinalitySignature.sign(header, scheme: .hybrid, with: signer(World.authority))
        try world.machine.recordFinality(signature, at: height)
    }

    func verify(_ bundle: ProofBundle.Value, _ world: World) throws -> Certificates.ProvenValue {
        try ProofVerifier(network: world.machine.network, verifier: SimulatedVerifier()).verify(framed: bundle.framed())
    }

    @Test func everyKeyAndAbsenceIsProvable() throws {
        var world = try World([ann])
        #expect(throws: StateFailure.notFinal(0)) { try world.machine.proofBundle(for: [1]) }
        try world.cut([try batch(world, (0..<5).map { _ in world.leaf(Make.offer("t\(world.nonce)", escrow: 1)) })])
        try finalize(&world)
        for (key, value) in try world.contents() where !key.hasPrefix("commit/") {
            let proven = try verify(try world.machine.proofBundle(for: Array(key.utf8)), world)
            #expect(proven.value == value && proven.header.height == Height(2) && proven.commit == nil)
        }
        for number in 0..<20 {
            let proven = try verify(try world.machine.proofBundle(for: Array("fact/\(number)".utf8)), world)
            #expect(proven.value == nil)
        }
        let absent = CommitKey(agent: ann.id, nonce: 777).bytes
        #expect(try verify(try world.machine.proofBundle(for: absent), world).value == nil)
    }

    @Test func aCommitIsProvenDownToItsAuthorsSignatureLongAfterwards() throws {
        var world = try World([ann])
        let leaves = (0..<7).map { _ in world.leaf(Make.commit()) } + [world.leaf(Make.claim("nowhere"))]
        let first = try batch(world, leaves)
        let second = try batch(world, [world.leaf(Make.commit())])
        try world.cut([second, first])
        for _ in 0..<5 { try world.cut([]) }
        try finalize(&world)
        world.machine = try world.reopened()
        #expect(world.machine.finalHeight == Height(7))
        for (index, leaf) in leaves.enumerated() {
            let key = CommitKey(agent: ann.id, nonce: leaf.nonce)
            let proven = try verify(try world.machine.proofBundle(for: key.bytes), world)
            let commit = try #require(proven.commit)
            #expect(commit.agent == ann.id && commit.body == leaf.body)
            #expect(commit.record.height == Height(2))
            #expect(commit.record.result == (index == 7 ? .unknownTask : .applied))
        }
    }

    @Test func bundlesOfOldFinalBlocksShowWhatWas() throws {
        var world = try World([ann])
        try world.run(ann, Make.fact("k", [1]))
        try finalize(&world)
        try world.run(ann, Make.fact("k", [2], expected: 1))
        try finalize(&world)
        try world.run(ann, Make.fact("k", [3], expected: 2))
        let key = StateKey.fact("k")
        func fact(_ height: UInt64) throws -> FactRecord {
            let proven = try verify(try world.machine.proofBundle(for: key, at: Height(height)), world)
            return try FactRecord(try #require(proven.value), under: key)
        }
        #expect(try fact(2).value == [1])
        #expect(try fact(3).value == [2])
        #expect(throws: StateFailure.notFinal(4)) { try fact(4) }
        #expect(try verify(try world.machine.proofBundle(for: key), world).header.height == Height(3))
    }

    @Test func tamperedBundlesAreRefused() throws {
        var world = try World([ann])
        let leaf = world.leaf(Make.commit())
        try world.cut([try batch(world, [leaf, world.leaf(Make.commit())])])
        try finalize(&world)
        let bundle = try world.machine.proofBundle(for: CommitKey(agent: ann.id, nonce: leaf.nonce).bytes)
        var tampered = [ProofBundle.Value]()
        func change(_ edit: (inout ProofBundle.Value) -> Void) {
            var one = bundle
            edit(&one)
            tampered.append(one)
        }
        change { $0.value[0] ^= 1 }
        change { $0.present = false }
        change { $0.key[20] ^= 1 }
        change { $0.header[60] ^= 1 }
        change { $0.genesis[9] ^= 1 }
        change { $0.commit?.leaf?.body[8] ^= 1 }
        change { $0.commit?.index ^= 1 }
        change { $0.commit?.mldsa65[0] ^= 1 }
        change { $0.commit?.ed25519 = [] }
        change { $0.commit = nil }
        change { $0.statePath?.siblings.removeLast() }
        #expect(throws: Never.self) { try verify(bundle, world) }
        for one in tampered { #expect(throws: ProofFailure.self) { try verify(one, world) } }
    }
}
