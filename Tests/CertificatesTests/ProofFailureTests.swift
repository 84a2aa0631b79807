import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Storage
import Testing

/// One lie each, and the name of the check that finds it.
struct ProofFailureTests {
    private typealias Change = (inout ProofBundle.Value) -> Void

    @Test func liesAboutTheNetwork() throws {
        let world = try ProofWorld()
        try expect(
            world, ProofWorld.fact,
            [
                (.unknownVersion(0), { $0.version = 0 }),
                (.unknownVersion(2), { $0.version = 2 }),
                (.otherNetwork(NetworkID(sha256([]))), { $0.genesis = [] }),
                (.otherNetwork(NetworkID(sha256(Cast.genesis.canonicalBytes + [0]))), { $0.genesis.append(0) }),
            ])
        // A network whose "genesis" is no genesis can be named, but proves nothing.
        let rubbish: [UInt8] = [1, 0, 9]
        var bundle = try world.bundle(for: ProofWorld.fact)
        bundle.genesis = rubbish
        let verifier = ProofVerifier(network: NetworkID(sha256(rubbish)), verifier: SignatureVerifier())
        #expect(throws: ProofFailure.badGenesis(.malformed(.truncated(offset: 2)))) { try verifier.verify(bundle) }
        var genesis = Cast.genesis
        genesis.balances.reverse()
        bundle.genesis = genesis.canonicalBytes
        let unsorted = ProofVerifier(network: genesis.networkID, verifier: SignatureVerifier())
        #expect(throws: ProofFailure.badGenesis(.notCanonical(.balances))) { try unsorted.verify(bundle) }
    }

    @Test func liesAboutTheHeader() throws {
        let world = try ProofWorld()
        var elsewhere = world.header
        elsewhere.network = NetworkID(.zero)
        var bft = world.header
        bft.variant = .bft(epoch: 0, view: 0)
        var later = world.header
        later.height = Height(8)
        try expect(
            world, ProofWorld.fact,
            [
                (.badHeader(.truncated(offset: 0)), { $0.header = [] }),
                (.badHeader(.trailingBytes(offset: world.header.canonicalBytes.count)), { $0.header.append(0) }),
                (.headerOfOtherNetwork, { $0.header = elsewhere.canonicalBytes }),
                (.headerOfOtherEngine, { $0.header = bft.canonicalBytes }),
                (.unsupportedEpochHops, { $0.epochHops = [[]] }),
                (.unexpectedSigners, { $0.signerBundles = [Cast.authority.bundle.schemaValue] }),
                (.badAuthoritySignature, { $0.header = later.canonicalBytes }),
            ])
    }

    @Test func aNetworkOfTheOtherEngineIsNotJudged() throws {
        let genesis = makeBFT(weights: [3, 4])
        var bundle = try ProofWorld().bundle(for: ProofWorld.fact)
        var header = try ProofWorld().header
        header.network = genesis.networkID
        bundle.genesis = genesis.canonicalBytes
        bundle.header = header.canonicalBytes
        let verifier = ProofVerifier(network: genesis.networkID, verifier: SignatureVerifier())
        #expect(throws: ProofFailure.unsupportedEngine) { try verifier.verify(bundle) }
    }

