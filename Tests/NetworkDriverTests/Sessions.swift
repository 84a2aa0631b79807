import CapnProtoRPC
import Synchronization
import Testing

/// The sessions that a listener has accepted.
final class Sessions: Sendable {
    private let sessions = Mutex<[Session]>([])

    func append(_ session: Session) {
        sessions.withLock { $0.append(session) }
    }

    var all: [Session] { sessions.withLock { $0 } }

    /// The first one, as soon as there is one.
    func first() async -> Session {
        await eventually { !all.isEmpty }
        return all[0]
    }

    /// Waits, for a while, until every table is empty.
    func expectNoLeaks(with other: Session, _ location: SourceLocation = #_sourceLocation) async {
        for session in all + [other] {
            await eventually { await session.counts() == .empty }
            #expect(await session.counts() == .empty, sourceLocation: location)
        }
    }
}

/// Waits until `condition` holds, or until it is clear that it won't.
func eventually(_ condition: () async throws -> Bool) async rethrows {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !condition(), ContinuousClock.now < deadline {
        do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
    }
}

extension Session {
    func counts() async -> TableCounts {
        await withCheckedContinuation { continuation in
            loop.enqueue { continuation.resume(returning: self.tableCounts) }
        }
    }

    func reason() async -> CloseReason? {
        await withCheckedContinuation { continuation in
            loop.enqueue { continuation.resume(returning: self.closeReason) }
        }
    }
}
