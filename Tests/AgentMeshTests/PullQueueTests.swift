import NIOPosix
import NetworkDriver
import Synchronization
import Testing

@testable import AgentMesh

@Suite struct PullQueueTests {
    private final class Got: Sendable {
        private let values = Mutex<[Int?]>([])
        var all: [Int?] { values.withLock { $0 } }
        func answer() -> Answer<Int?> {
            Answer { result in self.values.withLock { $0.append((try? result.get()) ?? nil) } }
        }
    }

    @Test func `elements keep their order, and the producer hears when there is room`() {
        let queue = PullQueue<Int>(capacity: 2)
        let got = Got()
        var taken: [Int] = []
        for element in 1...4 { _ = queue.push(element) { taken.append(element) } }
        #expect(taken == [1, 2] && queue.count == 4)
        let isTaken = queue.push(5) {}
        #expect(!isTaken)
        for _ in 1...3 { queue.next(got.answer()) }
        #expect(got.all == [1, 2, 3] && taken == [1, 2, 3, 4])
    }

    @Test func `a reader that has given up gets nothing, and the next one gets it`() {
        let queue = PullQueue<Int>(capacity: 2)
        let (gone, got) = (Got(), Got())
        let dead = gone.answer()
        queue.next(dead)
        dead.fail(.cancelled)
        queue.next(got.answer())
        _ = queue.push(7) {}
        #expect(gone.all == [nil] && got.all == [7])
        let late = gone.answer()
        late.fail(.cancelled)
        _ = queue.push(8) {}
        queue.next(late)
        queue.next(got.answer())
        #expect(got.all == [7, 8])
    }

    @Test func `what waits can be read after the end, then it ends`() {
        let queue = PullQueue<Int>(capacity: 2)
        let got = Got()
        _ = queue.push(1) {}
        queue.finish(.success(()))
        let isTaken = queue.push(2) {}
        #expect(!isTaken)
        queue.next(got.answer())
        queue.next(got.answer())
        #expect(got.all == [1, nil])
    }

    @Test func `a caller that gives up is answered at once`() async {
        let task = Task { () -> AgentError.Code? in
            do throws(AgentError) {
                let _: Int = try await Answer.waiting { _ in }
                return nil
            } catch { return error.code }
        }
        task.cancel()
        #expect(await task.value == .cancelled)
    }
}
