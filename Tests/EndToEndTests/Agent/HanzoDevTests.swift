import Foundation
import Primitives
import Testing

@testable import AgentMesh

/// The program `hanzo-dev` against a node: its verbs, its JSON, its exit statuses.
@Suite(.serialized) struct HanzoDevTests {
    /// Runs a verb as the agent of this name.
    private func run(_ fixture: NodeFixture, _ arguments: String...) async throws -> Programs.Output {
        let child = try start(fixture, arguments)
        let status = try await child.ended(within: .seconds(60))
        return Programs.Output(status: status, text: child.output, errors: child.errors)
    }

    private func start(_ fixture: NodeFixture, _ arguments: [String]) throws -> Child {
        try Child(
            Programs.hanzoDev, arguments + ["--addr", fixture.socketPath],
            environment: ["HOME": fixture.folder, "SWIFT_BACKTRACE": "enable=no"])
    }

    private func first(_ output: Programs.Output) throws -> [String: Any] {
        try #require(output.objects.first, "\(output.errors)")
    }
    private func receipt(_ output: Programs.Output) throws -> [String: Any] {
        try #require((try first(output)["receipts"] as? [[String: Any]])?.first)
    }

    @Test func `every verb does what it says, in JSON, with its exit status`() async throws {
        let fixture = try await NodeFixture()
        let commit = try await run(fixture, "commit", "--agent-name", "bob", "--result", "done", "--final", "--json")
        #expect(commit.status == 0)
        #expect(try receipt(commit)["state"] as? String == "final" && first(commit)["network"] as? String == "team")

        let offer = try await run(fixture, "task", "offer", "t1", "--agent-name", "bob", "--lease", "1m", "--json")
        let claim = try await run(fixture, "task", "claim", "t1", "--agent-name", "cy", "--json")
        #expect(offer.status == 0 && claim.status == 0)
        #expect(try receipt(claim)["fence"] as? Int == 1)
        let again = try await run(fixture, "task", "claim", "t1", "--agent-name", "dee", "--json")
        #expect(again.status == 1)
        #expect(try receipt(again)["state"] as? String == "rejected")
        let stale = try await run(fixture, "task", "complete", "t1", "--fence", "2", "--agent-name", "cy")
        #expect(stale.status == 1 && stale.errors.contains("staleFence"))
        let done = try await run(
            fixture, "task", "complete", "t1", "--fence", "1", "--agent-name", "cy", "--result", "ok")
        #expect(done.status == 0)
        let tasks = try await run(fixture, "task", "list", "--agent-name", "cy", "--json")
        let task = try #require((try first(tasks)["tasks"] as? [[String: Any]])?.first)
        #expect(task["state"] as? String == "done" && task["result"] as? String == "6f6b")

        let unknown = try await run(fixture, "send", "nobody", "x", "--agent-name", "bob", "--json")
        #expect(unknown.status == 6 && unknown.errors.contains("\"not_found\""))
        let sent = try await run(fixture, "send", "cy", "hello", "--agent-name", "bob", "--json")
        #expect(try first(sent)["tier"] as? String == "stored")
        let received = try await run(fixture, "recv", "--count", "1", "--agent-name", "cy", "--json")
        #expect(try first(received)["text"] as? String == "hello" && first(received)["sender_name"] as? String == "bob")
        #expect(try first(received)["id"] as? String == first(sent)["id"] as? String)
        let empty = try await run(fixture, "recv", "--count", "1", "--timeout", "300ms", "--agent-name", "cy")
        #expect(empty.status == 5)

        let status = try await run(fixture, "mesh", "status", "--agent-name", "bob", "--json")
        #expect(try first(status)["id"] as? String == fixture.nodeID?.description)
        let peers = try await run(fixture, "mesh", "peers", "--agent-name", "bob", "-q")
        #expect(peers.text.split(separator: "\n").count == 3)
        let network = try await run(fixture, "mesh", "status", "--agent-name", "bob", "--network", "other")
        #expect(network.status == 6 && network.errors.contains("team"))
        await fixture.end()
        let gone = try await run(fixture, "mesh", "status", "--agent-name", "bob", "--json")
        #expect(gone.status == 3 && gone.errors.contains("unreachable"))
    }

    @Test func `agents without a name take the next one, and leave when they are told to`() async throws {
        let fixture = try await NodeFixture()
        let children = try (0..<3).map { _ in try start(fixture, ["--agent-role", "cto", "--json"]) }
        #expect(try await eventually { children.allSatisfy { $0.output.contains("\"joined\"") } })
        let watcher = try await fixture.agent("watcher")
        let names = try await watcher.agents(role: "cto")
        #expect(names.map(\.name) == ["cto", "cto-2", "cto-3"])
        #expect(names.allSatisfy { $0.isOnline && $0.state == "idle" && $0.processID > 0 })
        for child in children { child.signal(SIGTERM) }
        for child in children {
            let status = try await child.ended()
            #expect(status == 0 && child.output.contains("\"left\""))
        }
        await fixture.end()
    }

    @Test func `a joined agent that another one fences says so and ends with 4`() async throws {
        let fixture = try await NodeFixture()
        let joined = try start(fixture, ["--agent-name", "ada", "--json"])
        #expect(try await eventually { joined.output.contains("\"joined\"") })
        let verb = try await run(fixture, "commit", "--agent-name", "ada", "--result", "elsewhere")
        #expect(verb.status == 0)
        let status = try await joined.ended()
        #expect(status == 4 && joined.output.contains("\"fenced\"") && joined.errors.contains("\"denied\""))
        await fixture.end()
    }

    @Test func `a killed receiver loses nothing, and what it may have seen comes marked`() async throws {
        let fixture = try await NodeFixture()
        let ada = try await fixture.agent("ada")
        var lives = [try start(fixture, ["--agent-name", "bob", "--json"])]
        #expect(try await eventually { lives[0].output.contains("\"joined\"") })
        let bob = try await ada.agentID(of: "bob")
        let count = 40
        let sending = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<count {
                    group.addTask { try await ada.send(Draft(text: "\(index)"), to: bob, wait: .acknowledged) }
                }
                try await group.waitForAll()
            }
        }
        for pause in [7, 40, 15, 60] {
            try await Task.sleep(for: .milliseconds(pause))
            lives[lives.count - 1].signal(SIGKILL)
            _ = try await lives[lives.count - 1].ended()
            lives.append(try start(fixture, ["--agent-name", "bob", "--json"]))
            let newest = lives[lives.count - 1]
            #expect(try await eventually { newest.output.contains("\"joined\"") })
        }
        try await sending.value
        var seen: [String: Int] = [:]
        for life in lives {
            for object in Programs.Output(status: 0, text: life.output, errors: "").objects
            where object["event"] as? String == "message" {
                let text = try #require(object["text"] as? String)
                if seen[text, default: 0] > 0 {
                    #expect(object["redelivered"] as? Bool == true, "\(text) came again unmarked")
                }
                seen[text, default: 0] += 1
            }
        }
        #expect(seen.count == count)
        lives.last?.signal(SIGTERM)
        await fixture.end()
    }
}
