import Primitives
import Settings
import Testing

/// The two configuration files of the source document, word for word.
@Suite("The document's configuration files")
struct DocumentTests {
    @Test("the node's file: every key is read")
    func nodeFile() throws {
        let resolution = NodeSettings.resolve(Inputs(file: try fixture("hanzod.toml"), home: "/h"))
        let settings = try resolution.validated()
        #expect(settings.name == "hanzod-primary")
        #expect(settings.dataDirectory == "/var/lib/hanzod")
        #expect(settings.identityPath == "/etc/hanzod/identity")
        #expect(settings.server.listen == .tcp(host: "127.0.0.1", port: 9999))
        #expect(settings.server.maxAgentCount == 1000)
        #expect(settings.server.tlsCertificatePath == "/etc/hanzod/certs/server.pem")
        #expect(settings.server.tlsKeyPath == "/etc/hanzod/certs/server.key")
        #expect(settings.rns.isEnabled)
        #expect(settings.rns.configurationPath == "/etc/reticulum")
        #expect(settings.rns.interfaces == [.AutoInterface, .TCPServerInterface, .TCPClientInterface])
        #expect(settings.rns.listen == .tcp(host: "0.0.0.0", port: 4242))
        #expect(settings.rns.announceInterval == .seconds(300))
        #expect(settings.pqTunnels.isEnabled)
        #expect(settings.pqTunnels.keyRotationInterval == .seconds(3600))
        #expect(settings.consensus.mode == .bft)
        #expect(settings.consensus.threshold == Fraction(2, 3))
        #expect(settings.consensus.roundTimeout == .seconds(10))
        #expect(settings.consensus.proposalTimeout == .seconds(30))
        #expect(settings.consensus.authorityKeyPath == "/etc/hanzod/authority.key")
        #expect(settings.state.path == "/var/lib/hanzod/state")
        #expect(settings.state.pruning == .archive)
        #expect(settings.payment.networks == [.lightning, .lux])
        #expect(settings.payment.walletPath == "/etc/hanzod/wallet")
        #expect([settings.gossip.fanout, settings.gossip.ttl, settings.gossip.seenCacheSize] == [6, 10, 100_000])
        #expect(settings.peers.bootstrap == ["rns://hanzo.ai/hanzod-global-1", "rns://hanzo.ai/hanzod-global-2"])
        #expect(settings.networks.defaultName == "hanzo-main")
        #expect(settings.networks.definitions.map(\.name) == ["hanzo-main", "hanzo-test"])
        #expect(settings.networks.definitions.map(\.engine) == [.bft, .poa])
        #expect(settings.networks.definitions[1].description == "Test network with shared authority")
        #expect(settings.metrics.isEnabled)
    }

    @Test("the node's file: every key of it has an entry with the file as its origin")
    func nodeEntries() throws {
        let file = try fixture("hanzod.toml")
        let resolution = NodeSettings.resolve(Inputs(file: file, home: "/h"))
        let assignments = file.text.split(separator: "\n").filter { $0.contains(" = ") && !$0.hasPrefix("#") }
        #expect(
            resolution.entries.filter { $0.origin.description.hasPrefix("hanzod.toml:") }.count == assignments.count)
    }

    @Test("the node's file: what doesn't exist yet is named in one line")
    func nodeInactive() throws {
        let resolution = NodeSettings.resolve(Inputs(file: try fixture("hanzod.toml"), home: "/h"))
        #expect(
            resolution.inactive.map(\.subsystem) == [
                "tls", "rns", "pq_tunnels", "payment", "gossip", "peers", "metrics",
            ])
        let line = try #require(Inactive.line(resolution.inactive))
        #expect(!line.contains("\n") && line.contains("rns") && line.contains("metrics"))
    }

    @Test("the node's file: the bft network is valid, is left out with one line, and as the default prevents the start")
    func bftNetwork() throws {
        let resolution = NodeSettings.resolve(Inputs(file: try fixture("hanzod.toml"), home: "/h"))
        let settings = try resolution.validated()
        #expect(resolution.notes.count == 2)
        #expect(settings.runnable().map(\.name) == ["hanzo-test"])
        #expect(settings.leftOutLines() == ["network \"hanzo-main\" is left out: this build has no bft engine yet"])
        #expect(settings.startProblems().map(\.keys) == [["networks.default"]])
        #expect(settings.startProblems(engines: [.poa, .bft]).isEmpty)
        let other = NodeSettings.resolve(
            Inputs(file: try fixture("hanzod.toml"), overrides: ["networks.default": "hanzo-test"], home: "/h"))
        #expect(try other.validated().startProblems().isEmpty)
    }

    @Test("the agent's file: every key is read")
    func agentFile() throws {
        let resolution = AgentSettings.resolve(Inputs(file: try fixture("agent.toml"), home: "/h"))
        let settings = try resolution.validated()
        #expect(settings.name == "dev-agent-1")
        #expect(settings.role == "developer")
        #expect(settings.identityPath == "/h/.hanzo/agent-identity")
        #expect(settings.hanzod.candidates.map(\.endpoint) == [.tcp(host: "127.0.0.1", port: 9999)])
        #expect(settings.capabilities.tools == ["fs", "proc", "think", "browser"])
        #expect(settings.capabilities.languages == ["rust", "python", "typescript"])
        #expect(settings.capabilities.specializations == ["backend", "cli"])
        #expect(settings.payment.network == .lightning)
        #expect(settings.payment.walletPath == "/h/.hanzo/wallet")
        #expect(
            settings.payment.prices == [
                .init(taskType: .code, satoshis: 100), .init(taskType: .review, satoshis: 50),
                .init(taskType: .test, satoshis: 30),
            ])
        #expect(settings.payment.autoPayMax == 1000)
        #expect(settings.state.cacheSize == ByteCount(100_000_000))
        #expect(settings.state.syncInterval == .seconds(1))
        #expect(resolution.inactive.map(\.subsystem) == ["payment", "state"])
        #expect(resolution.entries.filter { $0.origin.description.hasPrefix("agent.toml:") }.count == 14)
    }
}
