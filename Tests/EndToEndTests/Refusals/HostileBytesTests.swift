import Foundation
import Primitives
import Testing
import ZAP

extension EndToEnd {
    /// Bytes at the node's socket that no agent would send, while an agent works beside them.
    @Suite(.serialized) struct HostileBytes {
        /// The node hangs up on the sender, and nobody else notices.
        private func hangsUp(_ bytes: [UInt8]) async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            let wire = try Wire(node.socketPath)
            wire.send(bytes)
            try await eventually("the node hangs up") { wire.isOver }
            #expect(try await agent.commit("still here").state != .rejected)
            #expect(node.isRunning)
        }

        @Test("a frame of random bytes: the node hangs up, others work on") func random() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            var random = PRNG(seed: 3)
            for round in 0..<40 {
                let wire = try Wire(node.socketPath)
                // Sometimes a well-formed frame of random content, else random from the first byte.
                let words = UInt32(round % 7 + 1)
                let head: [UInt8] = [0, 0, 0, 0] + withUnsafeBytes(of: words.littleEndian) { Array($0) }
                wire.send((round % 2 == 0 ? head : [0xFF]) + random.bytes(Int(words) * 8 + 64))
                if round % 2 == 1 { try await eventually("the node hangs up on round \(round)") { wire.isOver } }
            }
            #expect(try await agent.commit("still here").state != .rejected)
            #expect(node.isRunning)
        }

        @Test("a length of 4 GiB: the node hangs up, others work on") func length() async throws {
            try await hangsUp([0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x1F])
            try await hangsUp([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
        }

        @Test("a half-open connection: it costs a connection and nothing else") func halfOpen() async throws {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            let silent = try (0..<200).map { _ in try Wire(node.socketPath) }
            let half = try Wire(node.socketPath)
            half.send([0, 0, 0, 0, 8, 0])
            for round in 0..<10 { #expect(try await agent.commit("round \(round)").state != .rejected) }
            #expect(try await node.info().agentCount == 1)
            let began = ContinuousClock.now
            try await node.stop()
            #expect(ContinuousClock.now - began < .seconds(20), "a drain doesn't wait for who never speaks")
            withExtendedLifetime((silent, half)) {}
        }
    }
}
