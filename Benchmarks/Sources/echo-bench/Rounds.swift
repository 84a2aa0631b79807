import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Runs the stacks in turn, several rounds, and prints medians and ratios.
struct Rounds {
    var folder: String
    var count = 3
    var size = (sequential: 10_000, pipelined: 100_000)

    func run() async throws {
        var all: [String: [Figures]] = [:]
        for round in 1...count {
            for stack in ["nio-echo", "json-rpc-http"] {
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
        return try await connect(stack, address)
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
        print("stack            p50 us   p99 us   pipelined calls/s   p50 / json   pipelined / json")
        for stack in all.keys.sorted() {
            let (p50, p99, rate) = (median(stack, \.p50), median(stack, \.p99), median(stack, \.pipelined))
            let ratios = (p50 / median("json-rpc-http", \.p50), rate / median("json-rpc-http", \.pipelined))
            print(
                stack.padding(toLength: 16, withPad: " ", startingAt: 0),
                String(format: "%7.1f  %7.1f  %18.0f  %11.2f  %17.1f", p50, p99, rate, ratios.0, ratios.1))
        }
    }
}

/// A port that was free a moment ago.
private func freePort() throws -> Int {
    let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).wait()
    defer { channel.close(promise: nil) }
    guard let port = channel.localAddress?.port else { throw BenchFailure(description: "no port") }
    return port
}
