import Certificates
import Consensus
import Identity
@_spi(Simulation) import MeshCrypto
import MeshSchema
import MeshState
import NodeCore
import Primitives
import Storage
import Testing

/// The node stopped where the test wanted it to.
struct Crash: Error {}

/// A node whose effects are performed inline, in order, over a disk in memory. Journal records are synced in groups,
/// when nothing else is left to do.
final class TestNode {
    let networks: [Genesis]
    private(set) var core: NodeCore
    private(set) var disk: TestDisk
    private var keepers: [NetworkID: TestKeeper] = [:]
    private var queue: [Effect] = []
    private var unsynced: [[UInt8]] = []
    private(set) var timers: [TimerID: Instant] = [:]
    var now = Now(instant: Instant(nanoseconds: 1), wall: WallTime(milliseconds: 2_000_000))

    // What was observed
    private(set) var replies: [RequestID: Response] = [:]
    private(set) var deliveries: [(session: SessionID, delivery: Delivery)] = []
    private(set) var receipts: [(session: SessionID, receipt: MailReceipt)] = []
    private(set) var fenced: [SessionID] = []
    private(set) var closed: [SessionID] = []
    private(set) var notifications: [StateEvent] = []
    private(set) var signed: [BlockHeader] = []
    private(set) var events: [Event] = []
    private(set) var isDrained = false

    // How the world answers
    /// Inbox calls return at once.
    var returnsDeliveries = true
    /// Observers return at once.
    var returnsNotifications = true
    /// Steps until the crash; nil: none.
    var budget: Int?
    private(set) var stepCount = 0
    private var nextRequest: UInt64 = 1

    static let bundle = TestAgent.bundle("node")
    static let authority = TestAgent.bundle("authority")
    static var id: NodeID { bundle.nodeID }

    static func genesis(_ name: String = "main", _ parameters: [String: UInt64] = [:]) -> Genesis {
        var listed = NetworkParameters()
        for (name, value) in parameters { listed[name] = value }
        return Genesis(
            poa: name, authority: authority, nodes: [id], time: WallTime(milliseconds: 1_000_000), parameters: listed)
    }

    init(
        _ networks: [Genesis] = [genesis()], limits: NodeLimits = NodeLimits(), disk: TestDisk? = nil,
        wall: WallTime = WallTime(milliseconds: 2_000_000)
    ) throws {
        self.networks = networks
        self.disk = disk ?? TestDisk(networks)
        now.wall = wall
        core = NodeCore(
            NodeConfiguration(
                node: Self.id, name: "node", version: "0", startedAt: wall, limits: limits,
                networks: networks.enumerated().compactMap {
                    NetworkConfiguration($0.element, node: Self.id, isDefault: $0.offset == 0)
                }), verifier: SimulatedVerifier())
        let restored = try recover()
        try take(.restored(restored))
    }

    private func recover() throws -> Restored {
        for genesis in networks {
            guard let store = disk.stores[genesis.networkID] else { continue }
            keepers[genesis.networkID] = try TestKeeper(genesis, store)
        }
        let applied = try networks.compactMap { keepers[$0.networkID]?.machine }.map { machine in
            Recovery.Applied(
                network: machine.network,
                head: machine.applied.height == .genesis ? nil : try machine.header(at: machine.applied.height),
                finalHeight: machine.finalHeight, position: machine.applied.journalPosition)
        }
        var recovery = Recovery(applied, mailPosition: try MailPosition.read(from: disk.mail))
        var pairs: [([UInt8], [UInt8])] = []
        try disk.mail.scan(.mail, from: [], upTo: nil) { key, value in
            pairs.append((key, value))
            return true
        }
        for (key, value) in pairs { try recovery.loadMail(key: key, value: value) }
        for (index, record) in disk.journal.enumerated() {
            let position = LSN(disk.trimmed.value + UInt64(index) + 1)
            guard let step = try recovery.take(position, record) else { continue }
            switch step {
            case .execute(let header, _, _), .storeFinality(let header, _): try keepers[header.network]?.perform(step)
            }
        }
        try recovery.check(journalEnd: disk.end)
        let contents = try keepers.mapValues { keeper in
            Recovery.NetworkContents(
                agents: try keeper.machine.view.agents(limit: .max).items.map(\.record),
                counts: try keeper.machine.view.counts(), nextDue: keeper.machine.nextExpiry)
        }
        return recovery.finish(last: disk.end) { id in
            guard let found = contents[id] else { preconditionFailure("every network has a keeper") }
            return found
        }
    }

    // MARK: Running

    func take(_ input: Input) throws {
        give(input)
        try settle()
    }

    /// Hands an input over without performing what follows.
    func give(_ input: Input) {
        var effects = Effects()
        core.handle(input, at: now, effects: &effects)
        queue += effects.take()
    }

