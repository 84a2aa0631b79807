public import Primitives

/// The settings of `hanzod`: what `/etc/hanzod/config.toml` or `~/.hanzod/config.toml` says.
public struct NodeSettings: Hashable, Sendable {
    /// What `status` calls this node.
    public var name: String
    /// Holds everything that isn't placed elsewhere; one running node each.
    public var dataDirectory: String
    public var logLevel: LogLevel
    /// The node's key bundle.
    public var identityPath: String
    public var server: Server
    public var consensus: ConsensusDefaults
    public var state: State
    public var networks: Networks
    public var rns: RNS
    public var pqTunnels: PQTunnels
    public var payment: Payment
    public var gossip: Gossip
    public var peers: Peers
    public var metrics: Metrics

    public enum LogLevel: String, CaseIterable, Hashable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// `[zap_server]`: the listeners for light agents.
    public struct Server: Hashable, Sendable {
        /// The Unix socket, for this machine's agents of the same user.
        public var socketPath: String
        /// The TCP port; nil where it is `off`.
        public var listen: Endpoint?
        /// Holds the token that both sides of a TCP connection prove, mode 0600.
        public var tokenPath: String
        /// How long a TCP connection may take to prove it.
        public var proofTimeout: Interval
        public var maxAgentCount: Int
        public var tlsCertificatePath: String?
        public var tlsKeyPath: String?

        /// Tells agents which node they mean to reach; beside the socket.
        public var nodeIDPath: String { folder(of: socketPath) + "/node.id" }
    }

    /// `[consensus]`: what a network's definition takes where it says nothing itself.
    public struct ConsensusDefaults: Hashable, Sendable {
        public var mode: Engine
        public var threshold: Fraction
        public var roundTimeout: Interval
        public var proposalTimeout: Interval
        /// The key bundle that signs final headers under `poa`.
        public var authorityKeyPath: String
    }

    /// `[state]`: the Merkle state of all networks.
    public struct State: Hashable, Sendable {
        public var storage: Storage
        public var path: String
        public var pruning: Pruning
        /// What the journal reserves on disk at a time; it is trimmed when it has about four times as much.
        public var journalSegmentByteCount: Int

        public enum Storage: String, CaseIterable, Hashable, Sendable { case rocksdb }
        public enum Pruning: String, CaseIterable, Hashable, Sendable { case archive, recent }
    }

    /// `[networks]`: several may run side by side, each with its own consensus and state.
    public struct Networks: Hashable, Sendable {
        public var defaultName: String
        public var definitions: [NetworkDefinition]
    }

    /// `[rns]`: the global mesh.
    public struct RNS: Hashable, Sendable {
        public var isEnabled: Bool
        public var configurationPath: String
        public var interfaces: [Interface]
        public var listen: Endpoint?
        public var announceInterval: Interval

        public enum Interface: String, CaseIterable, Hashable, Sendable {
            case AutoInterface, TCPServerInterface, TCPClientInterface, UDPInterface, PipeInterface, SerialInterface
            case KISSInterface, AX25KISSInterface, RNodeInterface, I2PInterface, BackboneInterface
        }
    }

    /// `[pq_tunnels]`: secrecy between nodes.
    public struct PQTunnels: Hashable, Sendable {
        public var isEnabled: Bool
        public var kem: KEM
        public var signing: Signing
        public var keyRotationInterval: Interval

        public enum KEM: String, CaseIterable, Hashable, Sendable { case mlkem768 = "ml-kem-768" }
        public enum Signing: String, CaseIterable, Hashable, Sendable { case mldsa65 = "ml-dsa-65" }
    }

    /// `[payment]`: x402.
    public struct Payment: Hashable, Sendable {
        public var isEnabled: Bool
        public var networks: [PaymentNetwork]
        public var walletPath: String
    }

    /// `[gossip]`: how rumours spread.
    public struct Gossip: Hashable, Sendable {
        public var fanout: Int
        public var ttl: Int
        public var seenCacheSize: Int
    }

    /// `[peers]`: nodes to reach first.
    public struct Peers: Hashable, Sendable {
        /// `rns://host/name`.
        public var bootstrap: [String]
    }

    /// `[metrics]`: the port for Prometheus.
    public struct Metrics: Hashable, Sendable {
        public var isEnabled: Bool
        public var listen: Endpoint?
    }
}

/// Where money can move.
public enum PaymentNetwork: String, CaseIterable, Hashable, Sendable {
    case lightning, lux, bitcoin
    case ethereumL2 = "ethereum-l2"
}

func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "" }
    return String(path[..<slash])
}
