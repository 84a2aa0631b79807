import CapnProto
import Certificates
import Foundation
import MeshSchema
import Primitives
import Testing
import ZAP

extension EndToEnd {
    /// What `hanzod` shows of a node that has more of it than one page holds.
    @Suite(.serialized) struct OwnerLists {
        @Test("tasks list and mail ls show all, also beyond a page of a thousand") func beyondOnePage() async throws {
            let node = try await NodeProcess.start()
            let (ada, absent) = (try TestAgent("ada"), try TestAgent("absent"))
            try await ada.join(node)
            try await absent.join(node)
            await absent.disconnect()
            let names = (0..<1_100).map { "task-\($0)" }
            for part in [names[..<600], names[600...]] {
                let offers = part.map { id in
                    Transaction.Which.offerTask(OfferTask.Value(taskId: id, taskType: "code", description: "write it"))
                }
                #expect(try await ada.commit(ada.sign(offers)).allSatisfy { $0.state != .rejected })
            }
            for _ in 0..<11 {
                let envelopes = try (0..<100).map { try ada.write("\($0)", to: absent.id) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for envelope in envelopes { group.addTask { _ = try await ada.send(envelope, wait: .accepted) } }
                    try await group.waitForAll()
                }
            }
            let arguments = ["--config", node.configurationPath]
            let tasks = try await Programs.run(Programs.hanzod, ["tasks", "list", "-q"] + arguments)
            #expect(tasks.status == 0 && Set(lines(tasks)) == Set(names) && lines(tasks).count == 1_100)
            let mail = try await Programs.run(Programs.hanzod, ["mail", "ls", "-q"] + arguments)
            #expect(mail.status == 0 && lines(mail).count == 1_100 && Set(lines(mail)).count == 1_100)
            let some = try await Programs.run(Programs.hanzod, ["mail", "ls", "-q", "--limit", "1050"] + arguments)
            #expect(lines(some) == Array(lines(mail).prefix(1_050)))
        }

        private func lines(_ output: Programs.Output) -> [String] {
            output.text.split(separator: "\n").map(String.init)
        }

        @Test("verify says of a proven commit whether the network applied it, and a rejected one is status 1")
        func rejectedCommit() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("ada")
            try await agent.join(node)
            let network = try node.networkID().description
            let works: [(Transaction.Which, status: Int32, outcome: String, word: String)] = [
                (.commit(AgentWork.Value(result: "done")), 0, "applied", "valid"),
                (.claimTask(ClaimTask.Value(taskId: "none")), 1, "unknownTask", "rejected"),
            ]
            for (work, status, outcome, word) in works {
                let receipt = try await agent.commit(work)
                let key = String(decoding: CommitKey(agent: agent.id, nonce: receipt.nonce).bytes, as: UTF8.self)
                let file = node.directory + "/\(outcome).proof"
                try await eventually("the block is final") {
                    let got = try await Programs.run(
                        Programs.hanzod, ["state", "get", key, "--proof", file, "--config", node.configurationPath])
                    guard got.status == 0 else { return false }
                    let bundle = try ProofBundle.Value(
                        framed: [UInt8](FileManager.default.contents(atPath: file) ?? Data()))
                    return bundle.present
                }
                let checked = try await Programs.run(
                    Programs.hanzoDev, ["verify", "--network", network, file, "--json"])
                #expect(checked.status == status, "\(checked.errors)")
                let report = try #require(checked.objects.first)
                #expect(report["valid"] as? Bool == true && report["outcome"] as? String == outcome)
                let quiet = try await Programs.run(Programs.hanzoDev, ["verify", "--network", network, file, "-q"])
                #expect(quiet.text == "\(word) \(file)\n")
            }
        }
    }
}
