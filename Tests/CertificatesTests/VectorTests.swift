import Certificates
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Testing

/// Our bytes against those of an implementation in another language.
struct VectorTests {
    @Test func identities() {
        #expect(Cast.agent.agentID.digest == Vectors.digest("agent.id"))
        #expect(Cast.authority.bundle.digest == Vectors.digest("authority.id"))
        #expect(Cast.node.nodeID.digest == Vectors.digest("node.id"))
    }

    @Test func genesis() throws {
        #expect(Cast.genesis.canonicalBytes == Vectors.bytes("genesis"))
        #expect(Cast.network.digest == Vectors.digest("network"))
        #expect(try Genesis(canonicalBytes: Vectors.bytes("genesis")) == Cast.genesis)
        #expect(Cast.genesis.nextValidatorsHash == Vectors.digest("nextValidatorsHash"))
    }

    @Test func genesisOfBFT() throws {
        let genesis = makeBFT(weights: [3, 4])
        #expect(genesis.networkID.digest == Vectors.digest("bftNetwork"))
        #expect(genesis.nextValidatorsHash == Vectors.digest("bftValidatorsHash"))
        #expect(try Genesis(canonicalBytes: genesis.canonicalBytes) == genesis)
    }

    @Test func batches() throws {
        let agent = Cast.agent.agentID
        let hashes = CommitLeaves.hashes(of: Cast.leaves, network: Cast.network, agent: agent)
        #expect(hashes == Vectors.digests("leafHashes"))
        let root = MerkleTree.root(of: hashes)
        #expect(root == Vectors.digest("batchRoot"))
        let message = CommitLeaves.message(network: Cast.network, agent: agent, count: 5, root: root)
        #expect(message.bytes == Vectors.bytes("batchMessage"))
        let signature = HybridSignature(
            ed25519: Vectors.bytes("batchEd25519"), mldsa65: Vectors.bytes("batchMLDSA65"))
        #expect(SignatureVerifier().isValid(signature, over: message, by: try Cast.agent.bundle.verificationKey()))
        let batch = try CommitLeaves.sign(Cast.leaves, network: Cast.network, agent: agent, with: Cast.agent)
        #expect(batch.ed25519 == signature.ed25519)
        let id = CommitLeaves.batchID(network: Cast.network, agent: agent, count: 5, root: root)
        #expect(id == Vectors.digest("batchID"))
        #expect(CommitLeaves.payloadRoot(of: [id, sha256(Array("other".utf8))]) == Vectors.digest("payloadRoot"))
    }

    @Test func headers() throws {
        let poa = makeHeader(.poa(term: Term(3), sequencer: Cast.node.nodeID))
        let bft = makeHeader(.bft(epoch: 9, view: 12))
        for (header, name) in [(poa, "poaHeader"), (bft, "bftHeader")] {
            #expect(header.canonicalBytes == Vectors.bytes(name))
            #expect(header.digest == Vectors.digest(name + "Digest"))
            #expect(try BlockHeader(canonicalBytes: Vectors.bytes(name)) == header)
        }
        #expect(FinalitySignature.message(for: poa).bytes == Vectors.bytes("finalityMessage"))
    }

    @Test func finality() throws {
        let header = makeHeader(.poa(term: Term(3), sequencer: Cast.node.nodeID))
        let (ed25519, mldsa65) = (Vectors.bytes("finalityEd25519"), Vectors.bytes("finalityMLDSA65"))
        let key = try Cast.authority.bundle.verificationKey()
        for (scheme, signature) in [
            (SignatureScheme.hybrid, HybridSignature(ed25519: ed25519, mldsa65: mldsa65)),
            (.ed25519, HybridSignature(ed25519: ed25519, mldsa65: [])),
            (.mldsa65, HybridSignature(ed25519: [], mldsa65: mldsa65)),
        ] {
            for judge in SignatureScheme.allCases {
                let holds = judge.isValid(
                    signature, over: FinalitySignature.message(for: header), by: key, verifier: SignatureVerifier())
                #expect(holds == (judge == scheme), "a signature of \(scheme) under \(judge)")
            }
            let made = try FinalitySignature.sign(header, scheme: scheme, with: Cast.authority)
            #expect(made.ed25519 == signature.ed25519 && made.mldsa65.count == signature.mldsa65.count)
            #expect(try FinalitySignature(bytes: made.bytes) == made)
        }
    }

    @Test func envelopes() throws {
        let bodies = [[], Array("one".utf8), Array(String(repeating: "two", count: 100).utf8)]
        let alone = EnvelopeSignature.message(network: Cast.network, body: bodies[1])
        #expect(alone.bytes == Vectors.bytes("envelopeMessage"))
        #expect(try Cast.agent.signEd25519(alone) == Vectors.bytes("envelopeEd25519"))
        let leaves = bodies.map { EnvelopeSignature.leafHash(network: Cast.network, body: $0) }
        #expect(leaves == Vectors.digests("envelopeLeaves"))
        let batch = EnvelopeSignature.batchMessage(
            network: Cast.network, from: Cast.agent.agentID, count: 3, root: MerkleTree.root(of: leaves))
        #expect(batch.bytes == Vectors.bytes("envelopeBatchMessage"))
        #expect(try Cast.agent.signEd25519(batch) == Vectors.bytes("envelopeBatchEd25519"))
    }
}

func makeHeader(_ variant: BlockHeader.Variant) -> BlockHeader {
    let roots = (0..<4).map { sha256([UInt8($0)]) }
    return BlockHeader(
        network: Cast.network, height: Height(7), parent: sha256(Array("parent".utf8)), variant: variant,
        payloadRoot: roots[0],
        stateRoot: roots[1], receiptsRoot: roots[2], historyRoot: roots[3],
        nextValidatorsHash: Cast.genesis.nextValidatorsHash, time: WallTime(milliseconds: 1_700_000_123_456))
}

/// The council of the vectors, with other weights where asked.
func makeBFT(weights: [UInt64]) -> Genesis {
    var genesis = Genesis(
        poa: "council", authority: Cast.authority.bundle, nodes: [], time: WallTime(milliseconds: -1), scheme: .ed25519,
        hashSuite: .libra)
    genesis.engine = .bft
    genesis.authority = nil
    genesis.validators = zip([Cast.authority.bundle, Cast.node.bundle], weights).map {
        Genesis.Validator(bundle: $0, weight: $1)
    }
    return genesis
}
