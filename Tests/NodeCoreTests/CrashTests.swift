import Certificates
import Identity
import MeshSchema
import MeshState
import NodeCore
import Primitives
import Storage
import Testing

/// Crashes at every effect boundary of a short life, and what must be true afterwards.
struct CrashTests {
    enum Kind: CaseIterable {
        /// kill -9: the stores keep what was written; the journal keeps what was synced.
        case kill
        /// Power cut: the stores fall back to their last flush.
        case powerCut
    }

    @Test("whatever a node has promised is there after a crash at any effect", arguments: Kind.allCases)
    func everyBoundary(kind: Kind) throws {
        let whole = try Life()
        try whole.live()
        let count = whole.node.stepCount
        #expect(count > 100)
        for budget in 0..<count {
            let life = try Life()
            life.node.budget = budget
            #expect(throws: Crash.self) { try life.live() }
            try life.checkAfter(kind, budget)
        }
    }

    @Test("a node that crashes again while it comes back loses nothing either")
    func twice() throws {
        var random = PRNG(seed: 11)
        let whole = try Life()
        try whole.live()
        for _ in 0..<60 {
            let life = try Life()
            life.node.budget = Int(random.next() % UInt64(whole.node.stepCount))
            #expect(throws: Crash.self) { try life.live() }
            let disk = random.next() % 2 == 0 ? life.node.kill() : life.node.cutPower()
            let again = try TestNode(limits: Life.limits, disk: disk, wall: life.node.now.wall)
            again.budget = again.stepCount + Int(random.next() % 30)
            do { _ = try again.join("passer-by", over: 77) } catch is Crash {}
            try life.check(again.kill(), "twice")
            try life.check(again.cutPower(), "twice")
        }
    }

    @Test("a journal that lost what its stores reflect is refused")
    func lostJournal() throws {
        let life = try Life(limits: NodeLimits())
        try life.live()
        var disk = life.node.kill()
        disk.journal = []
        #expect(throws: RecoveryFailure.self) { try TestNode(disk: disk) }
    }

    @Test("a record that was changed under its checksum stops the start and is named")
    func changedRecord() throws {
        let node = try TestNode()
        _ = try node.join("ada")
        var disk = node.cutPower()
        disk.journal[1][0] = 9
        #expect(throws: RecoveryFailure.unreadableRecord(LSN(2), .unknownVersion(9))) { try TestNode(disk: disk) }
    }

    @Test("few large records are trimmed as soon as many small ones")
    func trimmedByBytes() throws {
        var limits = NodeLimits()
        limits.trimByteCount = 200_000
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        for index in 0..<12 {
            _ = try node.commit(&ada, [Work.fact("large \(index)", Array(repeating: 7, count: 60_000))])
            #expect(node.disk.journal.map(\.count).reduce(0, +) < 400_000)
        }
        let again = try TestNode(limits: limits, disk: node.cutPower(), wall: node.now.wall)
        #expect(try again.machine().applied.stateRoot == node.machine().applied.stateRoot)
    }

    @Test("a network without work doesn't keep the others' records in the journal")
    func idleNetwork() throws {
        var limits = NodeLimits()
        limits.trimRecordCount = 8
        let node = try TestNode([TestNode.genesis(), TestNode.genesis("idle", ["heartbeat_ms": 86_400_000])], limits: limits)
        var ada = try node.join("ada")
        for _ in 0..<12 { _ = try node.commit(&ada, [Work.commit]) }
        #expect(node.disk.journal.count < 12)
        let again = try TestNode(node.networks, limits: limits, disk: node.cutPower(), wall: node.now.wall)
        var returned = try again.join("ada")
        #expect(try again.commit(&returned, [Work.commit]).map(\.state) == [.included])
    }

    @Test("mail is written to the store only when the journal has synced it")
    func writeBehind() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        for index in 0..<2 {
            node.ask(
                ada.requester,
                .send(node.main, envelope: ada.agent.envelope(in: node.main, to: bob.id), wait: .accepted))
            if index == 1 { node.give(.timer(.checkpoint)) }
        }
        try node.settle()
        #expect(try MailPosition.read(from: node.disk.mail) == node.disk.end)
    }

    @Test("a restart without a crash goes on where the node stood, in a new term")
    func restart() throws {
        let node = try TestNode()
        var ada = try node.join("ada", over: 1)
        _ = try node.commit(&ada, [Work.commit])
        let again = try TestNode(disk: node.kill(), wall: node.now.wall)
        let machine = try again.machine()
        #expect(machine.applied.height == (try node.machine().applied.height))
        #expect(machine.applied.stateRoot == (try node.machine().applied.stateRoot))
        guard case .info(let info) = try again.answer(.connection(ConnectionID(1)), .info) else { throw Crash() }
        #expect(info.networks[0].term == Term(2))
        #expect(info.networks[0].finalHeight == info.networks[0].height)
        #expect(info.networks[0].commitCount == 1)
    }
}

/// A short life of a node with two agents, and what its agents have been promised.
private final class Life {
    let node: TestNode
    private var members: [TestMember] = []
    private var acknowledged: Set<Digest> = []

