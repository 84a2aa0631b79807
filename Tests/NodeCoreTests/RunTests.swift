import MeshSchema
import NodeCore
import Primitives
import Testing

/// Order when an inbox call fails while later ones are under way.
struct RunTests {
    @Test("a failed inbox call ends its run: what comes behind it waits, and comes again in the old order, marked")
    func brokenRun() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        var cyn = try node.join("cyn")
        let bob = try node.join("bob")
        node.returnsDeliveries = false
        for text in ["1", "2", "3"] { _ = try node.send(&ada, to: bob.id, text) }
        _ = try node.send(&cyn, to: bob.id, "c")
        let first = node.delivered(to: bob)
        #expect(first.map(\.envelope.text) == ["1", "2", "3", "c"] && first.allSatisfy { $0.run == 1 })
        // The second call fails before the first returns.
        try node.finish(first[1], of: bob, false)
        _ = try node.send(&ada, to: bob.id, "4")
        try node.finish(first[0], of: bob, true)
        try node.finish(first[2], of: bob, false)
        try node.advance(.seconds(1))
        #expect(node.delivered(to: bob).count == 4, "one call of the run is still under way")
        try node.finish(first[3], of: bob, false)
        let second = node.delivered(to: bob).dropFirst(4)
        #expect(second.map(\.envelope.text) == ["2", "3", "c", "4"] && second.allSatisfy { $0.run == 2 })
        #expect(second.map(\.isRedelivered) == [true, true, true, false])
    }

    @Test("only the message whose call failed first is worn out by it; those behind it are delivered in the end")
    func poison() throws {
        let node = try TestNode()
        var ada = try node.join("ada")
        let bob = try node.join("bob")
        node.returnsDeliveries = false
        for text in ["poison", "2", "3"] { _ = try node.send(&ada, to: bob.id, text) }
        var seen = 0
        var handled: [String] = []
        for _ in 0..<20 {
            let run = node.delivered(to: bob).dropFirst(seen)
            seen += run.count
            let isBroken = run.first?.envelope.text == "poison"
            for delivery in run {
                if !isBroken { handled.append(delivery.envelope.text) }
                try node.finish(delivery, of: bob, !isBroken)
            }
            try node.advance(.seconds(15))
        }
        #expect(handled == ["2", "3"])
        #expect(node.receipts.filter { $0.receipt.tier == .deadLetter }.count == 1)
    }

    @Test(
        "whatever fails, and in whatever order calls return, each sender's messages are handled in order, once",
        arguments: 0..<20)
    func random(seed: UInt64) throws {
        var random = PRNG(seed: seed)
        let node = try TestNode()
        var senders = [try node.join("ada"), try node.join("cyn")]
        let bob = try node.join("bob")
        node.returnsDeliveries = false
        var (sent, handled): ([[String]], [String]) = ([[], []], [])
        var (seen, brokenRun): (Int, UInt32) = (0, 0)
        var open: [(Delivery, Bool)] = []
        for step in 0..<400 {
            if step < 200, random.next() % 2 == 0 {
                let who = Int(random.next() % 2)
                sent[who].append("\(who) \(step)")
                _ = try node.send(&senders[who], to: bob.id, "\(who) \(step)")
            }
            // The agent takes calls as they come; within a run, nothing behind one that it failed.
            for delivery in node.delivered(to: bob).dropFirst(seen) {
                seen += 1
                let isTaken = delivery.run != brokenRun && random.next() % 8 != 0
                if !isTaken {
                    brokenRun = delivery.run
                } else if !handled.contains(delivery.envelope.text) {
                    handled.append(delivery.envelope.text)
                }
                open.append((delivery, isTaken))
            }
            while !open.isEmpty, random.next() % 3 != 0 {
                let (delivery, isTaken) = open.remove(at: Int(random.next() % UInt64(open.count)))
                try node.finish(delivery, of: bob, isTaken)
            }
            try node.advance(.milliseconds(Int64(random.next() % 4_000)))
        }
        for who in 0..<2 { #expect(handled.filter { $0.hasPrefix("\(who) ") } == sent[who]) }
    }
}

extension TestNode {
    fileprivate func finish(_ delivery: Delivery, of member: TestMember, _ succeeded: Bool) throws {
        try take(.delivered(member.session, member.network, digest: delivery.digest, succeeded: succeeded))
    }
}
