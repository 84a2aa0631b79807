import Certificates
import Identity
import MeshSchema
import MeshState
import NodeCore
import Primitives
import Storage
import Testing

struct MailTests {
    @Test("mail to an online agent is delivered at once, and every tier is told")
    func tiers() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        guard case .mailReceipt(let accepted) = try node.send(&ada, to: bob.id, "hello") else { throw Crash() }
        #expect(accepted.tier == .accepted)
        #expect(node.inbox(of: bob) == ["hello"])
        let delivery = node.delivered(to: bob)[0]
        #expect(delivery.senderName == "ada")
        #expect(delivery.sender == ada.agent.bundle)
        #expect(!delivery.isRedelivered)
        try node.acknowledge(bob, [delivery.envelope])
        let told = node.receipts.filter { $0.session == ada.session }.map(\.receipt.tier)
        #expect(told.last == .acknowledged)
        #expect(told.contains(.delivered))
        let sequence = MailSequence(epoch: HomeEpoch(1), counter: 1)
        guard case .mailReceipt(let last) = try node.answer(ada.requester, .mailStatus(node.main, to: bob.id, sequence))
        else { throw Crash() }
        #expect(last.tier == .acknowledged)
        #expect(last.digest == delivery.digest)
    }

    @Test("delivery doesn't wait for the disk, and `stored` does")
    func storedWaits() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        let envelope = ada.agent.envelope(in: node.main, to: bob.id)
        var effects = Effects()
        node.handle(
            .request(RequestID(900), from: ada.requester, .send(node.main, envelope: envelope, wait: .stored)), &effects
        )
        let kinds = effects.all.map(\.kind)
        #expect(kinds.contains("deliver"))
        #expect(!kinds.contains("reply"))
        #expect(kinds.first == "append")
    }

    @Test("of two messages, only the one that is on disk is called stored")
    func storedOneByOne() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        var core = node.core
        var replies: [RequestID] = []
        func take(_ input: Input) {
            var effects = Effects()
            core.handle(input, at: node.now, effects: &effects)
            for case .reply(let request, _) in effects.all { replies.append(request) }
        }
        let end = node.disk.end
        for index in 1...2 as ClosedRange<UInt64> {
            let envelope = ada.agent.envelope(in: node.main, to: bob.id)
            take(
                .request(
                    RequestID(900 + index), from: ada.requester, .send(node.main, envelope: envelope, wait: .stored)))
        }
        #expect(replies.isEmpty)
        take(.journaled(upTo: end.next))
        #expect(replies == [RequestID(901)])
        take(.journaled(upTo: end.next.next))
        #expect(replies == [RequestID(901), RequestID(902)])
    }

    @Test("`stored` is answered when the journal has synced the message")
    func stored() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        guard case .mailReceipt(let receipt) = try node.send(&ada, to: bob.id, "x", wait: .stored) else {
            throw Crash()
        }
        #expect(receipt.tier == .stored)
        #expect(
            try node.refusal(
                ada.requester,
                .send(node.main, envelope: ada.agent.envelope(in: node.main, to: bob.id), wait: .delivered))
                == .notPermitted)
    }

    @Test("mail keeps the order of each sender, also when numbers arrive out of order")
    func order() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        for counter in [3, 2, 5, 1, 4] as [UInt64] {
            _ = try node.send(&ada, to: bob.id, "\(counter)", counter: counter)
        }
        #expect(node.inbox(of: bob) == ["1", "2", "3", "4", "5"])
    }

    @Test("an offline agent gets its mail when it returns, in order, once")
    func offline() throws {
        let node = try TestNode()
        var ada = try node.join("ada", over: 1)
        let bob = try node.join("bob", over: 2)
        try node.take(.disconnected(bob.connection))
        for index in 0..<5 { _ = try node.send(&ada, to: bob.id, "\(index)") }
        #expect(node.inbox(of: bob).isEmpty)
        let returned = try node.join(TestAgent("bob"), over: 3)
        #expect(returned.registered.mailboxCount == 5)
        #expect(node.inbox(of: returned) == ["0", "1", "2", "3", "4"])
        #expect(node.delivered(to: returned).allSatisfy { !$0.isRedelivered })
        try node.acknowledge(returned, node.delivered(to: returned).map(\.envelope))
        try node.take(.disconnected(returned.connection))
        let again = try node.join(TestAgent("bob"), over: 4)
        #expect(again.registered.mailboxCount == 0)
        #expect(node.inbox(of: again).isEmpty)
    }

    @Test("what a lost session had in hand comes again in its old order, marked")
    func redelivery() throws {
        let node = try TestNode()
        var ada = try node.join("ada", over: 1)
        let bob = try node.join("bob", over: 2)
        for index in 0..<4 { _ = try node.send(&ada, to: bob.id, "\(index)") }
        let seen = node.delivered(to: bob)
        try node.acknowledge(bob, [seen[1].envelope])
        try node.take(.disconnected(bob.connection))
        _ = try node.send(&ada, to: bob.id, "4")
        let returned = try node.join(TestAgent("bob"), over: 3)
        #expect(node.inbox(of: returned) == ["0", "2", "3", "4"])
        #expect(node.delivered(to: returned).map(\.isRedelivered) == [true, true, true, false])
    }

    @Test("an unknown recipient is an error at once, and costs no number")
    func unknownRecipient() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let nobody = TestAgent("nobody")
        #expect(try node.send(&ada, to: nobody.id, "x").code == .unknownRecipient)
        let bob = try node.join(nobody)
        _ = try node.send(&ada, to: nobody.id, "now", counter: 1)
        #expect(node.inbox(of: bob) == ["now"])
    }

    @Test("a 16-byte destination is resolved")
    func destination() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        let envelope = ada.agent.envelope(in: node.main, to: bob.id, destination: bob.agent.bundle.destination(.agent))
        #expect(try node.refusal(ada.requester, .send(node.main, envelope: envelope, wait: .accepted)) == nil)
        #expect(node.inbox(of: bob) == ["hello"])
    }

    @Test("signatures must hold, of the right key, over this network")
    func signatures() throws {
        let node = try TestNode([TestNode.genesis("main"), TestNode.genesis("test")])
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        func code(_ change: (inout SignedEnvelope.Value) -> Void) throws -> ErrorCode? {
            var envelope = ada.agent.envelope(in: node.main, to: bob.id, counter: 1, postQuantum: true)
            change(&envelope)
            return try node.refusal(ada.requester, .send(node.main, envelope: envelope, wait: .accepted))
        }
        #expect(try code { $0.signatures[0].bytes[0] ^= 1 } == .badSignature)
        #expect(try code { $0.signatures[1].bytes[0] ^= 1 } == .badSignature)
        #expect(try code { $0.signatures.removeFirst() } == .signatureRequired)
        #expect(try code { $0.signatures[0].keyId[0] ^= 1 } == .malformedEnvelope)
        #expect(try code { $0.signatures += $0.signatures } == .malformedEnvelope)
        #expect(try code { $0.body[8] ^= 0xFF } != nil)
        #expect(try code { $0.body = [] } == .malformedMessage)
        #expect(node.inbox(of: bob).isEmpty)
        #expect(try code { _ in } == nil)
        #expect(node.inbox(of: bob) == ["hello"])
        let foreign = ada.agent.envelope(in: node.networks[1].networkID, to: bob.id)
        #expect(try node.refusal(ada.requester, .send(node.main, envelope: foreign, wait: .accepted)) == .wrongNetwork)
    }

    @Test("a node that asks for ML-DSA says so")
    func signatureRequired() throws {
        var limits = NodeLimits()
        limits.requiresMLDSA = true
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        #expect(try node.send(&ada, to: bob.id, "x", counter: 1).code == .signatureRequired)
        let envelope = ada.agent.envelope(in: node.main, to: bob.id, counter: 1, postQuantum: true)
        #expect(try node.refusal(ada.requester, .send(node.main, envelope: envelope, wait: .accepted)) == nil)
    }

    @Test("the same envelope again is answered with how far it has come, and delivered once")
    func repeated() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        let envelope = ada.agent.envelope(in: node.main, to: bob.id)
        let request = Request.send(node.main, envelope: envelope, wait: .stored)
        let both = [node.ask(ada.requester, request), node.ask(ada.requester, request)]
        try node.settle()
        for id in both {
            guard case .mailReceipt(let receipt)? = node.replies[id] else { throw Crash() }
            #expect(receipt.tier == .stored)
        }
        try node.acknowledge(bob, [envelope])
        guard case .mailReceipt(let late) = try node.answer(ada.requester, request) else { throw Crash() }
        #expect(late.tier == .acknowledged)
        #expect(node.inbox(of: bob).count == 1)
    }

    @Test("a number stands for one message")
    func sequenceReused() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        _ = try node.send(&ada, to: bob.id, "one", counter: 1)
        #expect(try node.send(&ada, to: bob.id, "other", counter: 1).code == .sequenceReused)
        _ = try node.send(&ada, to: bob.id, "five", counter: 5)
        #expect(try node.send(&ada, to: bob.id, "other", counter: 5).code == .sequenceReused)
        try node.acknowledge(bob, [node.delivered(to: bob)[0].envelope])
        #expect(try node.send(&ada, to: bob.id, "other", counter: 1).code == .sequenceReused)
        #expect(try node.send(&ada, to: bob.id, "above", epoch: 2).code == .wrongSequence)
        #expect(try node.send(&ada, to: bob.id, "zero", counter: 0).code == .wrongSequence)
    }

    @Test("a number too far ahead is refused, and never a silent drop")
    func window() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        #expect(try node.send(&ada, to: bob.id, "far", counter: 1_025).code == .windowFull)
        #expect(try node.send(&ada, to: bob.id, "held", counter: 1_024).code == nil)
        #expect(node.inbox(of: bob).isEmpty)
        for counter in 1...1_023 as ClosedRange<UInt64> {
            _ = try node.send(&ada, to: bob.id, "\(counter)", counter: counter)
        }
        node.returnsDeliveries = true
        try node.acknowledgeAll(bob)
        #expect(node.inbox(of: bob).count == 1_024)
        #expect(node.inbox(of: bob).last == "held")
        #expect(try node.send(&ada, to: bob.id, "next", counter: 1_025).code == nil)
    }

    @Test("numbers that are long gone are refused by name")
    func passed() throws {
        var limits = NodeLimits()
        limits.sequenceWindow = 4
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        for index in 1...10 { _ = try node.send(&ada, to: bob.id, "\(index)") }
        try node.acknowledgeAll(bob)
        #expect(try node.send(&ada, to: bob.id, "old", counter: 2).code == .sequencePassed)
        #expect(try node.send(&ada, to: bob.id, "recent", counter: 9).code == .sequenceReused)
    }

    @Test("a newer home epoch starts its own numbers, and what the older one held follows in order")
    func epochs() throws {
        let node = try TestNode()
        var ada = try node.join("ada", over: 1)
        let bob = try node.join("bob", over: 2)
        _ = try node.send(&ada, to: bob.id, "1.1", counter: 1)
        _ = try node.send(&ada, to: bob.id, "1.3", counter: 3)
        var newer = try node.join(TestAgent("ada"), over: 3)
        _ = try node.send(&newer, to: bob.id, "1.2", counter: 2, epoch: 1)
        #expect(node.inbox(of: bob) == ["1.1", "1.2", "1.3"])
        _ = try node.send(&newer, to: bob.id, "1.5", counter: 5, epoch: 1)
        _ = try node.send(&newer, to: bob.id, "2.1", counter: 1)
        #expect(node.inbox(of: bob) == ["1.1", "1.2", "1.3", "1.5", "2.1"])
        #expect(try node.send(&newer, to: bob.id, "1.4", counter: 4, epoch: 1).code == .sequencePassed)
    }

    @Test("a full mailbox rejects with a remedy, and the rejected number doesn't block those behind it")
    func fullMailbox() throws {
        var limits = NodeLimits()
        limits.maxMailboxCount = 3
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada", over: 1)
        let bob = try node.join("bob", over: 2)
        try node.take(.disconnected(bob.connection))
        for index in 1...3 { #expect(try node.send(&ada, to: bob.id, "\(index)").code == nil) }
        let fourth = ada.agent.envelope(in: node.main, to: bob.id, "4")
        let request = Request.send(node.main, envelope: fourth, wait: .accepted)
        #expect(try node.refusal(ada.requester, request) == .mailboxFull)
        let returned = try node.join(TestAgent("bob"), over: 3)
        try node.acknowledgeAll(returned)
        #expect(try node.refusal(ada.requester, request) == .mailboxFull)
        #expect(try node.send(&ada, to: bob.id, "5").code == nil)
        #expect(node.inbox(of: returned) == ["1", "2", "3", "5"])
    }

    @Test("a message that is too large is refused")
    func tooLarge() throws {
        var limits = NodeLimits()
        limits.maxMessageByteCount = 2_000
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        #expect(try node.send(&ada, to: bob.id, String(repeating: "x", count: 2_000)).code == .messageTooLarge)
    }

    @Test("what expires becomes a dead letter that can be listed, shown and retried")
    func expiry() throws {
        let node = try TestNode()
        let owner = Requester.owner(ConnectionID(1))
        var ada = try node.join("ada", over: 1)
        let bob = try node.join("bob", over: 2)
        try node.take(.disconnected(bob.connection))
        let wall = node.now.wall.milliseconds
        _ = try node.send(&ada, to: bob.id, "short", expiresAt: wall + 5_000)
        _ = try node.send(&ada, to: bob.id, "long")
        #expect(try node.send(&ada, to: bob.id, "past", expiresAt: wall - 1).code == .mailExpired)
        _ = try node.send(&ada, to: bob.id, "behind")
        try node.advance(.seconds(7))
        #expect(node.receipts.last?.receipt.tier == .expired)
        guard case .mail(let dead) = try node.answer(owner, .mail(node.main, deadOnly: true, agent: nil, limit: 10))
        else { throw Crash() }
        #expect(dead.map(\.tier) == [.expired])
        #expect(dead[0].reason.hasPrefix("expired: "))
        guard case .mailItem(_, let envelope) = try node.answer(owner, .mailItem(node.main, digest: dead[0].digest))
        else { throw Crash() }
        #expect(envelope.text == "short")
        let returned = try node.join(TestAgent("bob"), over: 3)
        #expect(node.inbox(of: returned) == ["long", "behind"])
        #expect(try node.answer(owner, .retryMail(node.main, digest: dead[0].digest)) == .done)
        #expect(node.inbox(of: returned) == ["long", "behind", "short"])
        #expect(try node.refusal(owner, .retryMail(node.main, digest: dead[0].digest)) == .notDead)
        try node.acknowledgeAll(returned)
        #expect(try node.refusal(owner, .retryMail(node.main, digest: dead[0].digest)) == .unknownMail)
    }

    @Test("a message in an agent's hands doesn't expire under it")
    func inHand() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        _ = try node.send(&ada, to: bob.id, "x", expiresAt: node.now.wall.milliseconds + 5_000)
        try node.advance(.seconds(20))
        try node.acknowledgeAll(bob)
        #expect(node.receipts.last?.receipt.tier == .acknowledged)
    }

    @Test("what the handler refuses becomes a dead letter with its reason")
    func rejected() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        _ = try node.send(&ada, to: bob.id, "x")
        let refused = node.delivered(to: bob)[0].envelope.acknowledgement(accepted: false, reason: "no such tool")
        #expect(try node.answer(bob.requester, .acknowledge(node.main, [refused])) == .done)
        #expect(node.receipts.last?.receipt.tier == .deadLetter)
        #expect(node.receipts.last?.receipt.reason == "rejected: no such tool")
    }

    @Test("an acknowledgement of something else is refused, a repeated one is not")
    func acknowledgements() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        for index in 0..<2 { _ = try node.send(&ada, to: bob.id, "\(index)") }
        let envelopes = node.delivered(to: bob).map(\.envelope)
        var wrong = envelopes[0].acknowledgement()
        wrong.digest = envelopes[1].digest
        #expect(try node.refusal(bob.requester, .acknowledge(node.main, [wrong])) == .digestMismatch)
        try node.acknowledge(bob, [envelopes[0]])
        try node.acknowledge(bob, envelopes)
        try node.acknowledge(bob, envelopes)
    }

    @Test("a slow inbox holds its sender's mail back, and no more than the window is in flight")
    func backPressure() throws {
        var limits = NodeLimits()
        limits.deliveryWindow = 3
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        node.returnsDeliveries = false
        for index in 0..<10 { _ = try node.send(&ada, to: bob.id, "\(index)") }
        #expect(node.inbox(of: bob) == ["0", "1", "2"])
        try node.take(.delivered(bob.session, node.main, digest: node.delivered(to: bob)[0].digest, succeeded: true))
        #expect(node.inbox(of: bob) == ["0", "1", "2", "3"])
    }

    @Test("a failing inbox is tried again after a pause, marked, and given up with a reason in the end")
    func failingInbox() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        node.returnsDeliveries = false
        _ = try node.send(&ada, to: bob.id, "x")
        for _ in 0..<16 {
            let last = node.delivered(to: bob)
            try node.take(.delivered(bob.session, node.main, digest: last[0].digest, succeeded: false))
            #expect(node.delivered(to: bob).count == last.count)
            try node.advance(.seconds(15))
        }
        let attempts = node.delivered(to: bob)
        #expect(attempts.count == 16)
        #expect(attempts.dropFirst().allSatisfy { $0.isRedelivered })
        #expect(node.receipts.last?.receipt.tier == .deadLetter)
        #expect(node.receipts.last?.receipt.reason.hasPrefix("undeliverable: ") == true)
    }

    @Test("dead letters are bounded, and dropping one is an event")
    func deadLetterBound() throws {
        var limits = NodeLimits()
        limits.maxDeadLetterCount = 2
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        for index in 0..<4 { _ = try node.send(&ada, to: bob.id, "\(index)") }
        let refused = node.delivered(to: bob).map { $0.envelope.acknowledgement(accepted: false) }
        _ = try node.answer(bob.requester, .acknowledge(node.main, refused))
        guard
            case .mail(let dead) = try node.answer(
                .owner(ConnectionID(1)), .mail(node.main, deadOnly: true, agent: bob.id, limit: 10))
        else { throw Crash() }
        #expect(dead.map(\.digest) == refused.suffix(2).map(\.digest))
        #expect(node.events.filter { $0.message == "a dead letter made room for a newer one" }.count == 2)
    }
}

extension TestNode {
    /// Acknowledges everything that a session's inbox was called with, until nothing new comes.
    func acknowledgeAll(_ member: TestMember) throws {
        var done = 0
        while delivered(to: member).count > done {
            let all = delivered(to: member)
            try acknowledge(member, all[done...].prefix(500).map(\.envelope))
            done = min(all.count, done + 500)
        }
    }

    /// One call without performing anything.
    func handle(_ input: Input, _ effects: inout Effects) {
        var copy = core
        copy.handle(input, at: now, effects: &effects)
    }
}

extension Effect {
    /// The case's name.
    var kind: String { String("\(self)".prefix { $0 != "(" }) }
}
