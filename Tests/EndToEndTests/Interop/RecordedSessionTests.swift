import CapnProto
import CapnProtoRPC
import Certificates
import Foundation
import MeshSchema
import Primitives
import Testing
import ZAP

extension EndToEnd {
    /// What goes over the socket, read by Debian's `capnp`: it knows the protocol's schema and nothing of us.
    @Suite(.serialized) struct RecordedSession {
        @Test("a recorded ZAP session decodes with Debian's capnp, both ways") func decodes() async throws {
            let node = try await NodeProcess.start()
            let tap = try Tap(from: node.directory + "/tap.sock", to: node.socketPath)
            let agent = try TestAgent("recorded")
            try await agent.join(socketPath: tap.path, network: node.networkID(), node: node.id)
            try await work(agent, node)
            await agent.disconnect()
            try await eventually("both ends have closed") { tap.isOver }

            let sent = try await decode(tap.recording(.fromAgent), in: node.directory)
            let received = try await decode(tap.recording(.fromNode), in: node.directory)
            #expect(sent.first?.hasPrefix("(bootstrap = ") == true, "\(sent.first ?? "nothing")")
            #expect(received.first?.hasPrefix("(return = ") == true, "\(received.first ?? "nothing")")
            // Both sides call and answer: the node calls the agent's inbox.
            for lines in [sent, received] {
                #expect(lines.contains { $0.hasPrefix("(call = ") } && lines.contains { $0.hasPrefix("(return = ") })
                #expect(!lines.contains { $0.hasPrefix("(unimplemented = ") || $0.hasPrefix("(abort = ") })
            }
            #expect(sent.contains { $0.hasPrefix("(finish = ") })
            // The refusal came as an exception with its code.
            #expect(received.contains { $0.contains("unknownRecipient: ") })
        }

        /// Registers, commits, reads with proof, sends, receives, and is refused something.
        private func work(_ agent: TestAgent, _ node: NodeProcess) async throws {
            let peer = try TestAgent("peer")
            try await peer.join(node)
            let receipt = try await agent.commit("recorded work")
            try await eventually("the block is final") { try await node.network().finalHeight >= receipt.height }
            let key = CommitKey(agent: agent.id, nonce: receipt.nonce)
            let params = AgentSession.ReadState.Params.Value(network: agent.network.bytes, key: key.bytes, prove: true)
            #expect(try await agent.session.readState(params).value().present)
            try await agent.send("ping", to: peer.id)
            #expect(try await peer.receive().text == "ping")
            try await peer.send("pong", to: agent.id)
            #expect(try await agent.receive().text == "pong")
            await #expect(throws: (any Error).self) { try await agent.send("to nobody", to: AgentID(PRNG.digest())) }
        }

        /// - Returns: one line a message; the whole stream has to decode, to its last byte.
        private func decode(_ bytes: [UInt8], in folder: String) async throws -> [String] {
            let file = folder + "/recording"
            try Data(bytes).write(to: URL(filePath: file))
            let schemas = Programs.repository + "/schema"
            let command = "capnp decode -I\(schemas) --short \(schemas)/capnp/rpc.capnp Message < \(file)"
            let output = try await Programs.run("/bin/sh", ["-c", command])
            #expect(output.status == 0 && output.errors.isEmpty, "\(output.errors)")
            let lines = output.text.split(separator: "\n").map(String.init)
            #expect(lines.count == Self.messageCount(of: bytes))
            return lines
        }

        /// How many stream-framed messages there are, counted by their headers alone.
        private static func messageCount(of bytes: [UInt8]) -> Int? {
            func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
            var (offset, count) = (0, 0)
            while offset + 8 <= bytes.count {
                let segments = word(offset) + 1
                let header = (4 * (1 + segments) + 7) / 8 * 8
                guard offset + header <= bytes.count else { return nil }
                offset += header + 8 * (0..<segments).reduce(0) { $0 + word(offset + 4 + 4 * $1) }
                count += 1
            }
            return offset == bytes.count ? count : nil
        }

        @Test("capnp compile accepts every schema") func compiles() async throws {
            let schemas = Programs.repository + "/schema"
            for name in ["agent-mesh", "state", "zap", "swift", "capnp/rpc", "capnp/schema"] {
                let command = "capnp compile -I\(schemas) -o- \(schemas)/\(name).capnp | wc -c"
                let output = try await Programs.run("/bin/bash", ["-o", "pipefail", "-c", command])
                #expect(output.status == 0 && output.errors.isEmpty, "\(name): \(output.errors)")
                let byteCount = Int(output.text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
                #expect(byteCount > 100, "\(name)")
            }
        }
    }
}
