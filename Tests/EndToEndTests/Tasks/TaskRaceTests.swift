import CapnProtoRPC
import MeshSchema
import Primitives
import Synchronization
import Testing
import ZAP

extension EndToEnd {
    /// Many agents, few tasks, and holders that vanish.
    @Suite(.serialized) struct Tasks {
        /// A claim that was made, and whether its maker went on with it.
        private struct Claim: Sendable {
            var agent: TestAgent
            var taskID: String
            var fence: UInt64
        }

        @Test("a hundred agents race for fifty tasks: each is done once") func race() async throws {
            let node = try NodeProcess(heartbeat: "250ms")
            try await node.start()
            let agents = try await Crowd.join(node, 100)
            let offerer = try TestAgent("offerer")
            try await offerer.join(node)
            let offers = (0..<50).map {
                Transaction.Which.offerTask(OfferTask.Value(taskId: "t-\($0)", taskType: "code", leaseMs: 8_000))
            }
            let offered = try await offerer.commit(offerer.sign(offers))
            #expect(offered.allSatisfy { $0.state != .rejected })
            let (claims, killed) = try await claimAll(agents)
            #expect(Set(claims.map(\.taskID)).count == 50 && claims.count == 50, "each is claimed by one")
            try await finishAll(claims.filter { !killed.contains($0.taskID) })
            #expect(try await count("done", offerer) == 50 - killed.count)

            // The holders of the others are gone; their leases lapse, others take over, and they come back too late.
            try await eventually(within: .seconds(60), "the leases lapse") {
                try await count("offered", offerer) == killed.count
            }
            let workers = agents.filter { agent in !claims.contains { $0.agent === agent } }
            let (again, _) = try await claimAll(workers, sparing: killed.count)
            #expect(
                Set(again.map(\.taskID)) == killed && again.count == killed.count && again.allSatisfy { $0.fence == 2 })
            try await refuseZombies(claims.filter { killed.contains($0.taskID) }, node)
            try await finishAll(again)
            #expect(try await count("done", offerer) == 50)
        }

        /// Everybody tries one open task after the other until it has one; some who have one lose their connection.
        private func claimAll(_ agents: [TestAgent], sparing count: Int? = nil) async throws -> (
            [Claim], killed: Set<String>
        ) {
            let claims = Mutex<[Claim]>([])
            try await Crowd.each(agents) { agent in
                while let task = try await Self.tasks("offered", agent).randomElement() {
                    let receipt = try await agent.commit(.claimTask(ClaimTask.Value(taskId: task)))
                    guard receipt.state == .rejected else {
                        return claims.withLock { $0.append(Claim(agent: agent, taskID: task, fence: receipt.fence)) }
                    }
                    #expect(receipt.reason.hasPrefix("wrongTaskState"))
                }
            }
            let made = claims.withLock { $0 }
            let lost = count == nil ? made.sorted { $0.taskID < $1.taskID }.prefix(10) : []
            for claim in lost { await claim.agent.disconnect() }
            return (made, Set(lost.map(\.taskID)))
        }

        private func finishAll(_ claims: [Claim]) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for claim in claims {
                    group.addTask {
                        let receipt = try await Self.finish(claim)
                        #expect(receipt.state != .rejected)
                    }
                }
                try await group.waitForAll()
            }
        }

        private static func finish(_ claim: Claim) async throws -> ZAP.CommitReceipt.Value {
            try await claim.agent.commit(
                .completeTask(
                    FinishTask.Value(taskId: claim.taskID, fence: claim.fence, result: Array(claim.agent.name.utf8))))
        }

        /// Those who were cut off come back and want to finish what is no longer theirs.
        private func refuseZombies(_ claims: [Claim], _ node: NodeProcess) async throws {
            for claim in claims {
                try await claim.agent.join(node)
                let late = try await Self.finish(claim)
                #expect(late.state == .rejected && late.reason.hasPrefix("staleFence"), "\(late)")
                let work = AgentWork.Value(taskId: claim.taskID, fence: claim.fence, result: "late")
                #expect(try await claim.agent.commit(.commit(work)).reason.hasPrefix("staleFence"))
            }
        }

        private static func tasks(_ state: String, _ agent: TestAgent) async throws -> [String] {
            let params = AgentSession.Tasks.Params.Value(network: agent.network.bytes, state: state, limit: 1_000)
            return try await agent.session.tasks(params).value().tasks.map(\.taskId)
        }

        private func count(_ state: String, _ agent: TestAgent) async throws -> Int {
            try await Self.tasks(state, agent).count
        }
    }
}
