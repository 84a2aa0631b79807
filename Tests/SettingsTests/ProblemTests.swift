import Primitives
import Settings
import Testing

@Suite("What is wrong is said at once and by its key")
struct ProblemTests {
    @Test("all problems of a file together")
    func together() {
        let resolution = node(
            """
            [node]
            name = ""
            data_dir = "lib/hanzod"
            [zap_server]
            max_agents = 0
            listen = 9999
            [consensus]
            threshold = "1/2"
            round_timeout = "10"
            [gossip]
            fanuot = 6
            """)
        #expect(
            resolution.complaints == [
                "node.name: is empty (config.toml:2)",
                "node.data_dir: \"lib/hanzod\" neither begins with / nor with ~/ (config.toml:3)",
                "zap_server.listen: is an integer, expected a text (config.toml:6)",
                "zap_server.max_agents: 0 is not within 1 and 100000 (config.toml:5)",
                "consensus.round_timeout: \"10\" is no duration such as \"10s\" or \"5m\" (config.toml:9)",
                "gossip.fanuot: no such setting; did you mean gossip.fanout? (config.toml:11)",
                "consensus.threshold: 1/2 is below 2/3: two quorums might share no honest validator",
            ])
        #expect(throws: SettingsFailure(problems: resolution.problems)) { try resolution.validated() }
    }

    @Test(
        "broken TOML names its line",
        arguments: [
            "[node\nname = \"a\"", "[node]\nname = \"a\"\nname = \"b\"", "a = \"\\ud800\"", "x = [1", "\u{0}",
            "[[a]]\n[a]\nb = 1",
            "a = 0xG", "= 1", String(repeating: "[", count: 100_000), "a = " + String(repeating: "[", count: 5_000),
        ])
    func brokenFile(text: String) {
        let resolution = node(text)
        #expect(resolution.problems.count == 1)
        #expect(resolution.problems.first?.keys == [])
    }

    @Test(
        "keys that don't exist, also quoted, nested, empty and below a value",
        arguments: [
            ("nodes = 1", "nodes: no such setting"),
            ("\"node.name\" = \"a\"", "\"node.name\": no such setting; did you mean node.name?"),
            ("node = 5", "node: is an integer, expected a table"),
            ("[node]\nname.first = \"a\"", "node.name.first: node.name is no table"),
            ("[frobnicate]", "frobnicate: no such setting"),
            (
                "[[networks.definitions]]\nname = \"main\"\nconsenus = \"poa\"",
                "networks.definitions[0].consenus: no such setting"
            ),
            (
                "[networks]\ndefinitions = [\"a\"]",
                "networks.definitions: is a list, expected [[networks.definitions]] tables"
            ),
            ("[networks]\ndefinitions = [{}]", "networks.definitions[0].name: is missing"),
            (
                "[networks]\ndefinitions = 5",
                "networks.definitions: is an integer, expected [[networks.definitions]] tables"
            ),
        ])
    func unknownKey(text: String, complaint: String) {
        let resolution = node(text)
        #expect(resolution.complaints.contains { $0.hasPrefix(complaint) }, "\(resolution.complaints)")
    }

    @Test(
        "values that no build can serve are refused with what would be right",
        arguments: [
            ("[state]\nstorage = \"lmdb\"", "state.storage: \"lmdb\" is none of rocksdb"),
            ("[pq_tunnels]\nkem = \"rsa\"", "pq_tunnels.kem: \"rsa\" is none of ml-kem-768"),
            ("[rns]\ninterfaces = [\"Carrier\"]", "rns.interfaces: \"Carrier\" is none of AutoInterface"),
            (
                "[rns]\ninterfaces = [\"AutoInterface\", \"AutoInterface\"]",
                "rns.interfaces: \"AutoInterface\" is listed twice"
            ),
            ("[rns]\ninterfaces = [1]", "rns.interfaces: is an integer, expected a list of texts"),
            ("[peers]\nbootstrap = [\"http://a/b\"]", "peers.bootstrap: \"http://a/b\" is no rns://host/name"),
            ("[metrics]\nenabled = \"yes\"", "metrics.enabled: is a text, expected true or false"),
            ("[zap_server]\nlisten = \"127.0.0.1:99999\"", "zap_server.listen: \"127.0.0.1:99999\" is no host:port"),
            ("[node]\nname = \"../a\"", "node.name: \"../a\" is no name"),
            ("[node]\nname = 1979-05-27", "node.name: is a date or time, expected a text"),
            ("[gossip]\nttl = 1.5", "gossip.ttl: is a fractional number, expected an integer"),
            ("[gossip]\nttl = 9223372036854775807", "gossip.ttl: 9223372036854775807 is not within 1 and 255"),
        ])
    func refused(text: String, complaint: String) {
        let complaints = node(text).complaints
        #expect(complaints.count == 1 && complaints[0].hasPrefix(complaint), "\(complaints)")
    }

    @Test(
        "rules between keys",
        arguments: [
            ("[zap_server]\ntls_cert = \"/a\"", ["zap_server.tls_cert", "zap_server.tls_key"]),
            ("[zap_server]\nlisten = \"0.0.0.0:9999\"", ["zap_server.listen"]),
            ("[metrics]\nenabled = true\nlisten = \"127.0.0.1:9999\"", ["zap_server.listen", "metrics.listen"]),
            ("[identity]\npath = \"~/.hanzod/state\"", ["identity.path", "state.path"]),
            ("[consensus]\nround_timeout = \"40s\"", ["consensus.proposal_timeout", "consensus.round_timeout"]),
            ("[consensus]\nthreshold = \"3/2\"", ["consensus.threshold"]),
            ("[networks]\ndefault = \"b\"\n[[networks.definitions]]\nname = \"a\"", ["networks.default"]),
            (
                "[[networks.definitions]]\nname = \"a\"\n[[networks.definitions]]\nname = \"a\"",
                ["networks.definitions[1].name"]
            ),
            ("[[networks.definitions]]\nname = \"a\"\nthreshold = \"1/3\"", ["networks.definitions[0].threshold"]),
            ("[zap_server]\nsocket = \"/\(String(repeating: "a", count: 107))\"", ["zap_server.socket"]),
        ])
    func crossFieldRule(text: String, keys: [String]) {
        #expect(node(text).problems.map(\.keys) == [keys])
    }

    @Test("an agent without discovery needs an address; its prices need task types")
    func agentRules() {
        #expect(
            agent("[hanzod]\nauto_discover = false").problems.map(\.keys) == [
                ["hanzod.address", "hanzod.auto_discover"]
            ])
        #expect(agent("[hanzod]\nauto_discover = false\naddress = \"/s\"").problems.isEmpty)
        #expect(agent("[hanzod]\naddress = \"nowhere\"").problems.map(\.keys) == [["hanzod.address"]])
        #expect(agent("[hanzod]\nnode_id = \"abc\"").problems.map(\.keys) == [["hanzod.node_id"]])
        #expect(agent("[payment]\nprices = { paint = 1 }").problems.map(\.keys) == [["payment.prices"]])
        #expect(agent("[payment]\nprices = { code = -1 }").problems.map(\.keys) == [["payment.prices"]])
        #expect(agent("[payment]\nprices = 5").problems.map(\.keys) == [["payment.prices"]])
        #expect(agent("[payment.prices]\ncode = 5").problems.isEmpty)
    }

    @Test("hostile text never traps")
    func hostileText() throws {
        let original = try Array(fixture("hanzod.toml").text.utf8)
        var random = PRNG(seed: 7)
        for _ in 0..<400 {
            var bytes = original
            for _ in 0...random.next() % 4 {
                let index = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[..<min(bytes.count, Int(random.next() % 40))], at: index)
                }
            }
            _ = node(String(decoding: bytes, as: UTF8.self))
        }
    }
}
