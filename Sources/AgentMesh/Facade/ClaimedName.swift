import FileStore
import Storage

/// A name that this process has for itself on this machine, for agents that were given none: `cto`, `cto-2`, `cto-3`, …
/// A hundred agents that start with the same words thus get a hundred names, and each finds its key again when it starts anew.
public final class ClaimedName: Sendable {
    public let name: String
    private let directory: DataDirectory

    private init(name: String, directory: consuming DataDirectory) {
        self.name = name
        self.directory = directory
    }

    public static let maxCount = 1_000

    /// The first of the names that nobody on this machine uses, from `index` on. It is given back with the value.
    /// - Parameter folder: where each agent has its own.
    public static func first(
        of base: String, from index: Int = 1, in folder: String
    ) throws(AgentError) -> (name: ClaimedName, index: Int) {
        for index in index..<max(index, maxCount) {
            let name = index == 1 ? base : "\(base)-\(index)"
            do throws(FileStoreFailure) {
                return (ClaimedName(name: name, directory: try DataDirectory(path: "\(folder)/\(name)")), index)
            } catch {
                if case .inUse = error { continue }
                throw AgentError(.storage, "no folder for an agent: \(error)")
            }
        }
        throw AgentError(
            .overloaded, "\(maxCount) agents called \(base) run on this machine", remedy: "give --agent-name")
    }
}
