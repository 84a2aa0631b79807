import Primitives

extension NodeSettings {
    /// Reads all sources. Never fails: what is wrong is in the resolution's problems.
    public static func resolve(_ inputs: Inputs) -> Resolution<NodeSettings> {
        var reader = KeyReader(inputs)
        let settings = NodeSettings(&reader)
        reader.noteUnknown(besides: AgentSettings.knownKeys)
        var problems = reader.problems
        // Rules between keys say nothing new about keys that could not be read.
        let unread = Set(problems.flatMap(\.keys))
        problems += settings.problems().filter { unread.isDisjoint(with: $0.keys) }
        let notes = settings.leftOutLines() + settings.startProblems().map { "start will refuse: \($0)" }
        return Resolution(
            settings: settings, entries: reader.entries, problems: problems, inactive: settings.inactive(reader.isSet),
            notes: notes)
    }

    /// The keys that a file may have, besides those of a network's definition.
    public static var knownKeys: Set<String> {
        var reader = KeyReader(Inputs(home: "/"))
        _ = NodeSettings(&reader)
        return Set(reader.entries.map(\.key))
    }

    private init(_ reader: inout KeyReader) {
        let home = reader.home
        name = reader.text("node.name", default: "hanzod", checkName)
        dataDirectory = reader.path("node.data_dir", default: home + "/.hanzod")
        logLevel = reader.choice("log.level", default: LogLevel.info)
        identityPath = reader.path("identity.path", default: dataDirectory + "/identity")
        server = Server(&reader, dataDirectory)
        rns = RNS(&reader)
        pqTunnels = PQTunnels(&reader)
        consensus = ConsensusDefaults(&reader, dataDirectory)
        state = State(&reader, dataDirectory)
        payment = Payment(&reader, dataDirectory)
        gossip = Gossip(
            fanout: reader.count("gossip.fanout", default: 6, in: 1...64),
            ttl: reader.count("gossip.ttl", default: 10, in: 1...255),
            seenCacheSize: reader.count("gossip.seen_cache_size", default: 100_000, in: 1_000...100_000_000))
        peers = Peers(bootstrap: reader.texts("peers.bootstrap", checkPeer))
        networks = Networks(&reader, consensus)
        metrics = Metrics(
            isEnabled: reader.flag("metrics.enabled", default: false),
            listen: reader.port("metrics.listen", default: .tcp(host: "127.0.0.1", port: 9090)))
    }
}

extension NodeSettings.Server {
    fileprivate init(_ reader: inout KeyReader, _ dataDirectory: String) {
        socketPath = reader.path("zap_server.socket", default: dataDirectory + "/hanzod.sock")
        listen = reader.port("zap_server.listen", default: .tcp(host: "127.0.0.1", port: 9999), canBeOff: true)
        tokenPath = reader.path("zap_server.token_path", default: dataDirectory + "/token")
        proofTimeout = reader.interval(
            "zap_server.proof_timeout", default: .seconds(10), in: .milliseconds(100) ... .seconds(3_600))
        maxAgentCount = reader.count("zap_server.max_agents", default: 1_000, in: 1...100_000)
        tlsCertificatePath = reader.optionalPath("zap_server.tls_cert")
        tlsKeyPath = reader.optionalPath("zap_server.tls_key")
    }
}

extension NodeSettings.RNS {
    fileprivate init(_ reader: inout KeyReader) {
        isEnabled = reader.flag("rns.enabled", default: false)
        configurationPath = reader.path("rns.config_path", default: "/etc/reticulum")
        interfaces = reader.choices("rns.interfaces", of: Interface.self)
        listen = reader.port("rns.listen", default: .tcp(host: "0.0.0.0", port: 4242), canBeOff: true)
        announceInterval = reader.interval(
            "rns.announce_interval", default: .seconds(300), in: .seconds(10) ... .seconds(86_400))
    }
}