    static var limits: NodeLimits {
        var limits = NodeLimits()
        limits.trimRecordCount = 8
        return limits
    }

    init(limits: NodeLimits = Life.limits) throws { node = try TestNode(limits: limits) }

    func live() throws {
        var ada = try join("ada", over: 1)
        let bob = try join("bob", over: 2)
        _ = try node.commit(&ada, [Work.commit, Work.fact("a", [1])])
        for index in 0..<3 { _ = try node.send(&ada, to: bob.id, "online \(index)", wait: .stored) }
        try acknowledge(bob, 0)
        _ = try node.send(&ada, to: bob.id, "ahead", counter: 6, wait: .stored)
        try node.take(.disconnected(bob.connection))
        _ = try node.send(&ada, to: bob.id, "offline", counter: 4, wait: .stored)
        try node.advance(.seconds(2))
        _ = try node.commit(&ada, [Work.offer("t")])
        let returned = try join("bob", over: 3)
        try acknowledge(returned, 0)
        _ = try node.send(&ada, to: bob.id, "gap", counter: 5, wait: .accepted)
        try node.advance(.seconds(2))
        try acknowledge(returned, 1)
        _ = try node.commit(&ada, [Work.claim("t")])
        try node.advance(.seconds(12))
    }

    private func join(_ name: String, over connection: UInt64) throws -> TestMember {
        let member = try node.join(name, over: connection)
        members.append(member)
        return member
    }

    /// Acknowledges one of the messages that a session has been handed. What was asked counts, whether or not the node
    /// got it.
    private func acknowledge(_ member: TestMember, _ index: Int) throws {
        let envelope = node.delivered(to: member)[index].envelope
        acknowledged.insert(envelope.digest)
        try node.acknowledge(member, [envelope])
    }

    func checkAfter(_ kind: CrashTests.Kind, _ budget: Int) throws {
        try check(kind == .kill ? node.kill() : node.cutPower(), "\(kind) after \(budget) effects")
    }

    /// Starts a node from what a crash left, and compares it with what was promised.
    func check(_ disk: TestDisk, _ place: Comment) throws {
        let again = try TestNode(limits: Self.limits, disk: disk, wall: node.now.wall)
        try checkCommits(again, place)
        try checkHeaders(again, place)
        try checkMail(again, place)
    }

    private func checkCommits(_ again: TestNode, _ place: Comment) throws {
        let view = try again.machine().view
        for reply in node.replies.values {
            switch reply {
            case .registered(let registered):
                #expect(try view.agent(registered.agent)?.homeEpoch.value ?? 0 >= registered.homeEpoch.value, place)
            case .receipts(let receipts):
                for receipt in receipts where receipt.state == .included {
                    let found = try members.compactMap { try view.commit($0.id, nonce: receipt.nonce) }
                    #expect(found.contains { $0.height == receipt.height && $0.leafHash == receipt.leafHash }, place)
                }
            default: continue
            }
        }
    }

    /// A header that was once signed is the header of its height for ever.
    private func checkHeaders(_ again: TestNode, _ place: Comment) throws {
        let machine = try again.machine()
        for header in node.signed { #expect(try machine.header(at: header.height) == header, place) }
        #expect(machine.finalHeight == machine.applied.height, place)
    }

    private func checkMail(_ again: TestNode, _ place: Comment) throws {
        guard let bob = members.first(where: { $0.agent.name == "bob" }) else { return }
        let returned = try again.join(TestAgent("bob"), over: 50)
        let now = again.delivered(to: returned)
        let before = Set(node.deliveries.map(\.delivery.digest))
        for delivery in now where before.contains(delivery.digest) { #expect(delivery.isRedelivered, place) }
        #expect(Set(now.map(\.digest)).count == now.count, place)
        let held = try again.heldMail(bob.id)
        let found = Set(now.map(\.digest)).union(held)
        for digest in storedMail where !acknowledged.contains(digest) { #expect(found.contains(digest), place) }
        let counters = now.map { $0.envelope.message.counter }
        #expect(counters == counters.sorted(), place)
        var ada = try again.join(TestAgent("ada"), over: 51)
        _ = try again.send(&ada, to: bob.id, "after")
        #expect(again.inbox(of: returned).last == "after", place)
        #expect(try again.commit(&ada, [Work.commit]).map(\.state) == [.included], place)
    }

    /// Messages whose sender was told that they are stored.
    private var storedMail: Set<Digest> {
        var stored: Set<Digest> = []
        for case .mailReceipt(let receipt) in node.replies.values where receipt.tier == .stored {
            stored.insert(receipt.digest)
        }
        for item in node.receipts where item.receipt.tier == .stored { stored.insert(item.receipt.digest) }
        return stored
    }
}

extension TestNode {
    /// Messages that wait, for whatever reason.
    func heldMail(_ agent: AgentID) throws -> Set<Digest> {
        guard
            case .mail(let items) = try answer(
                .owner(ConnectionID(1)), .mail(main, deadOnly: false, agent: agent, limit: 0))
        else { return [] }
        return Set(items.map(\.digest))
    }
}
