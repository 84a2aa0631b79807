import Certificates
import Foundation
import MeshSchema
import Primitives
import Storage
import Testing
import ZAP

extension EndToEnd {
    /// A journal that is trimmed all the time, because its segments are small.
    @Suite(.serialized) struct Trims {
        private static let large = String(repeating: "x", count: 20_000)

        /// A node whose journal is trimmed after every 64 KiB, and what its agents were promised.
        private final class Loaded {
            let node: NodeProcess
            private(set) var commits: [CommitKey] = []
            private(set) var mail: [String] = []
            let absent: AgentID

            init() async throws {
                node = try NodeProcess(journalSegment: "16KiB")
                try await node.start()
                let absent = try TestAgent("absent", seed: 71)
                try await absent.join(node)
                await absent.disconnect()
                self.absent = absent.id
            }

            /// Commits and sends until the journal has lost its oldest segment so many times, and has as many as asked for.
            func work(trims: Int, segments: Int = 1) async throws {
                let (writer, reader) = (try TestAgent("writer", seed: 72), try TestAgent("reader", seed: 73))
                try await writer.join(node)
                try await reader.join(node)
                var (oldest, seen) = (try node.journalSegments().first?.first, 0)
                try await eventually(within: .seconds(60), "the journal is trimmed") {
                    try await round(writer, reader)
                    let present = try node.journalSegments()
                    if present.first?.first != oldest { (oldest, seen) = (present.first?.first, seen + 1) }
                    return seen >= trims && present.count >= segments
                }
                await writer.disconnect()
                await reader.disconnect()
            }

            /// A few commits, a message that is handled, and one that waits.
            func round(_ writer: TestAgent, _ reader: TestAgent) async throws {
                for _ in 0..<4 {
                    let receipt = try await writer.commit("work")
                    commits.append(CommitKey(agent: writer.id, nonce: receipt.nonce))
                }
                try await writer.send("handled", to: reader.id)
                mail.append("\(mail.count)")
                try await writer.send(mail[mail.count - 1], to: absent)
            }

            func check() async throws {
                let present = try await node.keys("commit/", in: node.networkID())
                #expect(commits.allSatisfy { present.contains($0.bytes) })
            }

            /// All that was sent to the absent agent, in order, once.
            func checkMail() async throws {
                let absent = try TestAgent("absent", seed: 71)
                try await absent.join(node)
                let count = mail.count
                try await eventually("all of the mail comes") { absent.mail.count >= count }
                #expect(absent.mail.map(\.text) == mail)
            }
        }

        @Test("commits and mail outlive a journal that is trimmed, through stops, kills and restarts")
        func restarts() async throws {
            let loaded = try await Loaded()
            for round in 0..<4 {
                try await loaded.work(trims: 3)
                if round % 2 == 0 { try await loaded.node.stop() } else { try await loaded.node.kill() }
                #expect(try #require(try loaded.node.journalSegments().first).first > LSN(10))
                if round % 2 == 0 {
                    let roots = try loaded.node.stoppedRoots()
                    #expect(roots.stored == roots.built)
                }
                try await loaded.node.start()
                try await loaded.check()
            }
            try await loaded.checkMail()
            try await loaded.node.stop()
            let roots = try loaded.node.stoppedRoots()
            #expect(roots.stored == roots.built)
        }

        @Test("a load that never pauses leaves old segments behind and not on the disk") func bounded() async throws {
            let node = try NodeProcess(journalSegment: "64KiB")
            try await node.start()
            let agents = try (0..<6).map { try TestAgent("busy-\($0)") }
            for agent in agents { try await agent.join(node) }
            // Six times 50 commits of 20 000 bytes: more than 6 MB of records.
            let most = try await withThrowingTaskGroup(of: Int.self) { group in
                for agent in agents {
                    group.addTask {
                        var most = 0
                        for _ in 0..<50 {
                            try await agent.commit(.commit(AgentWork.Value(result: Self.large)))
                            most = max(most, try node.journalSegments().map(\.byteCount).reduce(0, +))
                        }
                        return most
                    }
                }
                return try await group.reduce(0, max)
            }
            #expect(most < 2_000_000, "\(most) bytes of journal")
            #expect(try #require(try node.journalSegments().first).first > LSN(100))
        }

        @Test("a journal without one of its segments is refused, and what is missing is named")
        func missingSegments() async throws {
            let loaded = try await Loaded()
            let node = loaded.node
            try await loaded.work(trims: 2, segments: 6)
            try await node.kill()
            let segments = try node.journalSegments()
            let count = segments.count
            // What stands for itself follows; behind the last two, which hold a block that the state has, there is nothing.
            for gone in [[0], [count / 2], [count - 2, count - 1], Array(segments.indices)] {
                let putBack = try node.copy(node.journalPath)
                for index in gone { try FileManager.default.removeItem(atPath: segments[index].path) }
                let started = try node.launch()
                #expect(try await started.ended() == 1)
                #expect(started.errors.contains("journal records from"), "\(started.errors)")
                if gone.count == 1 { #expect(started.errors.contains("\(segments[gone[0] + 1].first) follows")) }
                try putBack()
            }
            try await node.start()
            try await loaded.check()
            try await loaded.checkMail()
        }

        @Test("a state or a mail store that is older than what the journal was trimmed of is refused")
        func oldStores() async throws {
            let loaded = try await Loaded()
            try await loaded.work(trims: 1)
            try await loaded.node.stop()
            let (oldState, oldMail) = (
                try loaded.node.copy(loaded.node.statePath()), try loaded.node.copy(loaded.node.mailPath)
            )
            try await loaded.node.start()
            try await loaded.work(trims: 3)
            try await loaded.node.stop()
            let (state, mail) = (
                try loaded.node.copy(loaded.node.statePath()), try loaded.node.copy(loaded.node.mailPath)
            )
            for (old, new, words) in [
                (oldState, state, "the journal was trimmed when"), (oldMail, mail, "are missing"),
            ] {
                try old()
                let started = try loaded.node.launch()
                #expect(try await started.ended() == 1)
                #expect(started.errors.contains(words), "\(started.errors)")
                try new()
            }
            try await loaded.node.start()
            try await loaded.check()
            try await loaded.checkMail()
        }

        @Test("a mail store that lags behind the journal catches up with it") func laggingMail() async throws {
            let loaded = try await Loaded()
            try await loaded.work(trims: 1)
            try await loaded.node.stop()
            let older = try loaded.node.copy(loaded.node.mailPath)
            // Nothing is trimmed by this run, so that the older store still fits the journal.
            try await loaded.node.start(environment: ["HANZO_STATE_JOURNAL_SEGMENT": "16MiB"])
            let (writer, reader) = (try TestAgent("writer", seed: 72), try TestAgent("reader", seed: 73))
            try await writer.join(loaded.node)
            try await reader.join(loaded.node)
            try await loaded.round(writer, reader)
            try await loaded.node.kill()
            try older()
            try await loaded.node.start()
            try await loaded.checkMail()
        }
    }
}
