import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Runs the stacks in turn, several rounds, and prints medians and ratios.
struct Rounds {
    static let stacks = ["nio-echo", "zap-echo", "json-rpc-http"]
    var folder: String
    var count = 5
    var size = (sequential: 10_000, pipelined: 50_000)

    func run() async throws {
        var all: [String: [Figures]] = [:]
        for round in 1...count {
            for stack in Self.stacks {
                let figures = try await measure(stack)
                FileHandle.standardError.write(Data("round \(round)/\(count) \(stack): p50 \(Int(figures.p50)) us\n".utf8))
                all[stack, default: []].append(figures)
            }
        }
        report(all)
    }

    private func measure(_ stack: String) async throws -> Figures {
        let address = stack == "json-rpc-http" ? "\(try freePort())" : "\(folder)/echo-bench-\(getpid()).sock"
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        server.arguments = ["serve", stack, address]
        let output = Pipe()
        server.standardOutput = output
        try server.run()
        defer {
            server.terminate()
            server.waitUntilExit()
        }
        guard output.fileHandleForReading.availableData.starts(with: Data("ready".utf8)) else {
            throw BenchFailure(description: "the server of \(stack) did not start")
        }
        let before = CPUTime.microseconds(of: server.processIdentifier)
        var figures = stack == "zap-echo" ? try await ZAPClient.measure(address, size: size) : try await connect(stack, address)
        let used = CPUTime.microseconds(of: server.processIdentifier) - before
        let pipelined = stack == "json-rpc-http" ? size.pipelined / 5 : size.pipelined
        figures.cpu = used / Double(ClosedLoop.warmUpCount + size.sequential + pipelined)
        return figures
    }

    private func connect(_ stack: String, _ address: String) async throws -> Figures {
        let group = MultiThreadedEventLoopGroup.singleton
        let size = size
        return try await withCheckedThrowingContinuation { continuation in
            let bootstrap = ClientBootstrap(group: group.next()).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let done: (Figures) -> Void = { figures in
                        continuation.resume(returning: figures)
                        channel.close(promise: nil)
                    }
                    if stack == "nio-echo" {
                        try channel.pipeline.syncOperations.addHandler(EchoClient(size: size, done: done))
                    } else {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(
                            JSONClient(size: (size.sequential, size.pipelined / 5), done: done))
                    }
                }
            }
            let connected = stack == "json-rpc-http"
                ? bootstrap.connect(host: "127.0.0.1", port: Int(address) ?? 0)
                : bootstrap.connect(unixDomainSocketPath: address)
            connected.whenFailure { continuation.resume(throwing: $0) }
        }
    }

    private func report(_ all: [String: [Figures]]) {
        func median(_ stack: String, _ value: (Figures) -> Double) -> Double { percentile((all[stack] ?? []).map(value).sorted(), 0.5) }
        print("echo of 200 bytes, medians of \(count) rounds; one call in flight, then a window of 64 on one connection")
        print("                                             calls/s    CPU us a    p50 of    calls/s of   CPU of")
        print("stack              p50 us   p99 us       in the window    message   json = 1     json = 1  json = 1")
        for stack in Self.stacks {
            let (p50, p99, rate) = (median(stack, \.p50), median(stack, \.p99), median(stack, \.pipelined))
            let cpu = median(stack, \.cpu)
            let json = (
                p50 / median("json-rpc-http", \.p50), rate / median("json-rpc-http", \.pipelined),
                cpu / median("json-rpc-http", \.cpu)
            )
            print(
                stack.padding(toLength: 16, withPad: " ", startingAt: 0),
                String(
                    format: "%8.1f %8.1f %19.0f %10.1f %10.2f %12.2f %9.2f", p50, p99, rate, cpu, json.0, json.1, json.2))
        }
        print("One call in flight is mostly the system's, waking two processes: bare NIO, which does nothing else, shows how much.")
    }
}

/// A port that was free a moment ago.
private func freePort() throws -> Int {
    let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).wait()
    defer { channel.close(promise: nil) }
    guard let port = channel.localAddress?.port else { throw BenchFailure(description: "no port") }
    return port
}
