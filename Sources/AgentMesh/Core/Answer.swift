import CapnProtoRPC
import NIOCore
import NetworkDriver
import Primitives
import Synchronization

/// A result that is given once, from any thread; later ones are dropped.
final class Answer<Value: Sendable>: Sendable {
    private let receiver: Mutex<(@Sendable (Result<Value, AgentError>) -> Void)?>

    init(_ receiver: @escaping @Sendable (Result<Value, AgentError>) -> Void) { self.receiver = Mutex(receiver) }

    /// - Returns: whether this was the first.
    @discardableResult
    func callAsFunction(_ result: Result<Value, AgentError>) -> Bool {
        guard let receiver = receiver.withLock({ $0.take() }) else { return false }
        receiver(result)
        return true
    }
    /// Whether nobody waits any more.
    var isGiven: Bool { receiver.withLock { $0 == nil } }
    @discardableResult
    func succeed(_ value: Value) -> Bool { self(.success(value)) }
    @discardableResult
    func fail(_ error: AgentError) -> Bool { self(.failure(error)) }

    /// Waits for what `start` brings about. A caller that gives up gets `cancelled` at once; what was begun goes on.
    nonisolated(nonsending) static func waiting(
        for start: (Answer) -> Void
    ) async throws(AgentError) -> Value {
        let slot = Slot()
        let result: Result<Value, AgentError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = Answer { continuation.resume(returning: $0) }
                slot.fill(answer)
                start(answer)
            }
        } onCancel: {
            slot.cancel()
        }
        return try result.get()
    }

    /// Brings the caller's wish to give up and the answer together, whichever comes first.
    private final class Slot: Sendable {
        private let state = Mutex<(answer: Answer?, isCancelled: Bool)>((nil, false))

        func fill(_ answer: Answer) {
            let isCancelled = state.withLock { state in
                state.answer = answer
                return state.isCancelled
            }
            if isCancelled { answer.fail(.cancelled) }
        }
        func cancel() {
            let answer = state.withLock { state in
                state.isCancelled = true
                return state.answer
            }
            answer?.fail(.cancelled)
        }
    }
}
