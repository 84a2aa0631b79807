import Primitives
import Settings
import Testing

@Suite("Flags over HANZO_* over the file over defaults")
struct PrecedenceTests {
    @Test("each source beats the weaker ones, and says that it was it")
    func order() throws {
        let text = "[gossip]\nfanout = 3"
        let variable = ["HANZO_GOSSIP_FANOUT": "4"]
        let flag = ["gossip.fanout": "5"]
        let resolutions = [
            node(), node(text), node(text, environment: variable), node(text, environment: variable, overrides: flag),
        ]
        #expect(try resolutions.map { try $0.validated().gossip.fanout } == [6, 3, 4, 5])
        #expect(
            resolutions.map { $0.entry("gossip.fanout")?.origin }
                == [.default, .file("config.toml", line: 2), .environment("HANZO_GOSSIP_FANOUT"), .flag])
    }

    @Test("every type is read from a variable")
    func types() throws {
        let settings = try node(environment: [
            "HANZO_NODE_NAME": "n", "HANZO_NODE_DATA_DIR": "~/d", "HANZO_METRICS_ENABLED": "1",
            "HANZO_RNS_INTERFACES": "AutoInterface, UDPInterface", "HANZO_RNS_ANNOUNCE_INTERVAL": "90s",
            "HANZO_CONSENSUS_THRESHOLD": "3/4", "HANZO_ZAP_SERVER_LISTEN": "off", "HANZO_LOG_LEVEL": "debug",
        ]).validated()
        #expect(settings.name == "n" && settings.dataDirectory == "/h/d" && settings.metrics.isEnabled)
        #expect(settings.rns.interfaces == [.AutoInterface, .UDPInterface])
        #expect(settings.rns.announceInterval == .seconds(90) && settings.consensus.threshold == Fraction(3, 4))
        #expect(settings.server.listen == nil && settings.logLevel == .debug)
        let prices = try agent(environment: ["HANZO_PAYMENT_PRICES": "test=2,code=1"]).validated().payment.prices
        #expect(prices == [.init(taskType: .code, satoshis: 1), .init(taskType: .test, satoshis: 2)])
    }

    @Test("a variable of one's own section that names nothing is a mistake; other programs' variables are not")
    func unknownVariables() {
        #expect(node(environment: ["HANZO_GOSSIP_FANUOT": "4"]).problems.map(\.keys) == [["HANZO_GOSSIP_FANUOT"]])
        #expect(
            node(environment: ["HANZO_API_KEY": "x", "HANZO_AGENT_NAME": "a", "HANZO_STATE_CACHE_SIZE": "1MB"]).problems
                .isEmpty)
        #expect(agent(environment: ["HANZO_STATE_PRUNING": "recent", "HANZOD_ADDR": "/s"]).problems.isEmpty)
        #expect(node(overrides: ["gossip.fanuot": "1"]).problems.map(\.keys) == [["gossip.fanuot"]])
    }

    @Test("no two keys share a variable")
    func variablesAreUnique() {
        for keys in [NodeSettings.knownKeys, AgentSettings.knownKeys] {
            let names = keys.map { $0.uppercased().split(separator: ".").joined(separator: "_") }
            #expect(Set(names).count == keys.count)
        }
    }

    @Test("everything follows the data directory unless it is placed elsewhere")
    func dataDirectory() throws {
        let settings = try node(overrides: ["node.data_dir": "/d/"]).validated()
        #expect(settings.dataDirectory == "/d" && settings.identityPath == "/d/identity")
        #expect(settings.server.socketPath == "/d/hanzod.sock" && settings.server.nodeIDPath == "/d/node.id")
        #expect(settings.server.tokenPath == "/d/token" && settings.state.path == "/d/state")
        #expect(settings.consensus.authorityKeyPath == "/d/authority.key")
        #expect(try node().validated().dataDirectory == "/h/.hanzod")
    }

    @Test("without definitions there is one network")
    func oneNetwork() throws {
        #expect(try node().validated().networks.definitions == [NetworkDefinition(name: "main")])
        #expect(try node("[networks]\ndefault = \"mine\"").validated().networks.definitions.map(\.name) == ["mine"])
        #expect(try node("[[networks.definitions]]\nname = \"a\"").validated().networks.defaultName == "a")
    }

    @Test("a named address is the only one; without it discovery has its documented order")
    func discovery() throws {
        func endpoints(_ text: String, _ environment: [String: String], _ overrides: [String: String] = [:]) throws
            -> [String]
        {
            try agent(text, environment: environment, overrides: overrides).validated().hanzod.candidates.map(
                \.endpoint.description)
        }
        let runtime = ["XDG_RUNTIME_DIR": "/run/user/1"]
        let file = "[hanzod]\naddress = \"~/s\""
        #expect(
            try endpoints("", runtime) == [
                "/run/user/1/hanzod.sock", "/h/.hanzod/hanzod.sock", "/run/hanzod/hanzod.sock", "127.0.0.1:9999",
            ])
        #expect(try endpoints("", [:]) == ["/h/.hanzod/hanzod.sock", "/run/hanzod/hanzod.sock", "127.0.0.1:9999"])
        #expect(try endpoints(file, runtime) == ["/h/s"])
        #expect(try endpoints(file, ["HANZOD_ADDR": "[::1]:1"]) == ["[::1]:1"])
        #expect(try endpoints(file, ["HANZOD_ADDR": "[::1]:1"], ["hanzod.address": "unix:/t"]) == ["/t"])
        #expect(agent(environment: ["XDG_RUNTIME_DIR": "run"]).settings.hanzod.candidates.count == 3)
        #expect(agent().settings.hanzod.candidates[0].nodeIDPath == "/h/.hanzod/node.id")
    }

    @Test("an agent named on the command line has its own key, whatever the file's agent uses")
    func identityFollowsTheName() throws {
        let file = "[agent]\nname = \"a\"\n[identity]\npath = \"/keys/a\""
        #expect(try agent(file).validated().identityPath == "/keys/a")
        let other = agent(file, overrides: ["agent.name": "b"])
        #expect(try other.validated().identityPath == "/h/.hanzo/agents/b/identity")
        #expect(other.entry("identity.path")?.value == "/h/.hanzo/agents/b/identity")
        #expect(other.entry("identity.path")?.origin == .default)
        let both = agent(file, overrides: ["agent.name": "b", "identity.path": "/keys/b"])
        #expect(try both.validated().identityPath == "/keys/b")
        #expect(try agent().validated().identityPath == nil)
    }
}
