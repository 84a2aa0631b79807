// A peer for peer.capnp: serves it, and measures any server of it, ours or another implementation's.
//
//     zap-peer serve ADDR                     prints "listening ADDR" when connections may come, and serves until it is ended
//     zap-peer bench ADDR [COUNT] [--json]    measures the server at ADDR; COUNT calls of each kind (50 000),
//                                           and as many streams of 4000 bytes, at most 200 MB
//     zap-peer fan-in ADDR [COUNT] [--json]   measures what each of COUNT connections (100) gets when all call at once
//
// ADDR is 127.0.0.1:PORT or unix:/path. A port of 0 is one that the system chooses: the line "listening" names it.
//
// What is measured is what the C++ peer of Tests/NetworkDriverTests/Peers measures, in the same words, with the same
// number of calls: so that a line of one can be laid beside a line of the other.

import CapnProtoRPC
import Glibc
import NIOPosix
import NetworkDriver

@main
struct ZapPeer {
    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            say("zap-peer: \(error)", on: STDERR_FILENO)
            exit(error is UsageError ? 2 : 1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        guard arguments.count >= 2 else { throw UsageError() }
        let address = try address(arguments[1])
        switch arguments[0] {
        case "serve" where arguments.count == 2: try await serve(address)
        case "bench":
            let (count, isJSON) = try options(arguments.dropFirst(2), count: 50_000)
            let figures = try await Bench.run(at: address, count: count)
            say(isJSON ? figures.json : figures.text)
        case "fan-in":
            let (count, isJSON) = try options(arguments.dropFirst(2), count: 100)
            let figures = try await FanIn.run(at: address, connections: count)
            say(isJSON ? figures.json : figures.text)
        default: throw UsageError()
        }
    }

    private static func options(_ options: ArraySlice<String>, count: Int) throws -> (count: Int, isJSON: Bool) {
        let numbers = options.filter { $0 != "--json" }
        guard numbers.count <= 1 else { throw UsageError() }
        guard let number = numbers.first else { return (count, !options.isEmpty) }
        guard let count = Int(number), count >= 10 else { throw UsageError() }
        return (count, options.count > 1)
    }

    private static func serve(_ address: RPCAddress) async throws {
        let cancellations = Cancellations()
        let listener = try await RPCListener.listen(
            at: address, on: MultiThreadedEventLoopGroup.singleton.next(), configuration: configuration
        ) { arrival in
            Mesh.Client(hosting: MeshHandler(cancellations), on: arrival.loop).capability
        }
        say("listening \(listener.address)")
        await listener.closed()
    }

    /// Whoever measures a peer wants to see its speed, not its modesty.
    static var configuration: RPCConfiguration {
        var configuration = RPCConfiguration()
        configuration.connection.maxCallWords = 32 << 20
        return configuration
    }

    private static func address(_ text: String) throws -> RPCAddress {
        if text.hasPrefix("unix:") { return .unix(path: String(text.dropFirst("unix:".count))) }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0..<65_536).contains(port)
        else { throw UsageError() }
        return .tcp(host: String(text[..<colon]), port: port)
    }

    /// Writes a line at once, whatever becomes of the process.
    private static func say(_ line: String, on descriptor: CInt = STDOUT_FILENO) {
        let bytes = Array((line + "\n").utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}

struct UsageError: Error, CustomStringConvertible {
    var description: String { "usage: zap-peer serve ADDR | zap-peer bench|fan-in ADDR [COUNT] [--json]" }
}