    /// Performs effects until nothing is left to do.
    func settle() throws {
        while true {
            while !queue.isEmpty { try perform(queue.removeFirst()) }
            guard !unsynced.isEmpty else { return }
            try step()
            disk.journal += unsynced
            unsynced = []
            give(.journaled(upTo: disk.end))
        }
    }

    /// Performs replies only; everything else stays for later.
    func settleReplies() throws {
        let waiting = queue
        queue = []
        for effect in waiting {
            if case .reply = effect { try perform(effect) } else { queue.append(effect) }
        }
    }

    private func step() throws {
        if let budget, stepCount >= budget { throw Crash() }
        stepCount += 1
    }

    private func perform(_ effect: Effect) throws {
        try step()
        switch effect {
        case .reply(let request, let response):
            #expect(replies[request] == nil, "a request is answered once")
            replies[request] = response
        case .deliver(let session, let delivery):
            deliveries.append((session, delivery))
            if returnsDeliveries {
                give(.delivered(session, delivery.network, digest: delivery.digest, succeeded: true))
            }
        case .pushReceipts(let session, _, let pushed):
            receipts += pushed.map { (session, $0) }
            give(.receiptsPushed(session))
        case .fenced(let session, _, _): fenced.append(session)
        case .closeSession(let session): closed.append(session)
        case .notify(let subscription, let event):
            notifications.append(event)
            if returnsNotifications { give(.notified(subscription, succeeded: true)) }
        case .verify(let token, let check): give(.verified(token, isValid: check.isValid(by: SimulatedVerifier())))
        case .sign(let network, let header):
            signed.append(header)
            let signature = try FinalitySignature.sign(header, scheme: .hybrid, with: TestAgent.signer(Self.authority))
            give(.signed(network, header.height, signature))
        case .append(let position, let record):
            #expect(position.value == disk.end.value + UInt64(unsynced.count) + 1, "records are numbered without gaps")
            unsynced.append(record.encoded())
        case .setTimer(let timer, let deadline): timers[timer] = deadline
        case .event(let event): events.append(event)
        case .stop: break
        case .drained: isDrained = true
        case .trim, .execute, .apply, .storeFinality, .storeMail, .query: try performOnState(effect)
        }
    }

    private func performOnState(_ effect: Effect) throws {
        switch effect {
        case .trim(let position): disk.trim(before: position)
        case .execute(let network, let proposal, let batches):
            guard let result = try keepers[network]?.execute(proposal, batches) else { return }
            give(.executed(network, proposal.height, result))
        case .apply(let network, let header, let position):
            #expect(position <= disk.end, "nothing is applied that isn't in the journal")
            let due = try keepers[network]?.apply(header, position)
            give(.applied(network, header.height, nextDue: due ?? nil))
        case .storeFinality(let network, let header, let signature):
            try keepers[network]?.machine.recordFinality(signature, at: header.height)
        case .storeMail(let operations, let position):
            #expect(position <= disk.end, "the mail store never runs ahead of the journal")
            var batch = Batch()
            for operation in operations {
                switch operation {
                case .put(let family, let key, let value): batch.put(key, value, in: family)
                case .delete(let family, let key): batch.delete(key, in: family)
                case .deleteRange: Issue.record("mail deletes no ranges")
                }
            }
            try disk.mail.write(batch, sync: false)
            give(.mailStored(position: position))
        case .query(let token, let network, let query):
            guard let result = try keepers[network]?.answer(query) else { return }
            give(.queried(token, result))
        default: return
        }
    }

    /// Lets time pass, firing what falls due on the way.
    func advance(_ interval: Interval) throws {
        let end = now.instant + interval
        while let (timer, deadline) = timers.filter({ $0.value <= end }).min(by: { $0.value < $1.value }) {
            timers[timer] = nil
            now.wall = now.wall + max(.zero, deadline - now.instant)
            now.instant = max(now.instant, deadline)
            try take(.timer(timer))
        }
        now.wall = now.wall + (end - now.instant)
        now.instant = end
    }

    // MARK: Asking

    @discardableResult
    func ask(_ requester: Requester, _ request: Request) -> RequestID {
        let id = RequestID(nextRequest)
        nextRequest += 1
        give(.request(id, from: requester, request))
        return id
    }

    func answer(_ requester: Requester, _ request: Request) throws -> Response {
        let id = ask(requester, request)
        try settle()
        return try #require(replies[id])
    }

    /// The code with which a request is refused; nil: it isn't.
    func refusal(_ requester: Requester, _ request: Request) throws -> ErrorCode? {
        guard case .failure(let refusal) = try answer(requester, request) else { return nil }
        return refusal.code
    }

    // MARK: The disk after a crash

    /// What a killed process leaves: everything written, synced or not, except the journal's unsynced records.
    func kill() -> TestDisk { disk.copy() }
    /// What a power cut leaves.
    func cutPower() -> TestDisk { disk.copy().afterPowerCut() }

    func machine(_ network: NetworkID? = nil) throws -> StateMachine {
        try #require(keepers[network ?? networks[0].networkID]).machine
    }
}
