import NIOCore
import NIOPosix

/// The floor: bytes back as they came, one event loop, no codec.
func serveEcho(path: String) async throws {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
        .childChannelInitializer { $0.pipeline.addHandler(EchoHandler()) }
        .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    announceReady()
    try await channel.closeFuture.get()
}

private final class EchoHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
}

/// Fixed-size frames of 200 bytes, so that the client can count them.
final class EchoClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    static let frameByteCount = 200
    private var loop: ClosedLoop?
    private var pending = 0
    private let done: (Figures) -> Void
    private let size: (sequential: Int, pipelined: Int)

    init(size: (sequential: Int, pipelined: Int), done: @escaping (Figures) -> Void) {
        self.size = size
        self.done = done
    }

    func channelActive(context: ChannelHandlerContext) {
        let frame = context.channel.allocator.buffer(repeating: 7, count: Self.frameByteCount)
        let loop = ClosedLoop(
            stack: "nio-echo", sequential: size.sequential, pipelined: size.pipelined,
            send: { context.write(self.wrapOutboundOut(frame), promise: nil) }, done: done)
        self.loop = loop
        loop.begin()
        context.flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending += unwrapInboundIn(data).readableBytes
        while pending >= Self.frameByteCount {
            pending -= Self.frameByteCount
            loop?.answered()
        }
    }
    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
}