    @Test func liesAboutFinality() throws {
        let world = try ProofWorld()
        try expect(
            world, ProofWorld.fact,
            [
                (.otherScheme, { $0.scheme = 1 }),
                (.otherScheme, { $0.scheme = 0 }),
                (.missingFinality, { $0.finality.which = .certificate([1]) }),
                (.missingFinality, { $0.finality.which = .unknown(5) }),
                (.badAuthoritySignature, Self.finality { $0.ed25519 = [] }),
                (.badAuthoritySignature, Self.finality { $0.mldsa65 = [] }),
                (.badAuthoritySignature, Self.finality { $0.ed25519[0] ^= 1 }),
                (.badAuthoritySignature, Self.finality { $0.mldsa65[3308] ^= 1 }),
            ])
        let forged = try world.bundle(for: ProofWorld.fact, signedBy: Cast.node)
        #expect(world.failure(forged) == .badAuthoritySignature)
        let small = PublicBundle(
            ed25519: [UInt8](repeating: 0, count: 32), x25519: Cast.node.bundle.x25519,
            mldsa65: Cast.node.bundle.mldsa65,
            mlkem768: Cast.node.bundle.mlkem768)
        let weak = try ProofWorld(Genesis(poa: "n", authority: try #require(small), nodes: [], time: .zero))
        #expect(weak.failure(try weak.bundle(for: ProofWorld.fact)) == .badAuthorityKey)
    }

    /// A header that the same authority signed for another network, with all else of this one.
    @Test func finalityOfAnotherNetworkDoesNotCarryOver() throws {
        let world = try ProofWorld()
        var other = try ProofWorld(Genesis(poa: "other", authority: Cast.authority.bundle, nodes: [], time: .zero))
        other.header = world.header
        other.header.network = other.network
        var bundle = try world.bundle(for: ProofWorld.fact)
        bundle.finality = try other.bundle(for: ProofWorld.fact).finality
        #expect(world.failure(bundle) == .badAuthoritySignature)
    }

    @Test func liesAboutTheState() throws {
        let world = try ProofWorld()
        try expect(
            world, ProofWorld.fact,
            [
                (.malformedStatePath, { $0.statePath = nil }),
                (.malformedStatePath, { $0.statePath?.siblings[0].removeLast() }),
                (.malformedStatePath, { $0.statePath?.leafKey = [1] }),
                (.malformedStatePath, { $0.statePath?.leafValue = [] }),
                (
                    .malformedStatePath,
                    { $0.statePath?.siblings = Array(repeating: [UInt8](repeating: 0, count: 32), count: 257) }
                ),
                (.valueOfAbsentKey, { $0.present = false }),
                (.stateRootMismatch, { $0.value.append(0) }),
                (.stateRootMismatch, { $0.value = [] }),
                (.stateRootMismatch, { $0.key = Array("fact/colours".utf8) }),
                (.stateRootMismatch, { ($0.present, $0.value) = (false, []) }),
                (.stateRootMismatch, { $0.statePath?.siblings[0][0] ^= 1 }),
                (.stateRootMismatch, { $0.statePath?.siblings.removeLast() }),
                (.stateRootMismatch, { $0.statePath?.siblings = [] }),
                (.stateRootMismatch, { $0.statePath?.leafValue[0] ^= 1 }),
            ])
    }

    @Test func liesAboutAbsence() throws {
        let world = try ProofWorld()
        let present = try world.bundle(for: ProofWorld.fact)
        try expect(
            world, Array("fact/none".utf8),
            [
                (.valueOfAbsentKey, { $0.value = [1] }),
                (.stateRootMismatch, { $0.present = true }),
                (.stateRootMismatch, { ($0.present, $0.value) = (true, Array("red".utf8)) }),
                (.stateRootMismatch, { $0.key = ProofWorld.fact }),
                (.stateRootMismatch, { $0.statePath = present.statePath }),
                (.unexpectedCommit, { $0.commit = ProofBundle.CommitPath.Value() }),
            ])
        // A key that is there, under the path of its neighbour.
        var hidden = try world.bundle(for: Array("fact/none".utf8))
        for number in 0..<40 {
            hidden.key = Array("fact/\(number)".utf8)
            #expect(world.failure(hidden) == .stateRootMismatch)
        }
    }

    @Test func liesAboutTheCommit() throws {
        let world = try ProofWorld()
        try expect(
            world, ProofWorld.commitKey.bytes,
            [
                (.missingCommit, { $0.commit = nil }),
                (.missingCommit, { $0.commit?.leaf = nil }),
                (.leafOfOtherCommit, { $0.commit?.leaf = Cast.leaves[3] }),
                (.leafHashMismatch, { $0.commit?.leaf?.body.append(0) }),
                (.leafHashMismatch, { $0.commit?.leaf?.expiryHeight += 1 }),
                (.badBatchPath, { $0.commit?.path.removeLast() }),
                (.badBatchPath, { $0.commit?.path.append([UInt8](repeating: 0, count: 32)) }),
                (.badBatchPath, { $0.commit?.path[0].removeLast() }),
                (.badBatchPath, { $0.commit?.index = 5 }),
                (.badBatchPath, { $0.commit?.count = 0 }),
                (.badBatchPath, { $0.commit?.count = 4 }),
                (.batchRootMismatch, { $0.commit?.index = 3 }),
                (.batchRootMismatch, { $0.commit?.path[1][31] ^= 1 }),
                (.badAgentKeys, { $0.commit?.agent = nil }),
                (.badAgentKeys, { $0.commit?.agent?.x25519 = [] }),
                (.otherAgentsKeys, { $0.commit?.agent = Cast.authority.bundle.schemaValue }),
                (.otherAgentsKeys, { $0.commit?.agent?.mldsa65[9] ^= 1 }),
                (.otherAgentsKeys, { $0.commit?.agent?.mlkem768[9] ^= 1 }),
                (.badBatchSignature, { $0.commit?.ed25519[9] ^= 1 }),
                (.badBatchSignature, { $0.commit?.mldsa65[9] ^= 1 }),
                (.badBatchSignature, { $0.commit?.mldsa65 = [] }),
                (.badBatchSignature, { $0.commit?.ed25519 = [] }),
                // Another count with a path of the same length: the root is reached, and the count is signed.
                (.badBatchSignature, { $0.commit?.count = 8 }),
            ])
        var fact = try world.bundle(for: ProofWorld.fact)
        fact.commit = world.commitPath(ProofWorld.commitKey)
        #expect(world.failure(fact) == .unexpectedCommit)
    }

    /// The authority itself can't put words into an agent's mouth: a state value that no agent signed for.
    @Test func theAuthorityForgesNoCommits() throws {
        let key = CommitKey(agent: Cast.agent.agentID, nonce: 77)
        let leaf = CommitBatch.Leaf.Value(nonce: 77, expiryHeight: 90, body: [1])
        let hash = CommitLeaves.hash(leaf, network: Cast.network, agent: key.agent)
        let record = CommitRecord(leafHash: hash, batchRoot: hash, height: Height(7), outcome: 0)
        let short = CommitKey(agent: Cast.agent.agentID, nonce: 78)
        let world = try ProofWorld(extra: [
            .init(key: key.bytes, value: record.bytes), .init(key: short.bytes, value: [1]),
        ])
        var bundle = try world.bundle(for: key.bytes)
        let signed = try CommitLeaves.sign([leaf], network: Cast.network, agent: key.agent, with: Cast.authority)
        bundle.commit = ProofBundle.CommitPath.Value(
            leaf: leaf, count: 1, agent: Cast.agent.bundle.schemaValue, ed25519: signed.ed25519, mldsa65: signed.mldsa65
        )
        #expect(world.failure(bundle) == .badBatchSignature)
        bundle.commit?.ed25519 = world.batch.ed25519
        bundle.commit?.mldsa65 = world.batch.mldsa65
        #expect(world.failure(bundle) == .badBatchSignature)
        #expect(world.failure(try world.bundle(for: short.bytes)) == .malformedCommitValue)
    }

    /// The agent's true batch of another network with the same authority: its leaves hash otherwise, and its signature covers another scope.
    @Test func aBatchOfAnotherNetworkCannotBeReplayed() throws {
        let world = try ProofWorld()
        let other = try ProofWorld(Genesis(poa: "other", authority: Cast.authority.bundle, nodes: [], time: .zero))
        var bundle = try world.bundle(for: ProofWorld.commitKey.bytes)
        bundle.commit?.ed25519 = other.batch.ed25519
        bundle.commit?.mldsa65 = other.batch.mldsa65
        #expect(world.failure(bundle) == .badBatchSignature)
        bundle = try world.bundle(for: ProofWorld.commitKey.bytes)
        bundle.commit?.path = try #require(other.commitPath(ProofWorld.commitKey)).path
        #expect(world.failure(bundle) == .batchRootMismatch)
        #expect(other.failure(bundle) == .otherNetwork(world.network))
    }

    private func expect(_ world: ProofWorld, _ key: [UInt8], _ lies: [(ProofFailure, Change)]) throws {
        let honest = try world.bundle(for: key)
        #expect(world.failure(honest) == nil)
        for (number, (failure, change)) in lies.enumerated() {
            var bundle = honest
            change(&bundle)
            #expect(bundle != honest, "lie \(number) changes nothing")
            #expect(world.failure(bundle) == failure, "lie \(number)")
        }
    }

    private static func finality(_ change: @escaping (inout ProofBundle.Certificate.Value) -> Void) -> Change {
        { bundle in
            guard case .authority(var certificate) = bundle.finality.which else { return }
            change(&certificate)
            bundle.finality.which = .authority(certificate)
        }
    }
}
