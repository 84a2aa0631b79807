import FileStore
import Storage
import Synchronization

/// An agent's store with its lock: one process at a time, for as long as the agent lives.
final class OpenStore: Sendable {
    let store: AgentStore
    private let lock: Mutex<DataDirectory?>

    /// Blocks.
    init(path: String) throws(AgentError) {
        let directory: DataDirectory
        do throws(FileStoreFailure) { directory = try DataDirectory(path: path) } catch {
            throw AgentError(.storage, "the agent's store cannot be opened: \(error)")
        }
        do throws(StorageFailure) { store = try AgentStore(path: path) } catch { throw AgentError(error) }
        lock = Mutex(directory)
    }

    /// Syncs what was written and lets others have the folder. Blocks; later writes fail.
    func close() {
        lock.withLock { lock in
            guard lock != nil else { return }
            do throws(StorageFailure) { try store.close() } catch {
                // Everything that was promised had been synced before.
            }
            lock = nil
        }
    }

    deinit { close() }
}
