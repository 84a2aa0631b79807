import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Testing

struct EnvelopeTests {
    private static let bodies = (0..<7).map { [UInt8](repeating: UInt8($0), count: $0 * 10) }
    private static let both: Set<SignedEnvelope.Algorithm> = [.ed25519, .mldsa65]

    @Test func aloneAndInBatchesSignaturesHold() throws {
        let alone = try EnvelopeSignature.sign(
            body: [1], network: Cast.network, keyID: Cast.agent.bundle.keyID, postQuantum: false, with: Cast.agent)
        #expect(try Self.valid(alone) == [.ed25519])
        let hybrid = try EnvelopeSignature.sign(
            body: [1], network: Cast.network, keyID: Cast.agent.bundle.keyID, postQuantum: true, with: Cast.agent)
        #expect(try Self.valid(hybrid) == Self.both)
        for count in 1...7 {
            let envelopes = try Self.signBatch(Array(Self.bodies[..<count]))
            #expect(envelopes.map(\.body) == Array(Self.bodies[..<count]))
            for envelope in envelopes { #expect(try Self.valid(envelope) == Self.both) }
        }
        #expect(try Self.signBatch([]).isEmpty)
    }

    @Test func anotherNetworkAuthorOrBodyVoidsThem() throws {
        let alone = try EnvelopeSignature.sign(
            body: [1], network: Cast.network, keyID: Cast.agent.bundle.keyID, postQuantum: true, with: Cast.agent)
        for envelope in try Self.signBatch(Self.bodies) + [alone] {
            #expect(try Self.valid(envelope, network: NetworkID(sha256([4]))).isEmpty)
            #expect(try Self.valid(envelope, author: Cast.authority.bundle).isEmpty)
            var changed = envelope
            changed.body.append(0)
            #expect(try Self.valid(changed).isEmpty)
        }
    }

    /// The signed author must be the one whose keys verify, also in a batch, whose message names it.
    @Test func aBatchCannotBeClaimedByAnotherName() throws {
        let envelope = try Self.signBatch(Self.bodies)[2]
        let valid = EnvelopeSignature.validAlgorithms(
            of: envelope, network: Cast.network, from: Cast.authority.agentID,
            key: try Cast.agent.bundle.verificationKey(),
            verifier: SignatureVerifier())
        #expect(valid.isEmpty)
    }

    @Test func pathsOfOtherShapesAreRefused() throws {
        let envelope = try Self.signBatch(Self.bodies)[2]
        guard case .path(let good) = envelope.signatures[0].batch.which else { return #expect(Bool(false), "no path") }
        func mutated(_ change: (inout SignedEnvelope.Signature.Batch.Path.Value) -> Void) -> SignedEnvelope.Value {
            var (path, copy) = (good, envelope)
            change(&path)
            for index in copy.signatures.indices { copy.signatures[index].batch.which = .path(path) }
            return copy
        }
        let changes: [(inout SignedEnvelope.Signature.Batch.Path.Value) -> Void] = [
            { $0.index = 3 }, { $0.index = 7 }, { $0.index = .max }, { $0.count = 8 }, { $0.count = 6 },
            { $0.count = 0 },
            { $0.siblings.removeLast() }, { $0.siblings.append($0.siblings[0]) }, { $0.siblings = [] },
            { $0.siblings[1][5] ^= 1 }, { $0.siblings[1].removeLast() }, { $0.siblings[0] = [] },
            { $0.siblings = Array(repeating: $0.siblings[0], count: 5000) },
        ]
        for change in changes { #expect(try Self.valid(mutated(change)).isEmpty) }
        #expect(try Self.valid(mutated { _ in }) == Self.both)
    }

    @Test func aSignatureOfTheBatchIsNoneOfABodyAlone() throws {
        var envelope = try Self.signBatch(Self.bodies)[2]
        for index in envelope.signatures.indices { envelope.signatures[index].batch.which = .none }
        #expect(try Self.valid(envelope).isEmpty)
        for index in envelope.signatures.indices { envelope.signatures[index].batch.which = .unknown(9) }
        #expect(try Self.valid(envelope).isEmpty)
    }

    /// An inner node's two children as the body of a leaf: the prefixes keep them apart.
    @Test func aLeafCannotPassForAnInnerNode() throws {
        let leaves = Self.bodies[..<2].map { EnvelopeSignature.leafHash(network: Cast.network, body: $0) }
        let inner = MerkleTree.innerHash(leaves[0], leaves[1])
        #expect(MerkleTree.leafHash(leaves[0].bytes + leaves[1].bytes) != inner)
        // Presented as one of two leaves, an inner node of four does lead to the root, but the author signed the count four.
        let four = Self.bodies[..<4].map { EnvelopeSignature.leafHash(network: Cast.network, body: $0) }
        let right = MerkleTree.innerHash(four[2], four[3])
        let root = MerkleTree.root(of: four)
        #expect(MerkleTree.root(from: inner, index: 0, count: 2, path: [right]) == root)
        #expect(MerkleTree.root(from: inner, index: 0, count: 4, path: [right]) == nil)
        let signed = EnvelopeSignature.batchMessage(
            network: Cast.network, from: Cast.agent.agentID, count: 4, root: root)
        let claimed = EnvelopeSignature.batchMessage(
            network: Cast.network, from: Cast.agent.agentID, count: 2, root: root)
        #expect(signed != claimed)
    }

    @Test func onlyTheFirstFourSignaturesAreLookedAt() throws {
        var envelope = try EnvelopeSignature.sign(
            body: [1], network: Cast.network, keyID: [], postQuantum: false, with: Cast.agent)
        let good = envelope.signatures[0]
        let bad = SignedEnvelope.Signature.Value(algorithm: .unknown(7), bytes: [1])
        envelope.signatures = [bad, bad, bad, good]
        #expect(try Self.valid(envelope) == [.ed25519])
        envelope.signatures = [bad, bad, bad, bad, good]
        #expect(try Self.valid(envelope).isEmpty)
    }

    private static func signBatch(_ bodies: [[UInt8]]) throws -> [SignedEnvelope.Value] {
        try EnvelopeSignature.signBatch(
            of: bodies, network: Cast.network, from: Cast.agent.bundle, postQuantum: true, with: Cast.agent)
    }
    private static func valid(
        _ envelope: SignedEnvelope.Value, network: NetworkID = Cast.network, author: PublicBundle = Cast.agent.bundle
    ) throws -> Set<SignedEnvelope.Algorithm> {
        EnvelopeSignature.validAlgorithms(
            of: envelope, network: network, from: author.agentID, key: try author.verificationKey(),
            verifier: SignatureVerifier())
    }
}
