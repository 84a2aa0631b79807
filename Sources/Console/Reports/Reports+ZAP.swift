import MeshSchema
import Primitives
public import ZAP

// Reports from what a node answers. Bytes that are no identifier become nil or zeros: a report shows what was said, it judges nothing.

extension NodeReport {
    public init(_ info: NodeInfo.Value, address: String, metrics: [ZAP.Metric.Value] = []) {
        self.init(
            id: NodeID(Digest(info.nodeId) ?? .zero), name: info.name, version: info.version,
            protocolVersion: Int(info.protocolVersion), startedAt: WallTime(milliseconds: info.startedAt), address: address,
            agentCount: Int(info.agentCount), networks: info.networks.map { NetworkReport($0) },
            metrics: metrics.map { Metric(name: $0.name, value: $0.value) })
    }
}

extension NetworkReport {
    public init(_ info: NetworkInfo.Value) {
        self.init(
            id: NetworkID(Digest(info.id) ?? .zero), name: info.name, engine: info.engine, isDefault: info.isDefault,
            height: Height(info.height), finalHeight: Height(info.finalHeight), stateRoot: Digest(info.stateRoot) ?? .zero,
            commitCount: info.commitCount, transactionCount: info.transactionCount, agentCount: UInt64(info.agentCount),
            hashSuite: info.hashSuite, scheme: info.scheme, headerTime: WallTime(milliseconds: info.headerTime),
            term: Term(info.term))
    }
}

extension AgentsReport.Agent {
    public init(_ record: AgentRecord.Value) {
        let status = record.status ?? AgentStatus.Value()
        let capabilities = record.capabilities ?? Capabilities.Value()
        self.init(
            id: AgentID(Digest(record.agent) ?? .zero), name: record.name, role: record.role, isOnline: record.online,
            state: status.state, task: status.taskId, note: status.note,
            progressAt: WallTime(milliseconds: status.progressAt), lastSeenAt: WallTime(milliseconds: record.lastSeen),
            processID: status.processId, destination: ShortHash(record.destination),
            homeNode: Digest(record.home).map { NodeID($0) }, homeEpoch: HomeEpoch(record.homeEpoch),
            registeredHeight: Height(record.registeredHeight), tools: capabilities.tools, languages: capabilities.languages,
            specializations: capabilities.specializations,
            prices: capabilities.prices.map {
                Price(taskType: $0.taskType, asset: $0.amount?.asset ?? "", units: decimal($0.amount?.units ?? []))
            })
    }
}

extension TasksReport.Task {
    public init(_ record: TaskRecord.Value) {
        self.init(
            id: record.taskId, type: record.taskType, state: record.state, description: record.description,
            offeredBy: Digest(record.offeredBy).map { AgentID($0) }, holder: Digest(record.holder).map { AgentID($0) },
            fence: Fence(record.fence), leaseExpiresAt: WallTime(milliseconds: record.leaseExpiresAt), leaseMs: record.leaseMs,
            parent: record.parent, budget: record.budget, deadline: WallTime(milliseconds: record.deadline), note: record.note,
            result: record.result)
    }
}

extension MailReport.Item {
    public init(_ item: MailItem.Value) {
        self.init(
            digest: Digest(item.digest) ?? .zero, id: item.id, from: Digest(item.from).map { AgentID($0) },
            to: Digest(item.to).map { AgentID($0) }, homeEpoch: HomeEpoch(item.homeEpoch), counter: item.counter,
            tier: item.tier.word, byteCount: item.byteCount, acceptedAt: WallTime(milliseconds: item.acceptedAt),
            expiresAt: WallTime(milliseconds: item.expiresAt), attempts: item.attempts, reason: item.reason)
    }
}

extension MailTier {
    /// As reports call it.
    public var word: String {
        switch self {
        case .accepted: "accepted"
        case .stored: "stored"
        case .delivered: "delivered"
        case .acknowledged: "acknowledged"
        case .expired: "expired"
        case .deadLetter: "dead_letter"
        case .unknown(let raw): "unknown_\(raw)"
        }
    }
}

/// The decimal digits of an unsigned big-endian number of any length.
func decimal(_ bytes: [UInt8]) -> String {
    var digits: [UInt8] = [0]
    for byte in bytes {
        var carry = Int(byte)
        for index in digits.indices {
            let value = Int(digits[index]) * 256 + carry
            digits[index] = UInt8(value % 10)
            carry = value / 10
        }
        while carry > 0 {
            digits.append(UInt8(carry % 10))
            carry /= 10
        }
    }
    return digits.reversed().map(String.init).joined()
}
