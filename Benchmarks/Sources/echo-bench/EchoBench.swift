// One call and its echo, over three stacks in one run: bare NIO bytes, ZAP's RPC (both on a Unix socket), and JSON-RPC over HTTP
// on loopback TCP, as each is used on one machine.
//
//     echo-bench                      starts each server as a process of its own and prints the table
//     echo-bench serve STACK ADDRESS  is that server
//
// These machines are shared and noisy: what is printed to be compared are the ratios of one run.

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

@main
struct EchoBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.count == 4, arguments[1] == "serve" { return try await serve(arguments[2], at: arguments[3]) }
        try await Rounds(folder: FileManager.default.temporaryDirectory.path).run()
    }

    static func serve(_ stack: String, at address: String) async throws {
        switch stack {
        case "nio-echo": try await serveEcho(path: address)
        case "zap-echo": try await serveZAP(path: address)
        case "json-rpc-http": try await serveJSON(port: Int(address) ?? 0)
        default: throw BenchFailure(description: "unknown stack \(stack)")
        }
    }
}

struct BenchFailure: Error, CustomStringConvertible { var description: String }

/// Tells the parent that calls may come.
func announceReady() { FileHandle.standardOutput.write(Data("ready\n".utf8)) }
