import Certificates
import Consensus
import FileStore
import Identity
import MeshState
import NIOPosix
import NodeCore
import Primitives
import RocksStore
import Settings
import Storage

/// Everything of a node that is on disk, read back and brought up to its journal.
struct OpenedNode {
    var identity: SecretIdentity
    var configuration: NodeConfiguration
    var restored: Restored
    var workers: NodeWorkers
    var networks: [Genesis]
}

/// Opens a node's disk: stores where they stand, then the journal behind them, block by block.
///
///     identity, genesis ─► stores at `meta.applied` ─► journal records behind it ─► executed again, roots compared ─► Restored
struct Opening {
    private let settings: NodeSettings
    private let layout: NodeLayout
    private let identity: SecretIdentity
    private var genesis: [Genesis] = []
    private var machines: [NetworkID: StateMachine] = [:]
    private var stores: [RocksStore] = []
    private let mail: RocksStore

    init(_ settings: NodeSettings) throws(NodeError) {
        self.settings = settings
        layout = NodeLayout(settings)
        identity = try IdentityAccess.load(settings.identityPath, kind: .node)
        try layout.makeFolders()
        mail = try Self.open(layout.mailPath)
        for definition in settings.runnable() { try openNetwork(definition) }
        try refuseForgottenNetworks()
    }

    /// The journal is one for all networks: a run without one of them would pass over its records, and later forget them.
    private func refuseForgottenNetworks() throws(NodeError) {
        for name in try layout.foundedNetworks()
        where !settings.networks.definitions.contains(where: { $0.name == name }) {
            throw NodeError(
                .configuration,
                "network \(name) has its data in \(settings.dataDirectory), but the settings don't define it",
                remedy:
                    "define it under [[networks.definitions]], or give it up by moving \(layout.genesisPath(name)) away"
            )
        }
    }

    private static func open(_ path: String) throws(NodeError) -> RocksStore {
        try storing(path) { () throws(StorageFailure) in try RocksStore(path: path) }
    }

    private mutating func openNetwork(_ definition: NetworkDefinition) throws(NodeError) {
        guard let found = try layout.loadGenesis(definition.name) else {
            throw NodeError(
                .notFounded, "network \(definition.name) has no genesis at \(layout.genesisPath(definition.name))",
                remedy: "run `hanzod init`")
        }
        try definition.check(against: found)
        let store = try Self.open(layout.statePath(found.networkID))
        do throws(StateFailure) {
            machines[found.networkID] = try StateMachine(found, store: store)
        } catch {
            throw NodeError(.damaged, "the state of network \(definition.name) cannot be used: \(error)")
        }
        stores.append(store)
        genesis.append(found)
    }

    /// Reads the journal back and hands over a node that can start.
    ///
    /// - Parameter notify: told of every sync, on the journal's thread.
    consuming func finish(
        pool: NIOThreadPool, version: String, startedAt: WallTime,
        notify: @escaping @Sendable (FileJournal.Event) -> Void
    ) throws(NodeError) -> OpenedNode {
        let mailPosition = try storing(layout.mailPath) { [mail] () throws(StorageFailure) in
            try MailPosition.read(from: mail)
        }
        var recovery = Recovery(try standing(), mailPosition: mailPosition)
        try loadMail(into: &recovery)
        let (journal, last) = try replay(into: &recovery, notify: notify)
        var contents: [NetworkID: Recovery.NetworkContents] = [:]
        for network in genesis { contents[network.networkID] = try self.contents(of: network.networkID) }
        let restored = recovery.finish(last: last) { contents[$0]! }
        let workers = NodeWorkers(
            state: StateWorker(machines: machines, stores: stores, mail: mail, retention: retention), journal: journal,
            pool: pool,
            authorities: try authorities())
        return OpenedNode(
            identity: identity, configuration: configuration(version, startedAt), restored: restored, workers: workers,
            networks: genesis)
    }

    /// `pruning = "recent"`: the states of the last 1 024 blocks stay, so that proofs of the recent past can be made.
    private var retention: UInt64? { settings.state.pruning == .recent ? 1024 : nil }

    private func standing() throws(NodeError) -> [Recovery.Applied] {
        var standing: [Recovery.Applied] = []
        for network in genesis.map(\.networkID) {
            guard let machine = machines[network] else { continue }
            let head = try reading { () throws(StateFailure) in
                machine.applied.height == .genesis ? nil : try machine.header(at: machine.applied.height)
            }
            standing.append(
                Recovery.Applied(
                    network: network, head: head, finalHeight: machine.finalHeight,
                    position: machine.applied.journalPosition))
        }
        return standing
    }

    private func loadMail(into recovery: inout Recovery) throws(NodeError) {
        var failure: RecoveryFailure?
        var next = recovery
        try storing(layout.mailPath) { [mail] () throws(StorageFailure) in
            try mail.scan(.mail, from: [], upTo: nil) { key, value in
                do throws(RecoveryFailure) { try next.loadMail(key: key, value: value) } catch { failure = error }
                return failure == nil
            }
        }
        recovery = next
        if let failure { throw Self.damaged(failure) }
    }

