import Foundation
import Testing

extension EndToEnd {
    /// What README.md tells a newcomer to type, typed.
    @Suite(.serialized) struct QuickStart {
        @Test("the quick start of README.md runs as it stands") func runs() async throws {
            let block = try Self.block()
            #expect(block.count == 10, "a ten-line quick start")
            let temporary = FileManager.default.temporaryDirectory
            let folder = temporary.appending(path: "start-\(UUID().uuidString.prefix(8))").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let script =
                (["set -euo pipefail", "cd \(folder)", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"] + block)
                .joined(separator: "\n")
            let path = Programs.folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
            let environment = ["HOME": folder, "PATH": path, "HANZO_ZAP_SERVER_LISTEN": "off"]
            let shell = try Child("/bin/bash", ["-c", script], environment: environment)
            let status = try await shell.ended(within: .seconds(120))
            #expect(status == 0, "\(shell.errors)")
            #expect(shell.output.contains("please look at main"), "the message arrives: \(shell.output)")
            #expect(shell.output.contains("done.proof"), "the proof is checked: \(shell.output)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/.hanzod/hanzod.sock"), "the node has stopped")
        }

        /// The lines of the shell block that founds a node.
        private static func block() throws -> [String] {
            let text = try String(contentsOfFile: Programs.repository + "/README.md", encoding: .utf8)
            let blocks = text.components(separatedBy: "```sh\n").dropFirst()
                .compactMap { $0.components(separatedBy: "\n```").first }
            let found = try #require(blocks.first { $0.contains("hanzod init") })
            return found.components(separatedBy: "\n")
        }
    }
}
