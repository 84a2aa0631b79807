import Certificates
import Identity
import MeshSchema
import MeshState
import NodeCore
import Primitives
import ZAP

// The core's answers as they stand on the wire.

extension NodeInfo.Value {
    init(_ status: NodeStatus) {
        self.init(
            nodeId: status.node.bytes, name: status.name, version: status.version,
            startedAt: status.startedAt.milliseconds,
            networks: status.networks.map { NetworkInfo.Value($0) }, agentCount: UInt32(clamping: status.agentCount),
            protocolVersion: status.protocolVersion)
    }
}

extension NetworkInfo.Value {
    init(_ status: NetworkStatus) {
        self.init(
            id: status.id.bytes, name: status.name, engine: status.engine, isDefault: status.isDefault,
            height: status.height.value, finalHeight: status.finalHeight.value, stateRoot: status.stateRoot.bytes,
            commitCount: status.commitCount, transactionCount: status.transactionCount,
            agentCount: UInt32(clamping: status.agentCount), hashSuite: status.hashSuite, scheme: status.scheme,
            genesis: status.genesis, headerTime: status.headerTime.milliseconds, term: status.term.value)
    }
}

extension ZAP.Challenge.Value {
    init(_ challenge: CoreChallenge, tokenProof: [UInt8]) {
        self.init(
            node: challenge.node.bytes, nonce: challenge.nonce.bytes, homeEpoch: challenge.homeEpoch.value,
            height: challenge.height.value, tokenProof: tokenProof)
    }
}

extension ZAP.Registered.Value {
    init(_ registered: CoreRegistered) {
        self.init(
            agent: registered.agent.bytes, homeEpoch: registered.homeEpoch.value, height: registered.height.value,
            headerTime: registered.headerTime.milliseconds, mailboxCount: UInt32(clamping: registered.mailboxCount),
            receipt: ZAP.CommitReceipt.Value(registered.receipt))
    }
}

extension ZAP.CommitReceipt.Value {
    init(_ receipt: CoreReceipt) {
        self.init(
            nonce: receipt.nonce, leafHash: receipt.leafHash.bytes,
            state: ZAP.CommitState(rawValue: receipt.state.rawValue),
            height: receipt.height.value, reason: receipt.reason, fence: receipt.fence.value)
    }
}

extension ZAP.MailReceipt.Value {
    init(_ receipt: CoreMailReceipt) {
        self.init(
            id: receipt.id, digest: receipt.digest.bytes, to: receipt.to.bytes, homeEpoch: receipt.sequence.epoch.value,
            counter: receipt.sequence.counter, tier: ZAP.MailTier(rawValue: receipt.tier.rawValue),
            time: receipt.time.milliseconds, reason: receipt.reason)
    }
}

extension ZAP.MailItem.Value {
    init(_ item: CoreMailItem) {
        self.init(
            digest: item.digest.bytes, id: item.id, from: item.from.bytes, to: item.to.bytes,
            homeEpoch: item.sequence.epoch.value, counter: item.sequence.counter,
            tier: ZAP.MailTier(rawValue: item.tier.rawValue), byteCount: UInt32(clamping: item.byteCount),
            acceptedAt: item.acceptedAt.milliseconds, expiresAt: item.expiresAt.milliseconds, attempts: item.attempts,
            reason: item.reason)
    }
}

extension ZAP.AgentRecord.Value {
    init(_ listing: AgentListing) {
        let record = listing.record
        self.init(
            agent: record.id.bytes, name: record.name, role: record.role, destination: listing.destination.bytes,
            homeEpoch: record.homeEpoch.value, home: record.home.bytes, capabilities: record.capabilities,
            bundle: record.bundle.schemaValue, online: listing.isOnline, status: ZAP.AgentStatus.Value(listing.status),
            lastSeen: listing.lastSeen.milliseconds, registeredHeight: record.registeredHeight.value)
    }
}

extension ZAP.AgentStatus.Value {
    init(_ status: CoreStatus) {
        self.init(
            state: status.state, taskId: status.taskID, note: status.note, progressAt: status.progressAt.milliseconds,
            processId: status.processID)
    }

    var core: CoreStatus {
        CoreStatus(
            state: state, taskID: taskId, note: note, progressAt: WallTime(milliseconds: progressAt),
            processID: processId)
    }
}

extension ZAP.TaskRecord.Value {
    init(_ listing: TaskListing) {
        let task = listing.task
        let escrow = Amount.Value(asset: task.escrowAsset, units: task.escrowUnits.bigEndianBytes)
        self.init(
            taskId: listing.id, taskType: task.type, description: listing.offer.description, state: "\(task.state)",
            offeredBy: task.offerer.bytes, holder: task.holder?.bytes ?? [], fence: task.fence.value,
            leaseExpiresAt: task.leaseUntil.milliseconds, leaseMs: task.leaseMilliseconds, parent: task.parent,
            budget: task.budget, deadline: task.deadline.milliseconds, escrow: task.escrowAsset.isEmpty ? nil : escrow,
            result: task.result, note: task.note, context: listing.offer.context)
    }
}

extension ZAP.StateEvent.Value {
    init(_ event: CoreEvent) {
        self.init(
            network: event.network.bytes, height: event.height.value, headerTime: event.headerTime.milliseconds,
            stateRoot: event.stateRoot.bytes,
            changes: event.changes.map { ZAP.StateEvent.Change.Value(topic: $0.topic, key: $0.key, value: $0.value) },
            missed: event.missed, final: event.isFinal)
    }
}

extension ZAP.Metric.Value {
    init(_ metric: CoreMetric) { self.init(name: metric.name, value: metric.value) }
}
