import Foundation

/// What a test waited for in vain, or what a program did that it shouldn't have.
struct Disappointment: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits until `condition` holds; every wait of these tests is one for a condition, with a deadline.
func eventually(
    within limit: Duration = .seconds(30), _ what: String, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    var pause = Duration.milliseconds(1)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Disappointment("not within \(limit): \(what)") }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(20))
    }
}

/// The shortest of at most `rounds` runs; the first that is short enough ends it, because the machine has other work too.
func best(of rounds: Int, below limit: Duration, _ body: (_ round: Int) async throws -> Void) async throws -> Duration {
    var shortest = Duration.seconds(3600)
    for round in 0..<rounds where shortest >= limit {
        let clock = ContinuousClock()
        shortest = min(shortest, try await clock.measure { try await body(round) })
    }
    return shortest
}

/// Gives up on `body` after a while: a node that never answers must not hold up the tests.
func within<Value: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async throws -> Value) async throws
    -> Value
{
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit)
            throw Disappointment("no answer within \(limit)")
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
