import AgentMesh
import CapnProtoRPC
import Foundation
import HanzoNode
import Logging
import MeshSchema
import NIOPosix
import NetworkDriver
import Primitives
import Settings
import Testing
import ZAP

extension EndToEnd {
    /// Who may stay at a node's TCP port, and what is left of a node that could not open it.
    @Suite(.serialized) struct Doors {
        private func turnedAway(_ fixture: NodeFixture) async throws -> Double {
            let candidate = Candidate(endpoint: .unix(path: fixture.socketPath), source: "test")
            let owner = try await OwnerClient.connect([candidate], tokenPath: fixture.settings.server.tokenPath)
            let metrics = try await owner.admin.status().value().metrics
            await owner.close()
            return try #require(metrics.first { $0.name == "hanzo_node_turned_away_total" }).value
        }

        @Test("a TCP connection that doesn't prove the token in time is closed, whatever it sends; one that does stays")
        func unproved() async throws {
            let fixture = try await NodeFixture(tcp: true, proofTimeout: "1s")
            let port = try #require(fixture.tcpPort)
            var configuration = fixture.configuration("ada")
            configuration.candidates = [
                Candidate(endpoint: .tcp(host: "127.0.0.1", port: UInt16(port)), source: "test")
            ]
            configuration.node = fixture.nodeID
            configuration.tokenPath = fixture.settings.server.tokenPath
            configuration.reconnects = false
            let agent = try await LightAgent.connect(configuration)
            let (silent, half, slow) = (try Wire(port: port), try Wire(port: port), try Wire(port: port))
            half.send([0, 0, 0, 0, 8, 0])
            // A header that announces 1 000 words, and then a byte now and then.
            slow.send([0, 0, 0, 0, 0xE8, 3, 0, 0])
            let talker = try await RPCConnection.connect(
                to: .tcp(host: "127.0.0.1", port: port), on: TestAgent.group.next())
            let hanzod = Hanzod.Client(talker.bootstrap)
            try await eventually(within: .seconds(30), "all of them are closed") {
                slow.send([0])
                let isTalking: Bool
                do {
                    _ = try await hanzod.info()
                    isTalking = true
                } catch { isTalking = false }
                return silent.isOver && half.isOver && slow.isOver && !isTalking
            }
            await talker.close()
            #expect(try await turnedAway(fixture) == 4)
            try await agent.commit(AgentWork.Value(result: "still here"))
            #expect(agent.isConnected)
            await agent.leave()
            await fixture.end()
        }

        @Test("only so many connections wait for their proof at a time") func crowd() async throws {
            let fixture = try await NodeFixture(tcp: true, proofTimeout: "60s")
            let port = try #require(fixture.tcpPort)
            let wires = try (0..<100).map { _ in try Wire(port: port) }
            try await eventually(within: .seconds(30), "36 of a hundred are closed") { wires.count { $0.isOver } == 36 }
            #expect(try await turnedAway(fixture) == 36)
            let agent = try await fixture.agent("ada")
            await agent.leave()
            await fixture.end()
        }

        @Test("services at a registration are refused by name, not forgotten") func services() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            await #expect {
                try await agent.join(node, lies: .init(services: [Service.Value(name: "search", interfaceId: 1)]))
            } throws: { ($0 as? RPCException)?.reason.hasPrefix("notInThisBuild: ") == true }
        }

        @Test("a start that fails leaves neither threads nor locks behind") func failedStart() async throws {
            let fixture = try await NodeFixture(tcp: true)
            let port = try #require(fixture.tcpPort)
            let folder = "/tmp/hz-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            func settings(_ listen: String) throws -> NodeSettings {
                let text = "[node]\ndata_dir = \"\(folder)/node\"\n[zap_server]\nlisten = \"\(listen)\"\n"
                return try NodeSettings.resolve(Inputs(file: .init(name: "t", text: text), home: folder)).validated()
            }
            let taken = try settings("127.0.0.1:\(port)")
            _ = try Founding.perform(taken, time: WallTime(milliseconds: 1_700_000_000_000))
            let before = try threadCount()
            for _ in 0..<10 {
                await #expect { _ = try await start(taken) } throws: { ($0 as? NodeError)?.code == .inUse }
            }
            // Ten that stay would have thirty threads and more.
            try await eventually("the threads end") { try threadCount() < before + 15 }
            let node = try await start(try settings("off"))
            await node.stop()
            await fixture.end()
            try FileManager.default.removeItem(atPath: folder)
        }

        private func start(_ settings: NodeSettings) async throws -> Node {
            var logger = Logger(label: "node")
            logger.logLevel = .critical
            return try await Node.start(settings, version: "test", logger: logger)
        }

        private func threadCount() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        }
    }
}
