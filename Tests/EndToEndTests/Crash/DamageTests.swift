import Certificates
import Foundation
import MeshSchema
import Testing
import ZAP

extension EndToEnd {
    /// A disk that lies: what can be repaired is, what cannot is named.
    @Suite(.serialized) struct Damage {
        /// A node that was killed after some commits, and the segment that holds them.
        private func killedNode() async throws -> (node: NodeProcess, segment: String, last: CommitKey) {
            let node = try await NodeProcess.start()
            let agent = try TestAgent("dev-1")
            try await agent.join(node)
            var nonce: UInt64 = 0
            for number in 0..<30 { nonce = try await agent.commit("work \(number)").nonce }
            try await node.kill()
            let folder = node.directory + "/journal"
            let segment = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).sorted().last)
            return (node, folder + "/" + segment, CommitKey(agent: agent.id, nonce: nonce))
        }

        private func flip(_ path: String, at offset: Int) throws {
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            try file.seek(toOffset: UInt64(offset))
            let byte = try #require(try file.read(upToCount: 1)?.first)
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: [byte ^ 0x10])
            try file.close()
        }

        /// Behind the last record there are zeros.
        private func usedByteCount(_ path: String) throws -> Int {
            let bytes = try #require(FileManager.default.contents(atPath: path))
            return (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        }

        @Test("a flipped byte in the middle of the journal is detected and named") func flippedByte() async throws {
            let (node, segment, last) = try await killedNode()
            let offset = try usedByteCount(segment) / 2
            try flip(segment, at: offset)
            let started = try node.launch()
            #expect(try await started.ended() == 1)
            #expect(started.errors.contains("segment-") && started.errors.contains("journal"), "\(started.errors)")
            try flip(segment, at: offset)
            try await node.start()
            #expect(try await node.value(last.bytes, in: node.networkID()) != nil)
        }

        @Test("a torn tail of the journal repairs itself") func tornTail() async throws {
            let (node, segment, last) = try await killedNode()
            let file = try #require(FileHandle(forUpdatingAtPath: segment))
            try file.seek(toOffset: UInt64(try usedByteCount(segment)))
            try file.write(contentsOf: (0..<700).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 1) })
            try file.close()
            try await node.start()
            #expect(try await node.value(last.bytes, in: node.networkID()) != nil)
            let agent = try TestAgent("dev-2")
            try await agent.join(node)
            #expect(try await agent.commit("after").state != .rejected)
        }
    }
}
