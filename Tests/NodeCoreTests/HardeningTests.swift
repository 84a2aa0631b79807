import Certificates
import MeshSchema
import MeshState
import NodeCore
import Primitives
import Storage
import Testing

/// One test for each way in which a review found that a peer or a crash could do harm.
struct HardeningTests {
    @Test("a reason of one endless character neither fills the journal nor stops the next start")
    func endlessCharacter() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        _ = try node.send(&ada, to: bob.id, "x")
        let reason = "e" + String(repeating: "\u{301}", count: 600_000)
        #expect(reason.count == 1)
        let refused = node.delivered(to: bob)[0].envelope.acknowledgement(accepted: false, reason: reason)
        _ = try node.answer(bob.requester, .acknowledge(node.main, [refused]))
        #expect(node.disk.journal.allSatisfy { $0.count < 16_384 })
        let again = try TestNode(disk: node.kill())
        guard
            case .mail(let dead) = try again.answer(
                .owner(ConnectionID(1)), .mail(again.main, deadOnly: true, agent: bob.id, limit: 1))
        else { throw Crash() }
        #expect(dead.count == 1)
        #expect(dead[0].reason.utf8.count <= 530)
    }

    @Test("when the disk falls behind, new work is refused before the journal has to refuse it")
    func diskBehind() throws {
        var limits = NodeLimits()
        limits.maxUnsyncedByteCount = 64 << 10
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        let text = String(repeating: "x", count: 10_000)
        let requests = (0..<12).map { _ in
            node.ask(
                ada.requester,
                .send(node.main, envelope: ada.agent.envelope(in: node.main, to: bob.id, text), wait: .accepted))
        }
        let commit = node.ask(ada.requester, .commit(ada.agent.batch(in: node.main, [Work.commit])))
        try node.settle()
        let refused = requests.filter { node.replies[$0]?.code == .overloaded }.count
        #expect((4...8).contains(refused))
        #expect(node.replies[commit]?.code == .overloaded)
        #expect(try node.commit(&ada, [Work.commit]).map(\.state) == [.included])
    }

    @Test("a refusal that uses a number up is said when it is on disk, and so is a retry")
    func durableRefusals() throws {
        var limits = NodeLimits()
        limits.maxMailboxCount = 1
        let node = try TestNode(limits: limits)
        let owner = Requester.owner(ConnectionID(1))
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        _ = try node.send(&ada, to: bob.id, "first")
        let request = Request.send(
            node.main, envelope: ada.agent.envelope(in: node.main, to: bob.id, "second"), wait: .accepted)
        let refused = [node.ask(ada.requester, request), node.ask(ada.requester, request)]
        try node.settleReplies()
        #expect(refused.allSatisfy { node.replies[$0] == nil })
        try node.settle()
        #expect(refused.allSatisfy { node.replies[$0]?.code == .mailboxFull })

        let first = node.delivered(to: bob)[0].envelope
        node.ask(bob.requester, .acknowledge(node.main, [first.acknowledgement(accepted: false, reason: "no")]))
        try node.settleReplies()
        #expect(!node.receipts.contains { $0.receipt.tier == .deadLetter })
        try node.settle()
        #expect(node.receipts.last?.receipt.tier == .deadLetter)

        let retry = node.ask(owner, .retryMail(node.main, digest: first.digest))
        try node.settleReplies()
        #expect(node.replies[retry] == nil)
        try node.settle()
        #expect(node.replies[retry] == .done)
    }

    @Test("what comes again from a newer session may have been handled before a crash lost it, and is marked")
    func lateMail() throws {
        let node = try TestNode()
        let ada = try node.join("ada", over: 1)
        let bob = try node.join("bob", over: 2)
        var sender = ada.agent
        let envelope = sender.envelope(in: node.main, to: bob.id, "once")
        node.budget = node.stepCount + 2
        node.ask(ada.requester, .send(node.main, envelope: envelope, wait: .stored))
        #expect(throws: Crash.self) { try node.settle() }
        #expect(node.inbox(of: bob) == ["once"])

        let again = try TestNode(disk: node.kill(), wall: node.now.wall)
        let adaAgain = try again.join(TestAgent("ada"), over: 1)
        let bobAgain = try again.join(TestAgent("bob"), over: 2)
        #expect(again.inbox(of: bobAgain).isEmpty)
        _ = try again.answer(adaAgain.requester, .send(again.main, envelope: envelope, wait: .stored))
        #expect(again.delivered(to: bobAgain).map(\.isRedelivered) == [true])
    }

    @Test("large messages fill a session's window by their bytes")
    func windowBytes() throws {
        var limits = NodeLimits()
        limits.deliveryWindowByteCount = 30_000
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        node.returnsDeliveries = false
        for _ in 0..<5 { _ = try node.send(&ada, to: bob.id, String(repeating: "x", count: 12_000)) }
        _ = try node.send(&ada, to: bob.id, String(repeating: "y", count: 50_000))
        #expect(node.delivered(to: bob).count == 2)
        for index in 0..<5 {
            let digest = node.delivered(to: bob)[index].digest
            try node.take(.delivered(bob.session, node.main, digest: digest, succeeded: true))
        }
        #expect(node.delivered(to: bob).count == 6)
    }

    @Test("sessions that come and go don't wear a message out, and a retried one starts afresh")
    func failures() throws {
        let node = try TestNode()
        var ada = try node.join("ada", over: 1)
        var bob = try node.join("bob", over: 2)
        node.returnsDeliveries = false
        _ = try node.send(&ada, to: bob.id, "x")
        for index in 0..<20 {
            try node.take(.disconnected(bob.connection))
            bob = try node.join(TestAgent("bob"), over: UInt64(10 + index))
        }
        let digest = node.delivered(to: bob)[0].digest
        for _ in 0..<15 {
            try node.take(.delivered(bob.session, node.main, digest: digest, succeeded: false))
            try node.advance(.seconds(15))
        }
        #expect(!node.receipts.contains { $0.receipt.tier == .deadLetter })
        try node.take(.delivered(bob.session, node.main, digest: digest, succeeded: false))
        #expect(node.receipts.last?.receipt.tier == .deadLetter)
        try node.advance(.seconds(15))
        _ = try node.answer(.owner(ConnectionID(1)), .retryMail(node.main, digest: digest))
        try node.take(.delivered(bob.session, node.main, digest: digest, succeeded: false))
        try node.advance(.seconds(15))
        #expect(node.delivered(to: bob).last?.isRedelivered == true)
        #expect(node.receipts.filter { $0.receipt.tier == .deadLetter }.count == 1)
    }

    @Test("reads of one requester are bounded")
    func queries() throws {
        var limits = NodeLimits()
        limits.maxQueryCount = 3
        let node = try TestNode(limits: limits)
        let ada = try node.join("ada")
        let requests = (0..<5).map { _ in node.ask(ada.requester, .task(node.main, id: "t")) }
        let owner = node.ask(.owner(ConnectionID(1)), .task(node.main, id: "t"))
        try node.settle()
        #expect(requests.map { node.replies[$0]?.code } == [.notFound, .notFound, .notFound, .overloaded, .overloaded])
        #expect(node.replies[owner]?.code == .notFound)
        #expect(try node.refusal(ada.requester, .task(node.main, id: "t")) == .notFound)
    }

    @Test("mail is listed page by page, none twice and none left out")
    func mailPages() throws {
        var limits = NodeLimits()
        limits.maxListCount = 7
        let node = try TestNode(limits: limits)
        var ada = try node.join("ada")
        let recipients = try ["bob", "cyn"].map { try node.join($0) }
        for recipient in recipients { try node.take(.disconnected(recipient.connection)) }
        for index in 0..<40 {
            // Some are accepted within the same millisecond.
            if index % 3 == 0 { try node.advance(.milliseconds(1)) }
            _ = try node.send(&ada, to: recipients[index % 2].id, "\(index)")
        }
        var (found, after): ([MailItem], MailPlace?) = ([], nil)
        while true {
            let answer = try node.answer(
                .owner(ConnectionID(1)), .mail(node.main, deadOnly: false, agent: nil, after: after, limit: 0))
            guard case .mail(let page) = answer, let last = page.last else { break }
            #expect(page.count <= 7)
            found += page
            after = MailPlace(acceptedAt: last.acceptedAt, digest: last.digest)
        }
        #expect(found.count == 40 && Set(found.map(\.digest)).count == 40)
        #expect(found.map(\.acceptedAt) == found.map(\.acceptedAt).sorted())
    }

    @Test("a page of a list is bounded in bytes and never empty before the end")
    func pages() throws {
        var limits = NodeLimits()
        limits.maxPageByteCount = 10_000
        let node = try TestNode(limits: limits)
        let members = try (0..<5).map { try node.join("agent-\($0)") }
        var names: [String] = []
        while true {
            guard
                case .agents(let page) = try node.answer(
                    members[0].requester, .agents(node.main, role: "", afterName: names.last ?? "", limit: 0))
            else { throw Crash() }
            guard !page.isEmpty else { break }
            #expect(page.count <= 2)
            names += page.map(\.record.name)
        }
        #expect(names == (0..<5).map { "agent-\($0)" })
    }
}