extension NodeSettings.PQTunnels {
    fileprivate init(_ reader: inout KeyReader) {
        isEnabled = reader.flag("pq_tunnels.enabled", default: false)
        kem = reader.choice("pq_tunnels.kem", default: KEM.mlkem768)
        signing = reader.choice("pq_tunnels.signing", default: Signing.mldsa65)
        keyRotationInterval = reader.interval(
            "pq_tunnels.key_rotation_interval", default: .seconds(3_600), in: .seconds(60) ... .seconds(86_400))
    }
}

extension NodeSettings.ConsensusDefaults {
    fileprivate init(_ reader: inout KeyReader, _ dataDirectory: String) {
        mode = reader.choice("consensus.mode", default: Engine.poa)
        threshold = reader.fraction("consensus.threshold", default: Fraction(2, 3))
        roundTimeout = reader.interval(
            "consensus.round_timeout", default: .seconds(10), in: .milliseconds(10) ... .seconds(3_600))
        proposalTimeout = reader.interval(
            "consensus.proposal_timeout", default: .seconds(30), in: .milliseconds(10) ... .seconds(3_600))
        authorityKeyPath = reader.path("consensus.poa.authority_key", default: dataDirectory + "/authority.key")
    }
}

extension NodeSettings.State {
    fileprivate init(_ reader: inout KeyReader, _ dataDirectory: String) {
        storage = reader.choice("state.storage", default: Storage.rocksdb)
        path = reader.path("state.path", default: dataDirectory + "/state")
        pruning = reader.choice("state.pruning", default: Pruning.archive)
        let segment = reader.byteCount("state.journal_segment", default: ByteCount(1 << 24), in: ByteCount(1 << 14) ... ByteCount(1 << 30))
        journalSegmentByteCount = Int(segment.value)
    }
}

extension NodeSettings.Payment {
    fileprivate init(_ reader: inout KeyReader, _ dataDirectory: String) {
        isEnabled = reader.flag("payment.enabled", default: false)
        networks = reader.choices("payment.networks", of: PaymentNetwork.self)
        walletPath = reader.path("payment.wallet_path", default: dataDirectory + "/wallet")
    }
}

extension NodeSettings.Networks {
    fileprivate init(_ reader: inout KeyReader, _ defaults: NodeSettings.ConsensusDefaults) {
        let name = reader.optionalText("networks.default", checkName)
        definitions = reader.readEach("networks.definitions") { reader, key in
            NetworkDefinition(&reader, key, defaults)
        }
        if definitions.isEmpty { definitions = [NetworkDefinition(name: name ?? "main", defaults)] }
        defaultName = name ?? definitions[0].name
        if name == nil { reader.amend("networks.default", value: defaultName, origin: .default) }
    }
}

extension NetworkDefinition {
    fileprivate init(name: String, _ defaults: NodeSettings.ConsensusDefaults) {
        self.init(
            name: name, engine: defaults.mode, threshold: defaults.threshold, roundTimeout: defaults.roundTimeout,
            proposalTimeout: defaults.proposalTimeout)
    }

    fileprivate init(_ reader: inout KeyReader, _ key: String, _ defaults: NodeSettings.ConsensusDefaults) {
        self.init(name: reader.optionalText(key + ".name", checkName) ?? "", defaults)
        if name.isEmpty, reader.origin(of: key + ".name") == nil {
            reader.note(Problem(key + ".name", reason: "is missing"))
        }
        description = reader.optionalText(key + ".description") ?? ""
        engine = reader.choice(key + ".consensus", default: engine)
        hashSuite = reader.choice(key + ".hash_suite", default: hashSuite)
        scheme = reader.choice(key + ".scheme", default: scheme)
        threshold = reader.fraction(key + ".threshold", default: threshold)
        heartbeat = reader.interval(key + ".heartbeat", default: heartbeat, in: .milliseconds(100) ... .seconds(86_400))
        maxClockSkew = reader.interval(
            key + ".max_clock_skew", default: maxClockSkew, in: .milliseconds(100) ... .seconds(3_600))
    }
}

/// `rns://host/name`.
private func checkPeer(_ text: String) throws(Unfit) {
    let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
    let isFit =
        text.hasPrefix("rns://") && parts.count == 2
        && parts.allSatisfy {
            !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        }
    guard isFit else { throw Unfit("\"\(text)\" is no rns://host/name") }
}