    /// Records are visited while the journal opens; the first one that cannot be taken stops the start.
    private mutating func replay(
        into recovery: inout Recovery, notify: @escaping @Sendable (FileJournal.Event) -> Void
    ) throws(NodeError) -> (FileJournal, LSN) {
        var failure: NodeError?
        var steps = recovery
        var opening = self
        let trimmed = try trimmed()
        let (journal, found) = try reading(layout.journalPath) { () throws(StorageFailure) in
            let reflected = max(trimmed, steps.reflected)
            return try FileJournal.open(
                path: layout.journalPath, checkpoint: trimmed, synced: reflected, configuration: segments,
                notify: notify
            ) { record in
                guard failure == nil else { return }
                do throws(NodeError) {
                    try opening.take(record, &steps)
                } catch { failure = error }
            }
        }
        if let failure { throw failure }
        do { try steps.check(journalEnd: found.last) } catch { throw Self.damaged(error) }
        machines = opening.machines
        recovery = steps
        return (journal, found.last)
    }

    /// Up to where the journal was trimmed. Every state must have what was trimmed.
    private func trimmed() throws(NodeError) -> LSN {
        let trim = try storing(layout.mailPath) { [mail] () throws(StorageFailure) in
            try JournalTrim.read(from: mail, networks: genesis.map(\.networkID))
        }
        for network in genesis {
            guard let machine = machines[network.networkID], let height = trim.heights[network.networkID] else {
                continue
            }
            guard machine.applied.height >= height else {
                throw Self.damaged(.storeBehindTrim(network.networkID, machine.applied.height, trimmedAt: height))
            }
        }
        return trim.position
    }

    private var segments: Journal.Configuration {
        var configuration = Journal.Configuration()
        configuration.segmentByteCount = settings.state.journalSegmentByteCount
        return configuration
    }

    private mutating func take(_ record: Storage.JournalRecord, _ recovery: inout Recovery) throws(NodeError) {
        let step: Recovery.Step?
        do { step = try recovery.take(record.lsn, record.payload) } catch { throw Self.damaged(error) }
        switch step {
        case nil: return
        case .execute(let header, let batches, let position): try execute(header, batches, position)
        case .storeFinality(let header, let signature):
            try reading { () throws(StateFailure) in
                try machines[header.network]?.recordFinality(signature, at: header.height)
            }
        }
    }

    private mutating func execute(
        _ header: BlockHeader, _ batches: [SignedBatch], _ position: LSN
    ) throws(NodeError) {
        let input = BlockInput(height: header.height, time: header.time, batches: batches)
        guard let block = try reading({ () throws(StateFailure) in try machines[header.network]?.execute(input) })
        else { return }
        guard block.agrees(with: header) else { throw Self.damaged(.otherRoots(header.network, header.height)) }
        try reading { () throws(StateFailure) in
            try machines[header.network]?.apply(block, header: header, journalPosition: position)
        }
    }

    private func contents(of network: NetworkID) throws(NodeError) -> Recovery.NetworkContents {
        guard let machine = machines[network] else { preconditionFailure("every genesis has its machine") }
        return try reading { () throws(StateFailure) in
            Recovery.NetworkContents(
                agents: try machine.view.agents(limit: .max).items.map(\.record), counts: try machine.view.counts(),
                nextDue: machine.nextExpiry)
        }
    }

    private func authorities() throws(NodeError) -> [NetworkID: NodeWorkers.Authority] {
        var authorities: [NetworkID: NodeWorkers.Authority] = [:]
        for network in genesis where network.engine == .poa {
            let path = settings.consensus.authorityKeyPath
            let signer = try IdentityAccess.load(path, kind: .authority)
            guard signer.bundle == network.authority else {
                throw NodeError(
                    .configuration, "\(path) is not the authority key of network \(network.name)",
                    remedy: "set consensus.poa.authority_key to the key that its genesis names")
            }
            authorities[network.networkID] = NodeWorkers.Authority(signer: signer, scheme: network.scheme)
        }
        return authorities
    }

    private func configuration(_ version: String, _ startedAt: WallTime) -> NodeConfiguration {
        let networks = genesis.compactMap { network in
            NetworkConfiguration(
                network, node: identity.nodeID, isDefault: network.name == settings.networks.defaultName)
        }
        var limits = NodeLimits()
        limits.maxAgentCount = settings.server.maxAgentCount
        limits.trimByteCount = 4 * settings.state.journalSegmentByteCount
        return NodeConfiguration(
            node: identity.nodeID, name: settings.name, version: version, startedAt: startedAt, limits: limits,
            networks: networks.filter(\.isDefault) + networks.filter { !$0.isDefault })
    }

    private func reading<Value>(_ body: () throws(StateFailure) -> Value) throws(NodeError) -> Value {
        do { return try body() } catch { throw NodeError(.damaged, "the state cannot be read: \(error)") }
    }

    /// A journal that says less, or something else, than was promised stops the start.
    private func reading<Value>(_ path: String, _ body: () throws(StorageFailure) -> Value) throws(NodeError) -> Value {
        do { return try body() } catch {
            guard case .corrupted = error else { throw NodeError(.storage, "\(path): \(error)") }
            throw NodeError(.damaged, "\(path): \(error)", remedy: Self.keep)
        }
    }

    private static func damaged(_ failure: RecoveryFailure) -> NodeError {
        NodeError(.damaged, "the journal and the state do not fit together: \(failure)", remedy: keep)
    }

    private static let keep =
        "nothing was changed or dropped; keep the data directory, and put back what is missing or restore all of it from one backup"
}
