import CapnProtoRPC
import NIOPosix
import NetworkDriver

/// Many connections to one server, each of which makes one call after the other: what the slowest of them gets.
enum FanIn {
    private static let seconds = 2.0

    static func run(at address: RPCAddress, connections count: Int) async throws -> BenchFigures {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        var connections: [RPCConnection] = []
        for _ in 0..<count { connections.append(try await RPCConnection.connect(to: address, on: eventLoop)) }
        var callCounts: [Int] = []
        try await withThrowingTaskGroup(of: Int.self) { group in
            for connection in connections {
                group.addTask(executorPreference: connection.loop) { try await calls(on: connection) }
            }
            for try await callCount in group { callCounts.append(callCount) }
        }
        for connection in connections { await connection.close() }
        return BenchFigures(lines: [.fanIn(callCounts.map { Double($0) / seconds })])
    }

    /// How many calls one connection made.
    private static func calls(on connection: RPCConnection) async throws -> Int {
        let counter = Mesh.Client(connection.bootstrap).sendGetCounter().counter
        _ = try await counter.increment()
        let watch = Stopwatch()
        var count = 0
        while watch.seconds < seconds {
            _ = try await counter.increment()
            count += 1
        }
        return count
    }
}
