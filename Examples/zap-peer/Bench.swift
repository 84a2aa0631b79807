import CapnProto
import CapnProtoRPC
import NIOCore
import NIOPosix
import NetworkDriver

/// Measures a server of peer.capnp over one connection.
///
/// The client's tasks run on the loop of its connection, as C++'s do: awaiting a call hops no thread.
struct Bench: Sendable {
    let connection: RPCConnection
    let mesh: Mesh.Client
    let count: Int

    static func run(at address: RPCAddress, count: Int) async throws -> BenchFigures {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let connection = try await RPCConnection.connect(to: address, on: eventLoop, configuration: ZapPeer.configuration)
        let bench = Bench(connection: connection, mesh: Mesh.Client(connection.bootstrap), count: count)
        let task = Task(executorPreference: connection.loop) { try await bench.measures() }
        let figures = try await task.value
        await connection.close()
        return figures
    }

    private nonisolated(nonsending) func measures() async throws -> BenchFigures {
        var figures = BenchFigures()
        let response = try await mesh.getCounter()
        let counter = try response.results.counter(in: response.capabilities)
        for _ in 0..<min(2_000, count) { _ = try await counter.increment() }
        figures.lines.append(try await sequence(counter))
        for width in [16, 64, 256] { figures.lines.append(try await window(counter, width)) }
        figures.lines.append(try await chain())
        for size in [4_096, 65_536] { figures.lines.append(try await stream(size)) }
        figures.lines.append(try await echo())
        return figures
    }

    private nonisolated(nonsending) func sequence(_ counter: Counter.Client) async throws -> BenchFigures.Line {
        var samples: [Double] = []
        samples.reserveCapacity(count)
        let start = Stopwatch()
        for _ in 0..<count {
            let call = Stopwatch()
            _ = try await counter.increment()
            samples.append(call.seconds)
        }
        return .sequence(samples, in: start.seconds)
    }

    private nonisolated(nonsending) func window(
        _ counter: Counter.Client, _ width: Int
    ) async throws -> BenchFigures.Line {
        // A ring: the oldest call is awaited before another one takes its place.
        var open: [Pending<Counter.Increment.Results>] = []
        open.reserveCapacity(width)
        let start = Stopwatch()
        for index in 0..<count {
            if index < width {
                open.append(counter.sendIncrement())
            } else {
                _ = try await open[index % width].response()
                open[index % width] = counter.sendIncrement()
            }
        }
        for call in open { _ = try await call.response() }
        return .calls("window \(width)", count, in: start.seconds)
    }

    private nonisolated(nonsending) func chain() async throws -> BenchFigures.Line {
        let start = Stopwatch()
        for _ in 0..<count / 5 {
            _ = try await mesh.sendGetCounter().counter.sendFork().counter.increment()
        }
        return .chains(count / 5, in: start.seconds)
    }

    private nonisolated(nonsending) func stream(_ size: Int) async throws -> BenchFigures.Line {
        let response = try await mesh.openSink()
        let sink = try response.results.sink(in: response.capabilities)
        let chunk = [UInt8](repeating: 7, count: size), chunkCount = max(10, 4_000 * min(count, 50_000) / size)
        let start = Stopwatch()
        for _ in 0..<chunkCount { try await sink.write { params in params.setChunk(chunk) } }
        let end = try await sink.finish()
        return .stream(size, chunkCount, end.results.bytes, in: start.seconds)
    }

    private nonisolated(nonsending) func echo() async throws -> BenchFigures.Line {
        let identifier: [UInt8] = [1] + [UInt8](repeating: 0, count: 15)
        let start = Stopwatch()
        for index in 0..<count / 2 {
            let response = try await mesh.echo { params in
                var message = params.initMessage()
                message.setId("0123456789abcdef0123456789abcdef0123")
                message.setFrom(identifier)
                message.setTo(identifier)
                message.timestamp = Int64(index)
                var payload = message.payload
                payload.setText("hello world")
            }
            guard try response.results.message.timestamp == Int64(index) + 1 else { throw WrongAnswer() }
        }
        return .echo(count / 2, in: start.seconds)
    }
}

struct WrongAnswer: Error, CustomStringConvertible {
    var description: String { "the server's answer is not what the schema's comment says" }
}

/// Seconds since it was made.
struct Stopwatch {
    private let start = ContinuousClock.now

    var seconds: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
