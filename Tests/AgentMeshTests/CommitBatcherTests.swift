import Primitives
import Testing

@testable import AgentMesh

@Suite struct CommitBatcherTests {
    typealias Batcher = CommitBatcher<Int, String>

    private func leaf(_ nonce: UInt64, _ byteCount: Int = 10) -> Batcher.Leaf {
        .init(nonce: nonce, body: [UInt8](repeating: 0, count: byteCount), ticket: Int(nonce))
    }
    private func nonces(_ batch: Batcher.Batch?) -> [UInt64]? { batch?.leaves.map(\.nonce) }

    @Test func `the first transaction is signed at once, the next wait for its receipt and share a signature`() {
        var batcher = Batcher()
        let isAdded1 = batcher.add([leaf(1)])
        #expect(isAdded1)
        let first = batcher.poll()
        #expect(nonces(first) == [1])
        for nonce in 2...5 as ClosedRange<UInt64> { _ = batcher.add([leaf(nonce)]) }
        #expect(nonces(batcher.poll()) == nil)
        let ready = batcher.signed(0, "a")
        #expect(ready.map(\.batch) == ["a"])
        #expect(nonces(batcher.finished(0)) == [1])
        #expect(nonces(batcher.poll()) == [2, 3, 4, 5])
        #expect(nonces(batcher.poll()) == nil)
    }

    @Test func `thirty-two that wait are signed without a receipt`() {
        var batcher = Batcher()
        _ = batcher.add([leaf(1)])
        _ = batcher.poll()
        for nonce in 2...32 as ClosedRange<UInt64> { _ = batcher.add([leaf(nonce)]) }
        #expect(nonces(batcher.poll()) == nil)
        _ = batcher.add([leaf(33)])
        let full = nonces(batcher.poll())
        #expect(full?.count == 32)
        #expect(batcher.waitingCount == 0 && batcher.openCount == 2)
    }

    @Test func `a receipt of an older batch releases nothing while a newer one is open`() {
        var batcher = Batcher()
        _ = batcher.add([leaf(1)])
        _ = batcher.poll()
        _ = batcher.add((2...33).map { leaf($0) })
        _ = batcher.poll()
        _ = batcher.add([leaf(34)])
        _ = batcher.finished(0)
        #expect(nonces(batcher.poll()) == nil)
        _ = batcher.finished(1)
        #expect(nonces(batcher.poll()) == [34])
    }

    @Test func `batches are sent in the order in which they were cut`() {
        var batcher = Batcher()
        _ = batcher.add([leaf(1)])
        _ = batcher.poll()
        _ = batcher.add((2...40).map { leaf($0) })
        _ = batcher.poll()
        let early = batcher.signed(1, "second")
        #expect(early.isEmpty)
        let ready = batcher.signed(0, "first")
        #expect(ready.map(\.batch) == ["first", "second"])
        #expect(batcher.unreceipted().map(\.batch) == ["first", "second"])
        _ = batcher.finished(0)
        #expect(batcher.unreceipted().map(\.number) == [1])
    }

    @Test func `a batch is cut at its bounds of leaves and bytes, and the queue is bounded`() {
        var limits = Batcher.Limits()
        limits.maxLeafCount = 3
        limits.maxBatchByteCount = 100
        limits.maxWaitingCount = 6
        limits.fullCount = 1
        var batcher = Batcher(limits: limits)
        let isAdded3 = batcher.add([leaf(1), leaf(2), leaf(3), leaf(4, 80), leaf(5, 30), leaf(6, 500)])
        #expect(isAdded3)
        let isAdded4 = batcher.add([leaf(7)])
        #expect(!isAdded4)
        #expect(nonces(batcher.poll()) == [1, 2, 3])
        #expect(nonces(batcher.poll()) == [4])
        #expect(nonces(batcher.poll()) == [5])
        #expect(nonces(batcher.poll()) == [6])
        #expect(nonces(batcher.poll()) == nil)
    }

    @Test func `open batches are bounded, and abandoning gives everything back once`() {
        var limits = Batcher.Limits()
        limits.maxOpenBatchCount = 2
        limits.fullCount = 1
        var batcher = Batcher(limits: limits)
        for nonce in 1...4 as ClosedRange<UInt64> {
            _ = batcher.add([leaf(nonce)])
            _ = batcher.poll()
        }
        #expect(batcher.openCount == 2 && batcher.waitingCount == 2)
        let abandoned = batcher.abandon()
        #expect(abandoned.map(\.nonce) == [1, 2, 3, 4])
        #expect(batcher.isIdle)
        let late = batcher.signed(0, "late")
        #expect(late.isEmpty)
        #expect(nonces(batcher.finished(0)) == nil)
    }

    @Test func `nonces carry the epoch in their upper half`() {
        var sequence = NonceSequence(epoch: .init(3))
        #expect(sequence?.registrationNonce == 3 << 32)
        let (first, second) = (sequence?.next(), sequence?.next())
        #expect(first == 3 << 32 | 1 && second == 3 << 32 | 2)
        #expect(NonceSequence(epoch: .init(1 << 32)) == nil)
    }
}
