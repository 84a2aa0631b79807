import CapnProto
import CapnProtoRPC
import Certificates
import Foundation
import HanzoNode
import MeshCrypto
import MeshSchema
import Primitives
import Settings
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

        /// A node that runs, as the command line reaches it.
        private struct Exporter {
            let directory: String
            let network: NetworkID
            let arguments: [String]

            init(_ node: NodeProcess) throws {
                (directory, network) = (node.directory, try node.networkID())
                arguments = ["--config", node.configurationPath]
            }

            init(directory: String, network: String) throws {
                self.directory = directory
                self.network = try NodeProcess.networkID(network, in: directory)
                arguments = ["--data-dir", directory]
            }

            func bundle(of key: String) async throws -> ProofBundle.Value {
                let file = directory + "/exported.proof"
                let output = try await Programs.run(
                    Programs.hanzod, ["state", "get", key, "--proof", file, "--json"] + arguments)
                guard output.status == 0, let bytes = FileManager.default.contents(atPath: file) else {
                    throw Disappointment("no proof of \(key): \(output.errors)")
                }
                let bundle = try ProofBundle.Value(framed: [UInt8](bytes))
                #expect(bundle.key == Array(key.utf8))
                return bundle
            }

            /// The state root of the header that the network's authority signed.
            func verifiedRoot(_ bundle: ProofBundle.Value) throws -> Digest {
                try ProofVerifier(network: network, verifier: SignatureVerifier()).verify(bundle).header.stateRoot
            }
        }

        @Test("libra-core accepts proofs of a running hanzod and rejects tampered ones") func libraCore() async throws {
            let node = try NodeProcess(hashSuite: "libra")
            try await node.start()
            try await judge(try await fill(node), of: Exporter(node))
        }

        @Test("libra-core accepts proofs of a running hanzod dev under load; an interrupt stops it and leaves a whole state")
        func showcase() async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "dev-\(UUID().uuidString.prefix(8))").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let child = try Child(
                Programs.hanzod,
                ["dev", "--hash-suite", "libra", "--agents", "3", "--seconds", "3600", "--keep", folder, "--json"])
            try await eventually(within: .seconds(120), "the agents work: \(child.errors)") {
                guard child.isRunning else { throw Disappointment("hanzod dev ended: \(child.errors)") }
                return child.errors.contains("commits")
            }
            let exporter = try Exporter(directory: folder, network: "dev")
            let present = try await keys(of: exporter)
            #expect(present.contains { $0.hasPrefix("commit/") })
            try await judge(present + present.indices.map { "name/nobody-\($0)" }, of: exporter)
            child.signal(SIGINT)
            #expect(try await child.ended() == 1)
            let shown = try await Programs.run(Programs.hanzod, ["state", "show", "--data-dir", folder, "--json"])
            #expect(shown.status == 0, "\(shown.errors)")
        }

        /// The judge holds every proof and refuses every tampered one. The second half of `keys` isn't in the state.
        private func judge(_ keys: [String], of exporter: Exporter) async throws {
            var cases: [Case] = []
            var present = 0
            for key in keys {
                let bundle = try await exporter.bundle(of: key)
                let root = try exporter.verifiedRoot(bundle)
                cases.append(try Case(bundle, root: root, holds: true))
                cases += try Self.tampered(bundle).map { try Case($0, root: root, holds: false) }
                cases.append(try Case(bundle, root: sha256(root.bytes), holds: false))
                present += bundle.present ? 1 : 0
            }
            #expect(present == keys.count / 2)
            let input = exporter.directory + "/cases.json"
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

        /// A dozen keys of a node's state, commits among them, all of them certified.
        private func keys(of exporter: Exporter) async throws -> [String] {
            let socket = Candidate(endpoint: .unix(path: exporter.directory + "/hanzod.sock"), source: "test")
            let client = try await OwnerClient.connect([socket], tokenPath: exporter.directory + "/token")
            let answer = try await client.admin.keys(
                NodeAdmin.Keys.Params.Value(network: exporter.network.bytes, prefix: Array("commit/".utf8), after: [], limit: 10))
            let commits = try NodeAdmin.Keys.Results.Value(answer.results).keys
            await client.close()
            return commits.map { String(decoding: $0, as: UTF8.self) } + ["meta/counts", "name/agent-1"]
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
