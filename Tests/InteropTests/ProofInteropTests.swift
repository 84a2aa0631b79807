import CapnProto
import Certificates
import Foundation
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Storage
import Testing

/// Our proof bundles under a verifier in Python that was written from docs/protocols/state.md: pycapnp reads them, `cryptography` checks the
/// signatures, and both agree with `ProofVerifier` on every bundle, honest or not.
struct ProofInteropTests {
    fileprivate struct Case: Codable {
        var network: String
        var bundle: String
        /// What the judge has to say.
        var holds: Bool
    }
    private struct Input: Codable {
        var schema: String
        var cases: [Case]
    }

    private static let judge = #"""
        import hashlib, json, os, re, struct, sys
        import capnp
        from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
        given = json.load(sys.stdin)
        schema = given["schema"]
        state = capnp.load(os.path.join(schema, "state.capnp"), imports=[schema, os.path.dirname(os.path.dirname(capnp.__file__))])
        unhex = bytes.fromhex
        H = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
        u32, u64 = (lambda n: struct.pack("<I", n)), (lambda n: struct.pack("<Q", n))
        def need(condition):
            if not condition: raise ValueError
        def signed(tag, network, content): return bytes([len(tag)]) + tag + network + content
        def verify(bundle, message, ed, dsa, scheme=3):
            need((len(ed) == 64) == (scheme != 2) and (len(dsa) == 3309) == (scheme != 1))
            need(scheme != 2 or not ed)
            need(scheme != 1 or not dsa)
            if scheme != 2: ed25519.Ed25519PublicKey.from_public_bytes(bundle[:32]).verify(ed, message)
            if scheme != 1: mldsa.MLDSA65PublicKey.from_public_bytes(bundle[64:2016]).verify(dsa, message)
        def canonical(b):
            need([len(k) for k in (b.ed25519, b.x25519, b.mldsa65, b.mlkem768)] == [32, 32, 1952, 1184])
            return b.ed25519 + b.x25519 + b.mldsa65 + b.mlkem768
        def genesis_of(g):  # the fields that a verifier needs of a poa genesis
            at = 2 + 4 + struct.unpack_from("<I", g, 2)[0]
            engine, scheme, suite = g[at:at + 3]
            need(g[:2] == b"\x01\0" and engine == 1 and g[at + 19:at + 24] == b"\0\0\0\0\x01")
            return scheme, suite, g[at + 24:at + 24 + 3200]
        def state_root(suite, key, value, path):
            need(suite == 1)
            place, sibs = H(key), list(path.siblings)
            need(len(sibs) <= 256 and all(len(s) == 32 for s in sibs))
            bits = [place[i // 8] >> (7 - i % 8) & 1 for i in range(256)]
            if path.leafKey or path.leafValue:
                need(len(path.leafKey) == len(path.leafValue) == 32)
                hash = H(b"JMT::LeafNode", path.leafKey, path.leafValue)
            else:
                hash = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"
            if value is not None:
                need(path.leafKey == place and path.leafValue == H(value))
            elif path.leafKey:
                other = [path.leafKey[i // 8] >> (7 - i % 8) & 1 for i in range(256)]
                need(other != bits and other[:len(sibs)] == bits[:len(sibs)])
            for i, s in enumerate(sibs):
                hash = H(b"JMT::IntrnalNode", *((s, hash) if bits[len(sibs) - 1 - i] else (hash, s)))
            return hash
        def walk(leaf, index, count, path):  # RFC 9162, section 2.1.3.2
            need(index < count)
            fn, sn, r = index, count - 1, leaf
            for p in path:
                need(sn and len(p) == 32)
                if fn & 1 or fn == sn:
                    r = H(b"\x01", p, r)
                    while not fn & 1 and fn: fn, sn = fn >> 1, sn >> 1
                else:
                    r = H(b"\x01", r, p)
                fn, sn = fn >> 1, sn >> 1
            need(sn == 0)
            return r
        def judge(network, raw):
            with state.ProofBundle.from_bytes(raw) as b:
                need(b.version == 1 and H(b.genesis) == network)
                scheme, suite, authority = genesis_of(b.genesis)
                h = b.header
                need(len(h) == 2 + 32 + 8 + 32 + 41 + 160 + 8 and h[:2] == b"\x01\0" and h[2:34] == network and h[74] == 2)
                need(not len(b.epochHops) and not len(b.signerBundles) and b.scheme == scheme)
                need(b.finality.which() == "authority")
                final = signed(b"hanzo/finality/v1", network, H(b"hanzo/header/v1", h))
                verify(authority, final, b.finality.authority.ed25519, b.finality.authority.mldsa65, scheme)
                need(b.present or not b.value)
                root = state_root(suite, b.key, b.value if b.present else None, b.statePath)
                need(b._has("statePath") and root == h[147:179])
                named = re.fullmatch(rb"commit/([0-9a-f]{64})/([0-9a-f]{16})", b.key)
                if not (named and b.present): return need(not b._has("commit"))
                agent, nonce = unhex(named[1].decode()), int(named[2], 16)
                c = b.commit
                need(b._has("commit") and c._has("leaf") and len(b.value) == 73 and c.leaf.nonce == nonce)
                leaf = H(b"\0", network, agent, u64(nonce), u64(c.leaf.expiryHeight), c.leaf.body)
                need(leaf == b.value[:32] and walk(leaf, c.index, c.count, list(c.path)) == b.value[32:64])
                keys = canonical(c.agent)
                need(H(b"hanzo/bundle/v1", keys) == agent)
                batch = signed(b"hanzo/commit-batch/v1", network, agent + u32(c.count) + b.value[32:64])
                verify(keys, batch, c.ed25519, c.mldsa65)
        held = refused = 0
        for number, case in enumerate(given["cases"]):
            try:
                judge(unhex(case["network"]), unhex(case["bundle"]))
                holds = True
            except Exception as error:
                holds = False
            if holds != case["holds"]: print("case", number, "expected", case["holds"], "judged", holds)
            held += holds
            refused += not holds
        print("held", held, "refused", refused)
        """#

    @Test func aVerifierInPythonAgreesOnEveryBundle() throws {
        let world = try World()
        var cases = [Case]()
        var random = PRNG(seed: 31)
        for key in world.keys {
            let honest = try world.bundle(for: key)
            cases.append(world.makeCase(honest.framed()))
            for changed in Self.lies(honest) { cases.append(world.makeCase(changed.framed())) }
            for _ in 0..<25 {
                var bytes = honest.framed()
                bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
                cases.append(world.makeCase(bytes))
            }
        }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let input = Input(schema: root.appendingPathComponent("schema").path, cases: cases)
        let verdict = try PythonJudge.run(Self.judge, input: JSONEncoder().encode(input))
        let held = cases.filter(\.holds).count
        #expect(verdict == ["held \(held) refused \(cases.count - held)"])
        #expect(held >= world.keys.count && cases.count - held > 100)
    }

    private static func lies(_ honest: ProofBundle.Value) -> [ProofBundle.Value] {
        let changes: [(inout ProofBundle.Value) -> Void] = [
            { $0.present.toggle() }, { $0.value.append(1) }, { $0.key.append(1) }, { $0.statePath = nil },
            { $0.statePath?.siblings.removeFirst() }, { $0.scheme = 1 }, { $0.epochHops = [[1]] },
            { $0.commit = .init() },
            { $0.commit?.index ^= 1 }, { $0.commit?.count += 1 }, { $0.commit?.path = [] }, { $0.commit?.ed25519 = [] },
            { $0.commit?.leaf?.nonce += 1 }, { $0.finality.which = .certificate([]) }, { $0.header.append(0) },
        ]
        return changes.map { change in
            var bundle = honest
            change(&bundle)
            return bundle
        }
    }
}

/// A state of facts and commits under one final header.
private struct World {
    let authority: SecretIdentity
    let agent: SecretIdentity
    let genesis: Genesis
    let batch: CommitBatch.Value
    let tree: JellyfishTree
    let store = MemoryStore()
    let header: BlockHeader
    let keys: [[UInt8]]

    init() throws {
        authority = try SecretIdentity(
            kind: .authority, name: "", seeds: Secret(copying: [UInt8](repeating: 1, count: 160)))
        agent = try SecretIdentity(kind: .agent, name: "", seeds: Secret(copying: [UInt8](repeating: 2, count: 160)))
        genesis = Genesis(poa: "interop", authority: authority.bundle, nodes: [authority.nodeID], time: .zero)
        let (network, author) = (genesis.networkID, agent.agentID)
        let leaves = (0..<11).map {
            CommitBatch.Leaf.Value(nonce: UInt64($0), expiryHeight: 100, body: [UInt8](repeating: 3, count: $0))
        }
        batch = try CommitLeaves.sign(leaves, network: network, agent: author, with: agent)
        let hashes = CommitLeaves.hashes(of: leaves, network: network, agent: author)
        let root = MerkleTree.root(of: hashes)
        let commits = zip(leaves, hashes).map { leaf, hash in
            JellyfishTree.Write(
                key: CommitKey(agent: author, nonce: leaf.nonce).bytes,
                value: CommitRecord(leafHash: hash, batchRoot: root, height: Height(1), outcome: 0).bytes)
        }
        let facts = (0..<30).map { JellyfishTree.Write(key: Array("fact/\($0)".utf8), value: [UInt8($0)]) }
        var tree = JellyfishTree(suite: genesis.hashSuite)
        let change = try tree.prepare(commits + facts, version: 1, in: store)
        var changes = Batch()
        change.put(into: &changes)
        try store.write(changes, sync: false)
        tree.adopt(change)
        self.tree = tree
        header = BlockHeader(
            network: network, height: Height(1), parent: network.digest,
            variant: .poa(term: Term(1), sequencer: authority.nodeID), payloadRoot: .zero, stateRoot: tree.rootHash,
            receiptsRoot: .zero, historyRoot: MerkleTree.emptyRoot, nextValidatorsHash: genesis.nextValidatorsHash,
            time: WallTime(milliseconds: 1))
        keys =
            [0, 4, 10].map { commits[$0].key } + [facts[3].key]
            + ["fact/none", "x"].map { Array($0.utf8) } + [CommitKey(agent: author, nonce: 99).bytes]
    }

    func bundle(for key: [UInt8]) throws -> ProofBundle.Value {
        let proven = try tree.prove(key, at: 1, in: store)
        let finality = try FinalitySignature.sign(header, scheme: genesis.scheme, with: authority)
        let certificate = ProofBundle.Certificate.Value(ed25519: finality.ed25519, mldsa65: finality.mldsa65)
        let commit = proven.value == nil ? nil : CommitKey(key).map { commitPath(Int($0.nonce)) }
        return ProofBundle.Value(
            version: 1, scheme: genesis.scheme.rawValue, genesis: genesis.canonicalBytes, header: header.canonicalBytes,
            finality: .init(which: .authority(certificate)), key: key, value: proven.value ?? [],
            present: proven.value != nil, statePath: proven.proof.schemaValue, commit: commit)
    }

    private func commitPath(_ index: Int) -> ProofBundle.CommitPath.Value {
        let hashes = CommitLeaves.hashes(of: batch.leaves, network: genesis.networkID, agent: agent.agentID)
        return ProofBundle.CommitPath.Value(
            leaf: batch.leaves[index], count: UInt32(hashes.count), index: UInt32(index),
            path: MerkleTree.path(to: index, of: hashes).map(\.bytes), agent: agent.bundle.schemaValue,
            ed25519: batch.ed25519, mldsa65: batch.mldsa65)
    }

    /// Our own verdict is what the judge is expected to say.
    func makeCase(_ bytes: [UInt8]) -> ProofInteropTests.Case {
        let verifier = ProofVerifier(network: genesis.networkID, verifier: SignatureVerifier())
        let holds = (try? verifier.verify(framed: bytes)) != nil
        return ProofInteropTests.Case(network: genesis.networkID.description, bundle: Hex.encode(bytes), holds: holds)
    }
}
