import Certificates
import Foundation
import MeshSchema
import Primitives
import Testing
import ZAP

extension EndToEnd {
    @Suite(.serialized) struct FullDisk {
        /// A small file system in a file; unmounted with the value. Only root can mount one.
        private final class SmallDisk {
            let path: String
            private let image: String

            init(megabytes: Int) throws {
                path =
                    FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID().uuidString.prefix(8))").path
                image = path + ".image"
                mkdir(path, 0o700)
                guard
                    CrashShim.run(
                        "/bin/sh", ["-ec", "truncate -s \(megabytes)M '\(image)'; mkfs.ext4 -q -m 0 '\(image)'"]) == 0,
                    CrashShim.run("/bin/mount", ["-o", "loop", image, path]) == 0
                else { throw Disappointment("no loop-mounted file system of \(megabytes) MB here") }
            }

            deinit {
                _ = CrashShim.run("/bin/umount", ["-l", path])
                unlink(image)
                rmdir(path)
            }

            static let isPossible = (try? SmallDisk(megabytes: 8)) != nil
        }

        @Test(
            "a full disk: nothing acknowledged is lost, and the node starts again", .enabled(if: SmallDisk.isPossible))
        func full() async throws {
            let disk = try SmallDisk(megabytes: 320)
            let node = try NodeProcess(in: disk.path + "/node")
            try await node.start()
            let agent = try TestAgent("dev-1", seed: 61)
            try await agent.join(node)
            var receipts = try await agent.commit(
                agent.sign((0..<20).map { .commit(AgentWork.Value(result: "before \($0)")) }))
            let ballast = disk.path + "/ballast"
            _ = CrashShim.run(
                "/bin/sh", ["-c", "dd if=/dev/zero of='\(ballast)' bs=1M 2>/dev/null; truncate -s -1M '\(ballast)'"])
            // What is acknowledged now still fits, or isn't acknowledged.
            let text = String(repeating: "x", count: 8_000)
            do {
                for _ in 0..<400 {
                    receipts += try await within(.seconds(5)) {
                        try await agent.commit(
                            agent.sign((0..<20).map { .commit(AgentWork.Value(result: "\($0) \(text)")) }))
                    }
                }
                Issue.record("the disk was never full")
            } catch { #expect(!"\(error)".isEmpty) }
            let accepted = receipts.filter { $0.state == .included || $0.state == .final }
            #expect(accepted.count >= 20)
            try await eventually("the node ends or answers") {
                if !node.isRunning { return true }
                return (try? await node.info()) != nil
            }
            if node.isRunning {
                try await node.kill()
            } else {
                #expect(node.log.contains("no space left"), "\(node.log)")
            }
            unlink(ballast)
            try await node.start()
            for receipt in accepted {
                let key = CommitKey(agent: agent.id, nonce: receipt.nonce).bytes
                let value = try #require(try await node.value(key, in: node.networkID()))
                #expect(try CommitRecord(bytes: value).leafHash.bytes == receipt.leafHash)
            }
            let again = try TestAgent("dev-1", seed: 61)
            try await again.join(node)
            #expect(try await again.commit("after").state != .rejected)
            try await node.stop()
        }
    }
}
