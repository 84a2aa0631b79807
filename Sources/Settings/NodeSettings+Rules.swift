// What must hold between keys, and what a start needs besides.
extension NodeSettings {
    /// Rules between keys; each key by itself was checked when it was read.
    public func problems() -> [Problem] {
        networkProblems() + placeProblems() + serverProblems() + consensusProblems()
    }

    /// Why a start with these settings is impossible although they are valid: it never runs a network under another engine
    /// than the one it was defined with.
    /// - Parameter engines: those that this build has.
    public func startProblems(engines: Set<Engine> = [.poa]) -> [Problem] {
        guard let network = networks.definitions.first(where: { $0.name == networks.defaultName }),
            !engines.contains(network.engine)
        else { return [] }
        let reason =
            "the default network \"\(network.name)\" asks for \(network.engine.rawValue), which this build doesn't have yet"
        return [Problem("networks.default", reason: reason + "; name a poa network instead")]
    }

    /// The networks that can run, in the order of the file.
    public func runnable(engines: Set<Engine> = [.poa]) -> [NetworkDefinition] {
        networks.definitions.filter { engines.contains($0.engine) }
    }

    /// What a start says about the networks that it leaves out, one line each.
    public func leftOutLines(engines: Set<Engine> = [.poa]) -> [String] {
        networks.definitions.filter { !engines.contains($0.engine) }.map {
            "network \"\($0.name)\" is left out: this build has no \($0.engine.rawValue) engine yet"
        }
    }

    private func networkProblems() -> [Problem] {
        var problems = [Problem]()
        var names: Set<String> = []
        for (index, network) in networks.definitions.enumerated() where !names.insert(network.name).inserted {
            problems.append(
                Problem("networks.definitions[\(index)].name", reason: "\"\(network.name)\" is defined twice"))
        }
        if !names.contains(networks.defaultName) {
            problems.append(
                Problem("networks.default", reason: "\"\(networks.defaultName)\" is not among networks.definitions"))
        }
        for (index, network) in networks.definitions.enumerated() {
            let key = "networks.definitions[\(index)].threshold"
            problems += thresholdProblems(network.threshold, key: network.threshold == consensus.threshold ? nil : key)
        }
        return problems
    }

    /// With a quorum below two thirds, two quorums need not share an honest validator. What a quorum of n validators may be
    /// at most depends on n; the genesis checks that.
    private func thresholdProblems(_ threshold: Fraction, key: String?) -> [Problem] {
        guard let key else { return [] }
        if threshold < Fraction(2, 3) {
            return [
                Problem(
                    key, reason: "\(threshold.settingText) is below 2/3: two quorums might share no honest validator")
            ]
        }
        return Fraction(1, 1) < threshold
            ? [Problem(key, reason: "\(threshold.settingText) is more than everybody")] : []
    }

    private func consensusProblems() -> [Problem] {
        var problems = thresholdProblems(consensus.threshold, key: "consensus.threshold")
        if consensus.proposalTimeout < consensus.roundTimeout {
            problems.append(
                Problem(
                    "consensus.proposal_timeout", "consensus.round_timeout",
                    reason: "a proposal must be given at least the time of a round"))
        }
        return problems
    }

    private func placeProblems() -> [Problem] {
        let places = [
            ("node.data_dir", dataDirectory), ("identity.path", identityPath), ("zap_server.socket", server.socketPath),
            ("zap_server.token_path", server.tokenPath), ("consensus.poa.authority_key", consensus.authorityKeyPath),
            ("state.path", state.path), ("payment.wallet_path", payment.walletPath),
        ]
        var problems = [Problem]()
        for (index, (key, path)) in places.enumerated() {
            for (other, taken) in places[..<index] where taken == path {
                problems.append(Problem(other, key, reason: "both name \(path)"))
            }
        }
        // sun_path holds 108 bytes with its end.
        if server.socketPath.utf8.count >= 108 {
            problems.append(Problem("zap_server.socket", reason: "a Unix socket's path has at most 107 bytes"))
        }
        return problems
    }

    private func serverProblems() -> [Problem] {
        var problems = [Problem]()
        if (server.tlsCertificatePath == nil) != (server.tlsKeyPath == nil) {
            problems.append(
                Problem("zap_server.tls_cert", "zap_server.tls_key", reason: "one is of no use without the other"))
        }
        if let listen = server.listen, !listen.isLocal {
            let reason = "\(listen) is open to other machines, and this build has no TLS yet; use a loopback address"
            problems.append(Problem("zap_server.listen", reason: reason))
        }
        let ports = [
            ("zap_server.listen", server.listen), ("metrics.listen", metrics.isEnabled ? metrics.listen : nil),
        ]
        if let first = ports[0].1, first == ports[1].1, !first.hasKernelPort {
            problems.append(Problem(ports[0].0, ports[1].0, reason: "both name \(first)"))
        }
        return problems
    }
}

extension Endpoint {
    /// Port 0: the kernel chooses.
    var hasKernelPort: Bool {
        if case .tcp(_, port: 0) = self { true } else { false }
    }
}
