import Foundation
import Settings
import Testing

@Suite("docs/configuration.md")
struct DocumentationTests {
    private func document() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
    }

    @Test("lists every key of both programs with its default")
    func everyKey() throws {
        let document = try document()
        let empty = Inputs(home: "~")
        for entry in NodeSettings.resolve(empty).entries + AgentSettings.resolve(empty).entries {
            let value = entry.value.isEmpty ? "" : "`\(entry.value)`"
            let row = document.split(separator: "\n").first { $0.hasPrefix("| `\(entry.key)` | \(value)") }
            #expect(row != nil, "\(entry.key) with the default \(entry.value)")
        }
    }

    @Test("names no key that doesn't exist")
    func noOtherKey() throws {
        let known = NodeSettings.knownKeys.union(AgentSettings.knownKeys)
        for line in try document().split(separator: "\n") where line.hasPrefix("| `") {
            let key = line.dropFirst(3).prefix { $0 != "`" }
            #expect(known.contains(String(key)) || key.hasPrefix("networks.definitions[]."), "\(key)")
        }
    }
}
