import Primitives

extension AgentSettings {
    /// Reads all sources. Never fails: what is wrong is in the resolution's problems.
    public static func resolve(_ inputs: Inputs) -> Resolution<AgentSettings> {
        var reader = KeyReader(inputs)
        let settings = AgentSettings(&reader, inputs.environment)
        reader.noteUnknown(besides: NodeSettings.knownKeys)
        return Resolution(
            settings: settings, entries: reader.entries, problems: reader.problems,
            inactive: settings.inactive(reader.isSet), notes: [])
    }

    /// The keys that a file may have.
    public static var knownKeys: Set<String> {
        var reader = KeyReader(Inputs(home: "/"))
        _ = AgentSettings(&reader, [:])
        return Set(reader.entries.map(\.key))
    }

    private init(_ reader: inout KeyReader, _ environment: [String: String]) {
        name = reader.optionalText("agent.name", checkName)
        role = reader.text("agent.role", default: "developer", checkName)
        let own = name.map { reader.home + "/.hanzo/agents/" + $0 }
        dataDirectory = reader.optionalPath("agent.data_dir", default: own)
        identityPath = Self.identityPath(&reader, dataDirectory)
        hanzod = Hanzod(&reader, environment)
        capabilities = Capabilities(
            tools: reader.texts("capabilities.tools", checkName),
            languages: reader.texts("capabilities.languages", checkName),
            specializations: reader.texts("capabilities.specializations", checkName))
        payment = Payment(&reader)
        state = State(
            cacheSize: reader.byteCount("state.cache_size", default: ByteCount(100_000_000)),
            syncInterval: reader.interval(
                "state.sync_interval", default: .seconds(1), in: .milliseconds(10) ... .seconds(3_600)))
    }

    /// A file's `identity.path` belongs to the file's own agent. Where a flag or variable names another agent, that one has
    /// its own folder: a hundred agents started with one file must not share one key.
    private static func identityPath(_ reader: inout KeyReader, _ folder: String?) -> String? {
        let own = folder.map { $0 + "/identity" }
        let path = reader.optionalPath("identity.path", default: own)
        guard let named = reader.origin(of: "agent.name"), let placed = reader.origin(of: "identity.path"),
            named.precedence > placed.precedence
        else { return path }
        reader.amend("identity.path", value: own ?? "", origin: .default)
        return own
    }
}

extension AgentSettings.Hanzod {
    fileprivate init(_ reader: inout KeyReader, _ environment: [String: String]) {
        let home = reader.home
        reader.alias("HANZOD_ADDR", for: "hanzod.address")
        let address: Endpoint? = reader.read("hanzod.address", .text, default: nil, show: { $0?.description ?? "" }) {
            value throws(Unfit) in
            let text = try KeyReader.text(value)
            guard let endpoint = Endpoint(parsing: text, home: home) else {
                throw Unfit("\"\(text)\" is neither a host:port nor the path of a socket")
            }
            return endpoint
        }
        let discovers = reader.flag("hanzod.auto_discover", default: true)
        if let address, let origin = reader.origin(of: "hanzod.address") {
            candidates = [Candidate(endpoint: address, source: origin.description)]
        } else {
            candidates = discovers ? Candidate.discovered(environment: environment, home: home) : []
            if !discovers, reader.origin(of: "hanzod.address") == nil {
                reader.note(
                    Problem("hanzod.address", "hanzod.auto_discover", reason: "without discovery an address is needed"))
            }
        }
        network = reader.optionalText("hanzod.network", checkName)
        nodeID = reader.read("hanzod.node_id", .text, default: nil, show: { $0?.description ?? "" }) {
            value throws(Unfit) in
            guard let digest = Digest(hex: try KeyReader.text(value)) else {
                throw Unfit("is no NodeID: 64 hexadecimal digits")
            }
            return NodeID(digest)
        }
        nodeIDPath = reader.path("hanzod.node_id_path", default: home + "/.hanzod/node.id")
        tokenPath = reader.path("hanzod.token_path", default: home + "/.hanzod/token")
    }
}

extension AgentSettings.Payment {
    fileprivate init(_ reader: inout KeyReader) {
        network = reader.choice("payment.network", default: PaymentNetwork.lightning)
        walletPath = reader.path("payment.wallet_path", default: reader.home + "/.hanzo/wallet")
        prices = reader.read("payment.prices", .map, default: [], show: Self.show) { value throws(Unfit) in
            guard case .table(let members) = value else { throw Unfit("is \(value.kind), expected { code = 100, … }") }
            var prices = [Price]()
            for (name, value) in members.sorted(by: { $0.key < $1.key }) { prices.append(try Self.price(name, value)) }
            return prices
        }
        autoPayMax = reader.count("payment.auto_pay_max", default: 0, in: 0...2_100_000_000_000_000)
    }

    private static func price(_ name: String, _ value: Value) throws(Unfit) -> Price {
        guard let type = AgentSettings.TaskType(rawValue: name) else {
            let names = AgentSettings.TaskType.allCases.map(\.rawValue).joined(separator: ", ")
            throw Unfit("\"\(name)\" is none of the task types \(names)")
        }
        guard case .integer(let satoshis) = value, (0...2_100_000_000_000_000).contains(satoshis) else {
            throw Unfit("the price of \(name) is no number of satoshis")
        }
        return Price(taskType: type, satoshis: Int(satoshis))
    }

    private static func show(_ prices: [Price]) -> String {
        prices.map { "\($0.taskType.rawValue)=\($0.satoshis)" }.joined(separator: ",")
    }
}
