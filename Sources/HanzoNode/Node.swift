// HanzoNode: a whole node in a process. `NodeCore` decides; this module performs.
//
// Vocabulary. The *shell* performs the core's effects on one event loop. *Workers* are the threads beside it: state, journal, and a
// pool for ML-DSA. The *desk* knows which capability stands for which session; *handlers* answer calls; a *gate* says who may use
// a connection. *Founding* makes keys and genesis once; *opening* reads the disk back and brings the stores up to the journal.
//
//     found ──► open ──► serve ──SIGTERM──► drain ──► close
//                 │         │
//                 │         └── a store or the journal fails: end at once; the next opening reads back what is on disk
//                 └── damaged: refuse to start, change nothing
//
// Deviations: reads go through the state thread, so that one waits for at most one block; TLS on the TCP listener is refused until it exists.

import CapnProtoRPC
import Certificates
import Dispatch
import FileStore
import Identity
public import Logging
import MeshCrypto
import NIOCore
import NIOPosix
import NetworkDriver
import NodeCore
public import Primitives
public import Settings
import Storage
import Synchronization
import ZAP

/// A running node.
public final class Node: Sendable {
    /// Where agents reach it.
    public struct Addresses: Sendable {
        public var socketPath: String
        /// The TCP port, where one listens.
        public var tcpPort: Int?
    }

    public let id: NodeID
    public let addresses: Addresses
    private let parts: Parts
    private let ending: Ending

    /// What a running node holds, in the order in which it is let go.
    private struct Parts: Sendable {
        var shell: NodeShell
        var listeners: Listeners
        var workers: NodeWorkers
        var threads: Threads
        var directory: HeldDirectory
    }

    private init(id: NodeID, addresses: Addresses, parts: Parts, ending: Ending) {
        self.id = id
        self.addresses = addresses
        self.parts = parts
        self.ending = ending
    }

    /// Opens the data directory, reads everything back, and listens. The node serves when this returns.
    ///
    /// Blocks its thread while the disk is read: call it from a thread that may.
    public static func start(_ settings: NodeSettings, version: String, logger: Logger) async throws(NodeError) -> Node
    {
        let directory = try HeldDirectory(settings.dataDirectory)
        let threads = Threads()
        do throws(NodeError) {
            return try await open(settings, version, logger, directory, threads)
        } catch {
            await threads.stop()
            directory.release()
            throw error
        }
    }

    private static func open(
        _ settings: NodeSettings, _ version: String, _ logger: Logger, _ directory: HeldDirectory, _ threads: Threads
    ) async throws(NodeError) -> Node {
        let relay = Relay()
        let opened = try Opening(settings).finish(pool: threads.pool, version: version, startedAt: Now.current().wall) {
            relay.pass($0)
        }
        let shell = NodeShell(
            loop: threads.group.next(), core: NodeCore(opened.configuration, verifier: SignatureVerifier()),
            workers: opened.workers, log: EventLog(logger: logger))
        relay.connect(to: shell)
        let ending = Ending()
        await shell.begin(opened.restored, ending)
        let listeners: Listeners
        do throws(NodeError) {
            listeners = try await Listeners.open(
                settings.server, node: opened.identity.nodeID, shell: shell, group: threads.group)
        } catch {
            await shell.abandon()
            // What the disk says now is that nothing came of it; that it could not be listened is what went wrong.
            do throws(NodeError) { try opened.workers.close() } catch { logger.error("\(error)") }
            throw error
        }
        let parts = Parts(
            shell: shell, listeners: listeners, workers: opened.workers, threads: threads, directory: directory)
        return Node(
            id: opened.identity.nodeID,
            addresses: Addresses(socketPath: settings.server.socketPath, tcpPort: listeners.tcpPort), parts: parts,
            ending: ending)
    }

    /// Waits until the node ends, because it was stopped or cannot go on.
    public func waitUntilStopped() async throws(NodeError) {
        if let error = await ending.outcome() { throw error }
    }

    /// Stops taking work, finishes what is under way, makes everything durable, and ends. Calling it again waits for the same end.
    public func stop() async {
        guard ending.begin() else {
            _ = await ending.outcome()
            return
        }
        await parts.listeners.stopAccepting()
        let drained = await parts.shell.drain(within: .seconds(10))
        await parts.listeners.closeConnections()
        await close(
            drained
                ? ending.failure
                : NodeError(.storage, "the node did not come to rest within 10 s; what was acknowledged is on disk"))
    }

    /// Runs until stopped: asked by its owner over ZAP, told by `stop()`, or broken.
    public func run() async throws(NodeError) {
        switch await ending.wish() {
        case .stop: await stop()
        case .fail(let error):
            guard ending.begin() else { break }
            await parts.listeners.stopAccepting()
            await parts.listeners.closeConnections()
            await close(error)
        }
        try await waitUntilStopped()
    }

    private func close(_ error: NodeError?) async {
        var failure = error
        do throws(NodeError) { try parts.workers.close() } catch { failure = failure ?? error }
        await parts.threads.stop()
        parts.directory.release()
        ending.end(failure)
    }
}

/// The loop of connections and core, and the pool for ML-DSA.
struct Threads: Sendable {
    let pool = NIOThreadPool(numberOfThreads: 2)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init() { pool.start() }

    /// Ends them, whatever they still had to do.
    func stop() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            pool.shutdownGracefully(queue: .global()) { _ in
                self.group.shutdownGracefully(queue: .global()) { _ in continuation.resume() }
            }
        }
    }
}

/// The lock on the data directory, for as long as somebody holds it.
final class HeldDirectory: Sendable {
    private let directory: Mutex<DataDirectory?>

    init(_ path: String) throws(NodeError) {
        do { directory = Mutex(try DataDirectory(path: path)) } catch {
            if case .inUse = error { throw NodeError(.inUse, "\(error)") }
            throw NodeError(.permission, "\(error)")
        }
    }

    /// Another process may have it now.
    func release() { directory.withLock { $0 = nil } }
}

/// Carries journal events to the shell once there is one; before the first append there are none.
private final class Relay: Sendable {
    private let shell = Mutex<NodeShell?>(nil)

    func connect(to shell: NodeShell) { self.shell.withLock { $0 = shell } }

    func pass(_ event: FileJournal.Event) {
        guard let shell = shell.withLock({ $0 }) else { return }
        switch event {
        case .synced(let synced): shell.post(.journaled(upTo: synced.lsn))
        case .failed(let failure):
            shell.loop.execute {
                shell.fail(
                    NodeError(
                        .storage, "the journal failed: \(failure)",
                        remedy:
                            "see that the disk has room and works, then start the node again; nothing acknowledged is lost"
                    ))
            }
        }
    }
}

extension Node {
    /// How often the journal was made durable since the start.
    public var syncCount: Int { parts.workers.journalStatistics.syncCount }
}
