public import Certificates
import FileStore
import Foundation
import Identity
import MeshCrypto
public import Primitives
public import Settings
import StateTree
import Storage

/// What `hanzod init` makes: the node's keys, the authority's where a PoA network needs it, a token, and a genesis per network.
///
/// Nothing that exists is ever overwritten: founding twice finds what the first time made. A genesis on disk alone counts
/// afterwards; a definition in the settings that differs from it is a mistake that starting reports.
public struct Founding: Sendable {
    public struct Network: Sendable {
        public var name: String
        public var id: NetworkID
        public var engine: Engine
        public var genesisPath: String
        public var isNew: Bool
    }

    public var node: NodeID
    public var identityPath: String
    public var isIdentityNew: Bool
    public var tokenPath: String
    public var networks: [Network]

    /// - Parameters:
    ///   - time: of the genesis of each network that is new.
    ///   - balances: what agents have from the beginning, in each network that is new.
    public static func perform(
        _ settings: NodeSettings, time: WallTime, balances: [Genesis.Balance] = []
    ) throws(NodeError) -> Founding {
        let layout = NodeLayout(settings)
        try layout.makeFolders()
        let identity = try IdentityAccess.loadOrGenerate(settings.identityPath, kind: .node, name: settings.name)
        try makeToken(settings.server.tokenPath)
        var networks: [Network] = []
        for definition in settings.networks.definitions {
            networks.append(try found(definition, settings, layout, identity.identity, time, balances))
        }
        return Founding(
            node: identity.identity.nodeID, identityPath: settings.identityPath, isIdentityNew: identity.isNew,
            tokenPath: settings.server.tokenPath, networks: networks)
    }

    private static func found(
        _ definition: NetworkDefinition, _ settings: NodeSettings, _ layout: NodeLayout, _ node: SecretIdentity,
        _ time: WallTime, _ balances: [Genesis.Balance]
    ) throws(NodeError) -> Network {
        let path = layout.genesisPath(definition.name)
        if let genesis = try layout.loadGenesis(definition.name) {
            return Network(
                name: definition.name, id: genesis.networkID, engine: definition.engine, genesisPath: path, isNew: false
            )
        }
        let genesis = try makeGenesis(definition, settings, node, time, balances)
        try storing(path) { () throws(StorageFailure) in
            try AtomicFile.create(genesis.canonicalBytes, at: path, mode: 0o644)
        }
        return Network(
            name: definition.name, id: genesis.networkID, engine: definition.engine, genesisPath: path, isNew: true)
    }

    private static func makeGenesis(
        _ definition: NetworkDefinition, _ settings: NodeSettings, _ node: SecretIdentity, _ time: WallTime,
        _ balances: [Genesis.Balance]
    ) throws(NodeError) -> Genesis {
        var parameters = NetworkParameters()
        parameters["heartbeat_ms"] = nonDefault(definition.heartbeat, 10_000)
        parameters["max_clock_skew_ms"] = nonDefault(definition.maxClockSkew, 10_000)
        switch definition.engine {
        case .poa:
            let path = settings.consensus.authorityKeyPath
            let authority = try IdentityAccess.loadOrGenerate(path, kind: .authority, name: definition.name).identity
            return Genesis(
                poa: definition.name, authority: authority.bundle, nodes: [node.nodeID], time: time,
                scheme: definition.scheme.certificate, hashSuite: definition.hashSuite.tree, balances: balances,
                parameters: parameters)
        case .bft:
            parameters["round_timeout_ms"] = UInt64(clamping: definition.roundTimeout.milliseconds)
            parameters["proposal_timeout_ms"] = UInt64(clamping: definition.proposalTimeout.milliseconds)
            let threshold = Genesis.Threshold(
                UInt32(clamping: definition.threshold.numerator), UInt32(clamping: definition.threshold.denominator))
            return Genesis(
                bft: definition.name, validators: [Genesis.Validator(bundle: node.bundle, weight: 1)],
                threshold: threshold,
                time: time, scheme: definition.scheme.certificate, hashSuite: definition.hashSuite.tree,
                balances: balances,
                parameters: parameters)
        }
    }

    private static func nonDefault(_ interval: Interval, _ milliseconds: Int64) -> UInt64? {
        interval.milliseconds == milliseconds ? nil : UInt64(clamping: interval.milliseconds)
    }

    /// 32 random bytes as hexadecimal text, mode 0600: what both sides of a TCP connection prove to each other.
    private static func makeToken(_ path: String) throws(NodeError) {
        let exists = try storing(path) { () throws(StorageFailure) in try AtomicFile.read(path) } != nil
        guard !exists else { return }
        let text = Hex.encode(SystemEntropy.bytes(32)) + "\n"
        try storing(path) { () throws(StorageFailure) in try AtomicFile.create(Array(text.utf8), at: path) }
    }
}

extension Settings.HashSuite {
    var tree: StateTree.HashSuite {
        switch self {
        case .penumbra: .penumbra
        case .libra: .libra
        }
    }
}

extension Settings.SignatureScheme {
    var certificate: Certificates.SignatureScheme {
        switch self {
        case .ed25519: .ed25519
        case .mldsa65: .mldsa65
        case .hybrid: .hybrid
        }
    }
}

extension NetworkDefinition {
    /// A genesis alone counts once it exists; settings that say otherwise would deceive whoever reads them.
    func check(against genesis: Genesis) throws(NodeError) {
        var differences: [String] = []
        if engine.genesis != genesis.engine { differences.append("consensus is \(genesis.engine)") }
        if hashSuite.tree != genesis.hashSuite { differences.append("hash_suite is \(genesis.hashSuite)") }
        if scheme.certificate != genesis.scheme { differences.append("scheme is \(genesis.scheme)") }
        guard differences.isEmpty else {
            throw NodeError(
                .configuration,
                "the settings of network \(name) differ from its genesis, where \(differences.joined(separator: ", "))",
                remedy: "correct the settings, or define another network")
        }
    }
}

extension Settings.Engine {
    fileprivate var genesis: Genesis.Engine { self == .poa ? .poa : .bft }
}
