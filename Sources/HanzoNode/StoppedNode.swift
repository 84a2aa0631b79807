import Certificates
import MeshState
import Primitives
import RocksStore
public import Settings
import Storage
public import ZAP

/// What is on the disk of a node that isn't running.
public enum StoppedNode {
    /// Whether a process holds the data directory.
    public static func isRunning(_ settings: NodeSettings) -> Bool {
        do throws(NodeError) {
            _ = try HeldDirectory(settings.dataDirectory)
            return false
        } catch { return error.code == .inUse }
    }

    /// The networks as they stand on disk: the newest applied block of each.
    ///
    /// - Throws: `inUse` where the node runs.
    public static func networks(_ settings: NodeSettings) throws(NodeError) -> [NetworkInfo.Value] {
        let directory = try HeldDirectory(settings.dataDirectory)
        defer { withExtendedLifetime(directory) {} }
        let layout = NodeLayout(settings)
        var networks: [NetworkInfo.Value] = []
        for name in try layout.foundedNetworks() {
            guard let genesis = try layout.loadGenesis(name) else { continue }
            let path = layout.statePath(genesis.networkID)
            let store = try storing(path) { () throws(StorageFailure) in try RocksStore(path: path) }
            do throws(StateFailure) {
                let machine = try StateMachine(genesis, store: store)
                networks.append(try info(machine, genesis, isDefault: name == settings.networks.defaultName))
            } catch { throw NodeError(.damaged, "the state of network \(name) cannot be read: \(error)") }
        }
        return networks
    }

    private static func info(
        _ machine: StateMachine, _ genesis: Genesis, isDefault: Bool
    ) throws(StateFailure) -> NetworkInfo.Value {
        let counts = try machine.view.counts()
        return NetworkInfo.Value(
            id: genesis.networkID.bytes, name: genesis.name, engine: "\(genesis.engine)", isDefault: isDefault,
            height: machine.applied.height.value, finalHeight: machine.finalHeight.value,
            stateRoot: machine.applied.stateRoot.bytes, commitCount: counts.commits,
            transactionCount: counts.transactions,
            agentCount: UInt32(clamping: counts.agents), hashSuite: "\(genesis.hashSuite)", scheme: "\(genesis.scheme)",
            genesis: genesis.canonicalBytes, headerTime: machine.applied.time.milliseconds)
    }
}
