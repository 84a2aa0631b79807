import Synchronization

/// A result that is given once, from any thread; later ones are dropped.
final class Answer<Value: Sendable>: Sendable {
    private let receiver: Mutex<(@Sendable (Result<Value, AgentError>) -> Void)?>

    init(_ receiver: @escaping @Sendable (Result<Value, AgentError>) -> Void) { self.receiver = Mutex(receiver) }

    func callAsFunction(_ result: Result<Value, AgentError>) {
        let receiver = receiver.withLock { $0.take() }
        receiver?(result)
    }
    func succeed(_ value: Value) { self(.success(value)) }
    func fail(_ error: AgentError) { self(.failure(error)) }

    /// Waits for what `start` brings about. A caller that gives up gets `cancelled` at once; what was begun goes on.
    nonisolated(nonsending) static func waiting(
        for start: (Answer) -> Void
    ) async throws(AgentError) -> Value {
        let slot = Mutex<Answer?>(nil)
        let result: Result<Value, AgentError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = Answer { continuation.resume(returning: $0) }
                slot.withLock { $0 = answer }
                if Task.isCancelled { answer.fail(.cancelled) }
                start(answer)
            }
        } onCancel: {
            slot.withLock { $0 }?.fail(.cancelled)
        }
        return try result.get()
    }
}
