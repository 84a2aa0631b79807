import CapnProto
import Certificates
import Foundation
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Testing
import ZAP

extension EndToEnd {
    /// Proofs that `hanzod state get KEY --proof FILE` exports from a running node, under a judge that shares no line with it.
    @Suite(.serialized) struct LibraProofs {
        private struct Case: Encodable {
            var root: String
            var key: String
            var value: String?
            var leafKey: String?
            var leafValue: String?
            var siblings: [String]
            /// What the judge has to say.
            var holds: Bool

            init(_ bundle: ProofBundle.Value, root: Digest, holds: Bool) throws {
                let path = try #require(bundle.statePath)
                self.root = root.hex
                key = StateTree.HashSuite.libra.keyHash(bundle.key).hex
                value = bundle.present ? Hex.encode(bundle.value) : nil
                leafKey = path.leafKey.isEmpty ? nil : Hex.encode(path.leafKey)
                leafValue = path.leafValue.isEmpty ? nil : Hex.encode(path.leafValue)
                siblings = path.siblings.map { Hex.encode($0) }
                self.holds = holds
            }
        }

        @Test("libra-core accepts proofs of a running hanzod and rejects tampered ones") func libraCore() async throws {
            let node = try NodeProcess(hashSuite: "libra")
            try await node.start()
            let keys = try await fill(node)
            var cases: [Case] = []
            var present = 0
            for key in keys {
                let bundle = try await export(key, from: node)
                let root = try verifiedRoot(bundle, node)
                cases.append(try Case(bundle, root: root, holds: true))
                cases += try Self.tampered(bundle).map { try Case($0, root: root, holds: false) }
                cases.append(try Case(bundle, root: sha256(root.bytes), holds: false))
                present += bundle.present ? 1 : 0
            }
            #expect(present == keys.count / 2)
            let input = node.directory + "/cases.json"
            try JSONEncoder().encode(cases).write(to: URL(filePath: input))
            let judge = Programs.repository + "/Tests/InteropTests/Judges/libra-judge.py"
            let verdict = try await Programs.run("/bin/sh", ["-c", "\(Programs.python) \(judge) < \(input)"])
            let refused = cases.count - keys.count
            #expect(verdict.text == "held \(keys.count) refused \(refused) wrong 0\n", "\(verdict)")
            #expect(refused > 5 * keys.count)
        }

        /// Commits, and waits until all is final.
        /// - Returns: keys that are there, then as many that aren't.
        private func fill(_ node: NodeProcess) async throws -> [String] {
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            let works = (0..<40).map { Transaction.Which.commit(AgentWork.Value(result: "work \($0)")) }
            let receipts = try await agent.commit(agent.sign(works))
            let last = receipts.map(\.height).max() ?? 0
            try await eventually("all blocks are final") { try await node.network().finalHeight >= last }
            let commits = receipts.prefix(10).map {
                String(decoding: CommitKey(agent: agent.id, nonce: $0.nonce).bytes, as: UTF8.self)
            }
            let present = commits + ["meta/counts", "name/dev-1"]
            return present + present.indices.map { "name/nobody-\($0)" }
        }

        private func export(_ key: String, from node: NodeProcess) async throws -> ProofBundle.Value {
            let file = node.directory + "/exported.proof"
            let output = try await Programs.run(
                Programs.hanzod, ["state", "get", key, "--proof", file, "--config", node.configurationPath, "--json"])
            guard output.status == 0, let bytes = FileManager.default.contents(atPath: file) else {
                throw Disappointment("no proof of \(key): \(output.errors)")
            }
            let bundle = try ProofBundle.Value(framed: [UInt8](bytes))
            #expect(bundle.key == Array(key.utf8))
            return bundle
        }

        /// The state root of the header that the network's authority signed.
        private func verifiedRoot(_ bundle: ProofBundle.Value, _ node: NodeProcess) throws -> Digest {
            let verifier = ProofVerifier(network: try node.networkID(), verifier: SignatureVerifier())
            return try verifier.verify(bundle).header.stateRoot
        }

        /// Every sibling zeroed or left out, the value or its absence changed, the leaf left out or changed.
        private static func tampered(_ bundle: ProofBundle.Value) throws -> [ProofBundle.Value] {
            let path = try #require(bundle.statePath)
            func with(_ change: (inout ProofBundle.StatePath.Value) -> Void) -> ProofBundle.Value {
                var (changed, path) = (bundle, path)
                change(&path)
                changed.statePath = path
                return changed
            }
            var found: [ProofBundle.Value] = []
            for index in path.siblings.indices {
                found.append(with { $0.siblings[index] = Digest.zero.bytes })
                found.append(with { $0.siblings.remove(at: index) })
            }
            if !path.leafKey.isEmpty {
                found.append(with { ($0.leafKey, $0.leafValue) = ([], []) })
                found.append(with { $0.leafValue[0] ^= 1 })
            }
            var other = bundle
            other.present.toggle()
            other.value = other.present ? [1] : []
            return found + [other]
        }
    }
}
