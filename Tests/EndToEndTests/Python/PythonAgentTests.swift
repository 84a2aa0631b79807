import CapnProto
import CapnProtoRPC
import Certificates
import Foundation
import MeshSchema
import Primitives
import Testing
import ZAP

extension EndToEnd {
    /// Examples/python/agent.py: an agent over PyPI's Cap'n Proto and Python's own cryptography.
    @Suite(.serialized) struct Python {
        private var script: String { Programs.repository + "/Examples/python/agent.py" }

        @Test("agent.py has fewer than 200 lines") func length() throws {
            #expect(
                try String(contentsOfFile: script, encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false
                ).count <= 200)  // the last line ends
        }

        @Test("agent.py registers, sends, receives, claims a task and commits") func works() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("swift-agent")
            try await agent.join(node)
            try await agent.commit(.offerTask(OfferTask.Value(taskId: "t-1", taskType: "code", leaseMs: 60_000)))
            let child = try Child(
                Programs.python,
                [
                    script, "run", "--addr", "unix:" + node.socketPath, "--name", "snake", "--to", "swift-agent",
                    "--text", "hello",
                    "--claim", "t-1", "--commit", "from Python", "--stay", "60",
                ], environment: ["HANZOD_NODE_ID": try node.id.digest.hex])
            let mail = try await agent.receive()
            #expect(mail.text == "hello" && mail.senderName == "snake")
            try await agent.send("hello snake", to: mail.sender)
            try await eventually("agent.py has done everything: \(child.errors)") {
                guard child.isRunning else { throw Disappointment("agent.py ended: \(child.errors)") }
                let happened = Set(Self.events(child).keys)
                return happened.isSuperset(of: ["joined", "sent", "claimed", "completed", "committed", "message"])
            }
            let events = Self.events(child)
            child.signal(SIGTERM)
            #expect(["stored", "delivered", "acknowledged"].contains(events["sent"]?["tier"] as? String))
            #expect(events["claimed"]?["fence"] as? Int == 1 && events["completed"]?["state"] as? String == "included")
            #expect(events["message"]?["text"] as? String == "hello snake")
            let key = try #require(events["committed"]?["key"] as? String)
            #expect(try await node.value(Array(key.utf8), in: agent.network) != nil)
            let answer = try await agent.session.task(
                AgentSession.Task.Params.Value(network: agent.network.bytes, taskId: "t-1"))
            let task = try answer.value().record
            #expect(task?.state == "done" && task?.holder == mail.sender.bytes && task?.result == Array("done".utf8))
        }

        private static func events(_ child: Child) -> [String: [String: Any]] {
            let lines = child.output.split(separator: "\n")
                .compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
            return Dictionary(lines.compactMap { line in (line["event"] as? String).map { ($0, line) } }) { $1 }
        }

        @Test("agent.py and hanzo-dev verify a thousand proof bundles") func proofs() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            let receipts = try await commitThousand(agent)
            let last = receipts.map(\.height).max() ?? 0
            try await eventually("all blocks are final") { try await node.network().finalHeight >= last }
            let folder = node.directory + "/proofs"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            let files = try await export(
                receipts.map { CommitKey(agent: agent.id, nonce: $0.nonce) }, from: agent, to: folder)
            let network = agent.network.digest.hex
            let checked = try await Programs.run(Programs.python, [script, "verify", "--network", network] + files)
            #expect(checked.status == 0, "\(checked.errors)")
            #expect(checked.objects.count { $0["valid"] as? Bool == true && $0["present"] as? Bool == true } == 1_000)
            let swift = try await Programs.run(
                Programs.hanzoDev, ["verify", "--network", network, files[500], "--json"])
            #expect(swift.status == 0 && swift.objects.last?["valid"] as? Bool == true, "\(swift)")
            try await refuseTampered(files[0], network)
        }

        private func commitThousand(_ agent: TestAgent) async throws -> [ZAP.CommitReceipt.Value] {
            var receipts: [ZAP.CommitReceipt.Value] = []
            for batch in 0..<32 {
                // Batches of many sizes, because their paths have many shapes.
                let count = batch == 31 ? 1_000 - receipts.count : 17 + batch
                let works = (0..<count).map { Transaction.Which.commit(AgentWork.Value(result: "\(batch).\($0)")) }
                receipts += try await agent.commit(agent.sign(works))
            }
            #expect(receipts.count == 1_000 && receipts.allSatisfy { $0.state == .included || $0.state == .final })
            return receipts
        }

        private func export(_ keys: [CommitKey], from agent: TestAgent, to folder: String) async throws -> [String] {
            var files: [String] = []
            for (number, key) in keys.enumerated() {
                let params = AgentSession.ReadState.Params.Value(
                    network: agent.network.bytes, key: key.bytes, prove: true)
                let answer = try await agent.session.readState(params).value()
                files.append("\(folder)/\(number).proof")
                try Data(answer.bundle).write(to: URL(filePath: files[number]))
            }
            return files
        }

        /// One byte of anything that counts, and both verifiers refuse.
        private func refuseTampered(_ file: String, _ network: String) async throws {
            let bundle = FileManager.default.contents(atPath: file).map { [UInt8]($0) } ?? []
            var value = try ProofBundle.Value(framed: bundle)
            value.value[0] ^= 1
            var header = try ProofBundle.Value(framed: bundle)
            header.header[100] ^= 1
            for (name, tampered) in [("value", value), ("header", header)] {
                let path = "\(file).\(name)"
                try Data(tampered.framed()).write(to: URL(filePath: path))
                #expect(
                    try await Programs.run(Programs.python, [script, "verify", "--network", network, path]).status == 1)
                #expect(try await Programs.run(Programs.hanzoDev, ["verify", "--network", network, path]).status == 1)
            }
            let other = String(repeating: "0", count: 64)
            #expect(try await Programs.run(Programs.python, [script, "verify", "--network", other, file]).status == 1)
            #expect(try await Programs.run(Programs.hanzoDev, ["verify", "--network", other, file]).status == 1)
        }
    }
}
