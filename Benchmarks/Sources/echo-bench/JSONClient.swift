import Foundation
import NIOCore
import NIOHTTP1

/// JSON-RPC over one kept-alive HTTP/1.1 connection; a window of calls is pipelined as HTTP allows.
final class JSONClient: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart
    private var loop: ClosedLoop?
    private var body = Data()
    private var nextID = 0
    private let encoder = JSONEncoder()
    private let decoder = JSONDecoder()
    private let done: (Figures) -> Void
    private let size: (sequential: Int, pipelined: Int)

    init(size: (sequential: Int, pipelined: Int), done: @escaping (Figures) -> Void) {
        self.size = size
        self.done = done
    }

    func channelActive(context: ChannelHandlerContext) {
        let loop = ClosedLoop(
            stack: "json-rpc-http", sequential: size.sequential, pipelined: size.pipelined,
            send: { self.send(context) }, done: done)
        self.loop = loop
        loop.begin()
        context.flush()
    }

    private func send(_ context: ChannelHandlerContext) {
        nextID += 1
        guard let data = try? encoder.encode(JSONRPCRequest(id: nextID, params: .sample)) else { fatalError("the request encodes") }
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/rpc")
        head.headers = ["host": "127.0.0.1", "content-type": "application/json", "content-length": "\(data.count)"]
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: data)))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: body.removeAll(keepingCapacity: true)
        case .body(let part): body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let answer = try? decoder.decode(JSONRPCResponse.self, from: body),
                answer.result.timestamp == Message.sample.timestamp + 1
            else { fatalError("a wrong answer: \(String(decoding: body, as: UTF8.self))") }
            loop?.answered()
        }
    }
    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
}
