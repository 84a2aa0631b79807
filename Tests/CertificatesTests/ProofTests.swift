import CapnProto
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Storage
import Testing

/// What bundles prove, to somebody who trusts a NetworkID.
struct ProofTests {
    @Test(arguments: SignatureScheme.allCases, HashSuite.allCases)
    func valuesAndTheirAbsenceAreProven(scheme: SignatureScheme, suite: HashSuite) throws {
        let genesis = Genesis(
            poa: "n", authority: Cast.authority.bundle, nodes: [], time: .zero, scheme: scheme, hashSuite: suite)
        let world = try ProofWorld(genesis)
        let fact = try world.verify(world.bundle(for: ProofWorld.fact))
        #expect(fact.value == Array("red".utf8) && fact.key == ProofWorld.fact && fact.commit == nil)
        #expect(fact.header == world.header)
        let absent = try world.verify(world.bundle(for: Array("fact/none".utf8)))
        #expect(absent.value == nil && absent.commit == nil)
    }

    @Test func commitsAreProvenBackToTheirAuthor() throws {
        let world = try ProofWorld()
        for (index, leaf) in Cast.leaves.enumerated() {
            let key = CommitKey(agent: Cast.agent.agentID, nonce: leaf.nonce)
            let proven = try world.verify(world.bundle(for: key.bytes))
            let commit = try #require(proven.commit)
            #expect(commit.agent == Cast.agent.agentID && commit.body == Cast.leaves[index].body)
            #expect(commit.record.height == Height(7) && commit.record.outcome == 0)
        }
        let unused = CommitKey(agent: Cast.agent.agentID, nonce: 9)
        let absent = try world.verify(world.bundle(for: unused.bytes))
        #expect(absent.value == nil && absent.commit == nil)
    }

    @Test func bundlesTravelAsBytes() throws {
        let world = try ProofWorld()
        let bytes = try world.bundle(for: ProofWorld.commitKey.bytes).framed()
        let verifier = ProofVerifier(network: world.network, verifier: SignatureVerifier())
        #expect(try verifier.verify(framed: bytes).commit?.body == Cast.leaves[2].body)
        let elsewhere = ProofVerifier(network: NetworkID(.zero), verifier: SignatureVerifier())
        #expect(throws: ProofFailure.otherNetwork(world.network)) { try elsewhere.verify(framed: bytes) }
    }

    /// Whatever happens to the bytes, they prove the same or nothing.
    @Test func tamperedBytesProveTheSameOrNothing() throws {
        let world = try ProofWorld()
        let bundle = try world.bundle(for: ProofWorld.commitKey.bytes)
        let bytes = bundle.framed()
        let verifier = ProofVerifier(network: world.network, verifier: SignatureVerifier())
        let proven = try verifier.verify(framed: bytes)
        var random = PRNG(seed: 8)
        var refused = 0
        for _ in 0..<400 {
            var changed = bytes
            changed[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
            do throws(ProofFailure) {
                #expect(try verifier.verify(framed: changed) == proven)
            } catch { refused += 1 }
        }
        #expect(refused > 350, "\(refused) of 400 were refused")
        for count in stride(from: 0, to: bytes.count, by: 61) {
            #expect(throws: ProofFailure.malformedBundle) { try verifier.verify(framed: Array(bytes[..<count])) }
        }
        for _ in 0..<200 { #expect(throws: ProofFailure.self) { try verifier.verify(framed: random.bytes(200)) } }
        let large = [UInt8](repeating: 0, count: 8 << 20 | 1)
        #expect(throws: ProofFailure.malformedBundle) { try verifier.verify(framed: large) }
    }

    @Test func everyFailureExplainsItself() {
        let failures: [ProofFailure] = [
            .malformedBundle, .unknownVersion(2), .otherNetwork(Cast.network), .badGenesis(.wrongSigners),
            .badHeader(.truncated(offset: 0)), .headerOfOtherNetwork, .headerOfOtherEngine, .unsupportedEngine,
            .unsupportedEpochHops, .unexpectedSigners, .otherScheme, .missingFinality, .badAuthorityKey,
            .badAuthoritySignature, .malformedStatePath, .valueOfAbsentKey, .stateRootMismatch, .unexpectedCommit,
            .malformedCommitValue, .missingCommit, .leafOfOtherCommit, .leafHashMismatch, .badBatchPath,
            .batchRootMismatch,
            .badAgentKeys, .otherAgentsKeys, .badBatchSignature,
        ]
        #expect(Set(failures.map(\.description)).count == failures.count)
    }
}
