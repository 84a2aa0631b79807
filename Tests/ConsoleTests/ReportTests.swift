import Foundation
import Primitives
import Settings
import Testing

@testable import Console

@Suite("Reports")
struct ReportTests {
    let agent = AgentID(Digest([UInt8](repeating: 0xAB, count: 32))!)
    let json = OutputStyle(form: .json), people = OutputStyle(), quiet = OutputStyle(form: .identifiers)

    private func task(_ description: String) -> TasksReport {
        TasksReport(
            network: "main",
            tasks: [
                .init(
                    id: "t1", type: "code", state: "claimed", description: description, offeredBy: agent, holder: agent,
                    fence: Fence(3), leaseExpiresAt: WallTime(milliseconds: 1_000), leaseMs: 30_000, parent: "",
                    budget: 5,
                    deadline: .zero, note: "", result: [1, 2])
            ])
    }

    @Test("JSON is one line with version, kind and snake_case keys in order; absent values have no key")
    func jsonForm() throws {
        let hex = agent.description
        #expect(
            json.render(task("a/b \"c\"\n")) == """
                {"kind":"tasks","network":"main","tasks":[{"budget":5,"description":"a/b \\"c\\"\\n","fence":3,"holder":"\(hex)",\
                "id":"t1","lease_expires_at":"1970-01-01T00:00:01.000Z","lease_ms":30000,"offered_by":"\(hex)","result":"0102",\
                "state":"claimed","type":"code"}],"v":1}
                """)
    }

    @Test("people see columns, -q identifiers")
    func otherForms() {
        #expect(
            people.render(task("write it")) == """
                TASK  TYPE  STATE    HOLDER        FENCE  LEASE UNTIL               DESCRIPTION
                t1    code  claimed  abababababab      3  1970-01-01T00:00:01.000Z  write it
                """)
        #expect(quiet.render(task("")) == "t1")
        #expect(people.render(TasksReport(network: "main", tasks: [])) == "no task")
        #expect(quiet.render(TasksReport(network: "main", tasks: [])) == "")
    }

    @Test("colour is only in the heading, and only when asked for")
    func colour() {
        let text = OutputStyle(isColored: true).render(task("x"))
        #expect(text.hasPrefix("\u{1B}[1mTASK") && text.components(separatedBy: "\u{1B}").count == 3)
        #expect(!people.render(task("x")).contains("\u{1B}"))
    }

    @Test(
        "text from strangers cannot drive the terminal",
        arguments: ["\u{1B}[2J", "a\u{9B}1m", "a\r\nb", "\u{202E}a", "\u{0}", "a\u{2028}b"])
    func escapes(text: String) {
        let unsafe = ["\u{1B}", "\u{9B}", "\r", "\u{202E}", "\u{0}", "\u{2028}"]
        for rendered in [
            people.render(task(text)),
            quiet.render(
                SendReport(
                    id: text, digest: nil, to: nil, homeEpoch: HomeEpoch(0), counter: 0, tier: "stored", time: .zero,
                    reason: "")),
        ] {
            #expect(
                !unsafe.contains { rendered.unicodeScalars.contains($0.unicodeScalars.first!) },
                "\(rendered.debugDescription)")
        }
        #expect(people.render(task(text)).split(separator: "\n").count == 2)
    }

    @Test("every kind of report has its own name")
    func kinds() {
        let kinds = [
            NodeReport.kind, NetworkReport.kind, ConsensusReport.kind, AgentsReport.kind, TasksReport.kind,
            MailReport.kind,
            StateValueReport.kind, VerificationReport.kind, CommitReport.kind, SendReport.kind, EventReport.kind,
            ConfigurationReport.kind, VersionReport.kind, ErrorReport.kind, ShowcaseReport.kind,
        ]
        #expect(Set(kinds).count == kinds.count)
    }

    @Test("docs/cli.md describes every key of every report")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let document = try String(contentsOf: root.appending(path: "docs/cli.md"), encoding: .utf8)
        for line in samples {
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let object = try #require(value as? [String: Any])
            let kind = try #require(object["kind"] as? String)
            #expect(document.contains("`\(kind)`"), "kind \(kind)")
            for key in keys(of: value) { #expect(document.contains("`\(key)`"), "key \(key) of \(kind)") }
        }
    }

    private func keys(of value: Any) -> Set<String> {
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(keys(of: $1)) } }
        guard let object = value as? [String: Any] else { return [] }
        return object.values.reduce(into: Set(object.keys)) { $0.formUnion(keys(of: $1)) }
    }

    /// One line of JSON for each kind, with every optional value present.
    private var samples: [String] {
        let time = WallTime(milliseconds: 1)
        let digest = agent.digest
        let network = NetworkReport(
            id: NetworkID(digest), name: "main", engine: "poa", isDefault: true, height: Height(2),
            finalHeight: Height(1),
            stateRoot: digest, commitCount: 1, transactionCount: 1, agentCount: 1, hashSuite: "penumbra",
            scheme: "hybrid",
            headerTime: time, term: Term(1))
        let row = AgentsReport.Agent(
            id: agent, name: "a", role: "b", isOnline: true, state: "idle", task: "t", note: "n", progressAt: time,
            lastSeenAt: time, processID: 1, destination: ShortHash([UInt8](repeating: 1, count: 16)),
            homeNode: NodeID(digest),
            homeEpoch: HomeEpoch(1), registeredHeight: Height(1), tools: ["fs"], languages: ["swift"],
            specializations: ["cli"],
            prices: [.init(taskType: "code", asset: "sat", units: "100")])
        let mail = MailReport.Item(
            digest: digest, id: "m", from: agent, to: agent, homeEpoch: HomeEpoch(1), counter: 1, tier: "dead_letter",
            byteCount: 1, acceptedAt: time, expiresAt: time, attempts: 1, reason: "r")
        let receipt = CommitReport.Receipt(
            key: "k", nonce: 1, leafHash: digest, state: "final", height: Height(1), reason: "r", fence: Fence(1))
        let message = EventReport.Message(
            id: "m", from: agent, senderName: "a", type: "content", text: "x", isRedelivered: true,
            signatures: ["ed25519"])
        let happenings: [EventReport.Happening] = [
            .joined(agent: agent, homeEpoch: HomeEpoch(1), height: Height(1)), .message(message),
            .receipt(id: "m", tier: "stored", reason: "r"),
            .state(topic: "tasks", key: "k", height: Height(1), isFinal: true),
            .missed(count: 1), .disconnected(reason: "r"), .fenced(homeEpoch: HomeEpoch(2)), .left,
        ]
        let settings = NodeSettings.resolve(
            Inputs(file: .init(name: "f", text: "a = 1\n[metrics]\nenabled = true"), home: "/h"))
        return [
            json.render(
                NodeReport(
                    id: NodeID(digest), name: "n", version: "1", protocolVersion: 1, startedAt: time, address: "/s",
                    agentCount: 1,
                    networks: [network], metrics: [.init(name: "m", value: 1)])),
            json.render(network), json.render(ConsensusReport(networks: [network])),
            json.render(AgentsReport(network: "main", agents: [row])), json.render(task("x")),
            json.render(MailReport(network: "main", mail: [mail])),
            json.render(StateValueReport(network: "main", key: "k", value: [1], height: Height(1), proofFile: "f")),
            json.render(
                VerificationReport(
                    file: "f", network: NetworkID(digest), key: "k", value: [1], height: Height(1), headerTime: time,
                    stateRoot: digest, commitAuthor: agent, outcome: "applied")),
            json.render(VerificationReport(file: "f", network: NetworkID(digest), reason: "r")),
            json.render(CommitReport(network: "main", receipts: [receipt])),
            json.render(
                SendReport(
                    id: "m", digest: digest, to: agent, homeEpoch: HomeEpoch(1), counter: 1, tier: "stored", time: time,
                    reason: "r")),
            json.render(ConfigurationReport(settings, listsEntries: true)),
            json.render(VersionReport(program: "hanzod")),
            json.render(
                ShowcaseReport(
                    agents: 1, commits: 1, commitsPerSecond: 1, meanBatch: 1, commitP50Ms: 1, commitP99Ms: 1,
                    idleCommitP50Ms: 1,
                    messages: 1, messageP50Us: 1, messageP99Us: 1, stateRoot: digest, blockCount: 1, fdatasyncs: 1,
                    proofsVerified: 1,
                    mldsaSignP50Us: 1, fdatasyncP50Us: 1, ed25519SignUs: 1, ed25519VerifyUs: 1, nioEchoP50Us: 1)),
            json.render(ErrorReport(Complaint(.denied, "m", remedy: "r"))),
        ] + happenings.map { json.render(EventReport(at: time, network: "main", $0)) }
    }
}
