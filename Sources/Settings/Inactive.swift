/// A subsystem that the settings ask for and this build doesn't have.
public struct Inactive: Hashable, Sendable {
    /// As it is called in the file: `rns`.
    public var subsystem: String
    /// What it would do.
    public var purpose: String

    /// The one line that a start says about all of them; nil where there are none.
    public static func line(_ inactive: [Inactive]) -> String? {
        guard !inactive.isEmpty else { return nil }
        let names = inactive.map { "\($0.subsystem) (\($0.purpose))" }.joined(separator: ", ")
        return "configured, but not in this build yet: " + names
    }
}

extension NodeSettings {
    /// - Parameter isSet: whether a source has set the key or a key below it.
    func inactive(_ isSet: (String) -> Bool) -> [Inactive] {
        let wanted: [(Bool, Inactive)] = [
            (server.tlsCertificatePath != nil, Inactive(subsystem: "tls", purpose: "agents over TLS")),
            (rns.isEnabled, Inactive(subsystem: "rns", purpose: "the mesh of nodes")),
            (pqTunnels.isEnabled, Inactive(subsystem: "pq_tunnels", purpose: "tunnels between nodes")),
            (payment.isEnabled, Inactive(subsystem: "payment", purpose: "x402")),
            (isSet("gossip"), Inactive(subsystem: "gossip", purpose: "rumours between nodes")),
            (!peers.bootstrap.isEmpty, Inactive(subsystem: "peers", purpose: "other nodes")),
            (metrics.isEnabled, Inactive(subsystem: "metrics", purpose: "the port for Prometheus")),
        ]
        return wanted.filter(\.0).map(\.1)
    }
}

extension AgentSettings {
    func inactive(_ isSet: (String) -> Bool) -> [Inactive] {
        let paying = ["payment.network", "payment.wallet_path", "payment.auto_pay_max"].contains(where: isSet)
        let wanted: [(Bool, Inactive)] = [
            (paying, Inactive(subsystem: "payment", purpose: "x402; prices are announced all the same")),
            (isSet("state"), Inactive(subsystem: "state", purpose: "a cache of the state in the agent; the node is asked each time")),
        ]
        return wanted.filter(\.0).map(\.1)
    }
}
