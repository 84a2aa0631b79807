import Logging
import Hummingbird

/// A JSON-RPC request and its answer (jsonrpc.org, version 2.0).
struct JSONRPCRequest: Codable {
    var jsonrpc = "2.0"
    var id: Int
    var method = "echo"
    var params: Message
}
struct JSONRPCResponse: Codable, ResponseEncodable {
    var jsonrpc = "2.0"
    var id: Int
    var result: Message
}

/// The usual way: an HTTP server with Codable bodies.
func serveJSON(port: Int) async throws {
    let router = Router()
    router.post("rpc") { request, context in
        let call = try await request.decode(as: JSONRPCRequest.self, context: context)
        var answer = call.params
        answer.timestamp += 1
        return JSONRPCResponse(id: call.id, result: answer)
    }
    let app = Application(
        router: router,
        configuration: .init(address: .hostname("127.0.0.1", port: port)),
        onServerRunning: { _ in announceReady() }, logger: quietLogger)
    try await app.runService()
}

private let quietLogger: Logger = {
    var logger = Logger(label: "json")
    logger.logLevel = .critical
    return logger
}()
