import Foundation
import Settings

/// A file of the folder Fixtures.
func fixture(_ name: String) throws -> Inputs.File {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    return Inputs.File(name: name, text: try String(contentsOf: folder.appending(path: name), encoding: .utf8))
}

/// Resolves a node's settings from a file's text.
func node(
    _ text: String = "", environment: [String: String] = [:], overrides: [String: String] = [:]
) -> Resolution<NodeSettings> {
    NodeSettings.resolve(
        Inputs(
            file: .init(name: "config.toml", text: text), environment: environment, overrides: overrides, home: "/h"))
}

/// Resolves an agent's settings from a file's text.
func agent(
    _ text: String = "", environment: [String: String] = [:], overrides: [String: String] = [:]
) -> Resolution<AgentSettings> {
    AgentSettings.resolve(
        Inputs(file: .init(name: "agent.toml", text: text), environment: environment, overrides: overrides, home: "/h"))
}

extension Resolution {
    var complaints: [String] { problems.map(\.description) }
    func entry(_ key: String) -> Entry? { entries.first { $0.key == key } }
}
