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

    /// Waits, for a while, until nothing is left of any call; the bootstrap object stays.
    func expectNoLeaks(with other: Session, _ location: SourceLocation = #_sourceLocation) async {
        for session in all + [other] {
            await eventually { await session.counts().isIdle }
            let counts = await session.counts()
            #expect(counts.exports <= 1 && counts.imports <= 1 && counts.embargoes == 0, sourceLocation: location)
            #expect(counts.questions <= 1 && counts.answers == 0 && counts.callWords == 0, sourceLocation: location)
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

extension TableCounts {
    /// Nothing but a bootstrap object is left.
    fileprivate var isIdle: Bool {
        exports <= 1 && imports <= 1 && embargoes == 0 && questions <= 1 && answers == 0 && callWords == 0
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
