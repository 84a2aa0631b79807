import Identity
import MeshSchema
import NodeCore
import Primitives
import Testing

/// Random lives of mailboxes, each ended by a crash: what comes back from image and journal equals what was in memory.
struct RandomMailTests {
    @Test("mailboxes come back as they were", arguments: 0..<12)
    func comesBack(seed: Int) throws {
        var player = try MailPlayer(seed: UInt64(seed))
        for _ in 0..<150 { try player.step() }
        try player.everybodyComesBack()
        let before = try player.picture(of: player.node)
        let fates = try player.fates(of: player.node, player.members)
        #expect(!fates.isEmpty)
        let disks = [player.node.kill(), player.node.cutPower()]
        let leftOvers = try player.leftOvers(of: player.node, player.members)
        for disk in disks {
            let again = try TestNode(limits: MailPlayer.limits, disk: disk, wall: player.node.now.wall)
            #expect(try player.picture(of: again) == before)
            let members = try player.join(again)
            #expect(try player.fates(of: again, members) == fates)
            try player.checkMarks(again, members)
            #expect(try player.leftOvers(of: again, members) == leftOvers)
        }
    }
}

/// Four agents who write, read, refuse, come and go at random.
struct MailPlayer {
    let node: TestNode
    private(set) var members: [TestMember] = []
    private var online: [Bool] = []
    private var random: PRNG
    private var connection: UInt64 = 100

    static var limits: NodeLimits {
        var limits = NodeLimits()
        limits.trimRecordCount = 50
        limits.maxMailboxCount = 12
        limits.maxDeadLetterCount = 4
        limits.sequenceWindow = 8
        limits.deliveryWindow = 3
        return limits
    }

    init(seed: UInt64) throws {
        random = PRNG(seed: seed)
        node = try TestNode(limits: Self.limits)
        for index in 0..<4 {
            members.append(try node.join("agent-\(index)", over: UInt64(index + 1)))
            online.append(true)
        }
    }

    private mutating func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    mutating func step() throws {
        let who = pick(members.count)
        guard online[who] else { return try comeBack(who) }
        switch pick(12) {
        case 0...5: try write(who)
        case 6...8: try read(who)
        case 9:
            try node.take(.disconnected(members[who].connection))
            online[who] = false
        case 10: try node.advance(.milliseconds(Int64(pick(3_000))))
        default: try retry()
        }
    }

    private mutating func comeBack(_ who: Int) throws {
        connection += 1
        members[who] = try node.join(members[who].agent, over: connection)
        online[who] = true
    }

    /// Mostly the next number, sometimes one ahead or an older one again.
    private mutating func write(_ who: Int) throws {
        let recipient = members[pick(members.count)].id
        let expiresAt = pick(3) == 0 ? node.now.wall.milliseconds + Int64(pick(4_000)) : 0
        let counter: UInt64? = pick(4) == 0 ? UInt64(1 + pick(12)) : nil
        _ = try node.send(
            &members[who], to: recipient, "\(random.next())", counter: counter, expiresAt: expiresAt,
            wait: pick(2) == 0 ? .stored : .accepted)
    }

    private mutating func read(_ who: Int) throws {
        let handed = node.delivered(to: members[who])
        guard !handed.isEmpty else { return }
        let chosen = handed[pick(handed.count)].envelope.acknowledgement(accepted: pick(5) > 0, reason: "no")
        _ = try node.answer(members[who].requester, .acknowledge(node.main, [chosen]))
    }

    private mutating func retry() throws {
        guard case .mail(let dead) = try ask(node, .mail(node.main, deadOnly: true, agent: nil, limit: 0)) else {
            return
        }
        guard !dead.isEmpty else { return }
        _ = try ask(node, .retryMail(node.main, digest: dead[pick(dead.count)].digest))
    }

    private func ask(_ node: TestNode, _ request: Request) throws -> Response {
        try node.answer(.owner(ConnectionID(1)), request)
    }

    // MARK: Comparing

    /// Everything that can be asked of a node's mail, without what only sessions know.
    func picture(of node: TestNode) throws -> [String] {
        var lines: [String] = []
        for member in members {
            guard case .mail(let items) = try ask(node, .mail(node.main, deadOnly: false, agent: member.id, limit: 0))
            else { continue }
            lines += items.map { item in
                let isDead = item.tier == .expired || item.tier == .deadLetter
                return "\(item.digest) \(item.sequence) \(isDead ? "dead" : "alive") \(item.expiresAt) \(item.reason)"
            }
        }
        return lines
    }

    mutating func everybodyComesBack() throws {
        for who in members.indices where !online[who] { try comeBack(who) }
    }

    /// All agents join a node that has come back.
    func join(_ again: TestNode) throws -> [TestMember] {
        try members.enumerated().map { try again.join($0.element.agent, over: UInt64(1_000 + $0.offset)) }
    }

    /// What their senders can still learn of messages that are over.
    func fates(of node: TestNode, _ members: [TestMember]) throws -> [String] {
        var fates: [String] = []
        for sender in members {
            for recipient in members {
                for epoch in 1...8 as ClosedRange<UInt64> {
                    for counter in 1...24 as ClosedRange<UInt64> {
                        let sequence = MailSequence(epoch: HomeEpoch(epoch), counter: counter)
                        let answer = try node.answer(
                            sender.requester, .mailStatus(node.main, to: recipient.id, sequence))
                        guard case .mailReceipt(let receipt) = answer, receipt.tier.rawValue > 2 else { continue }
                        fates.append("\(receipt)")
                    }
                }
            }
        }
        return fates
    }

    /// What still waits when everybody has acknowledged everything: only what stands behind a gap.
    func leftOvers(of node: TestNode, _ members: [TestMember]) throws -> [Digest] {
        for member in members { try node.acknowledgeAll(member) }
        guard case .mail(let items) = try ask(node, .mail(node.main, deadOnly: false, agent: nil, limit: 0)) else {
            return []
        }
        return items.filter { $0.tier.rawValue < 4 }.map(\.digest)
    }

    /// Whoever comes back hears of what they may have heard before as redelivered, in each sender's order.
    func checkMarks(_ again: TestNode, _ members: [TestMember]) throws {
        let before = Set(node.deliveries.map(\.delivery.digest))
        for returned in members {
            try again.acknowledgeAll(returned)
            let deliveries = again.delivered(to: returned)
            for delivery in deliveries where before.contains(delivery.digest) { #expect(delivery.isRedelivered) }
            #expect(Set(deliveries.map(\.digest)).count == deliveries.count)
        }
    }
}
