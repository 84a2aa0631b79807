import Glibc
import Identity
import MeshCrypto
import NIOCore
import NIOPosix
import Primitives

/// What the parts of a commit and of a message cost on this machine, in this run.
struct Parts: Codable, Sendable {
    var mldsaSignP50Us = 0.0
    var fdatasyncP50Us = 0.0
    var ed25519SignUs = 0.0
    var ed25519VerifyUs = 0.0
    var nioEchoP50Us = 0.0

    /// Blocks its thread for about a second.
    static func measure(_ identity: SecretIdentity, folder: String) throws -> Parts {
        var parts = Parts()
        let message = SignedMessage(.envelope, scope: .zero, content: [UInt8](repeating: 7, count: 300))
        var mldsa = try Samples.of(150) { _ = try identity.signMLDSA65(message) }
        parts.mldsaSignP50Us = mldsa.percentile(0.5)
        var sign = try Samples.of(2000) { _ = try identity.signEd25519(message) }
        parts.ed25519SignUs = sign.percentile(0.5)
        let (key, signature) = (try identity.bundle.verificationKey(), try identity.signEd25519(message))
        var verify = Samples.of(1000) { precondition(SignatureVerifier().isValid(ed25519: signature, over: message, by: key)) }
        parts.ed25519VerifyUs = verify.percentile(0.5)
        parts.fdatasyncP50Us = try fdatasyncP50(folder)
        return parts
    }

    private static func fdatasyncP50(_ folder: String) throws -> Double {
        let path = folder + "/fdatasync-probe"
        let file = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ShowcaseFailure("\(path) cannot be written") }
        defer {
            close(file)
            unlink(path)
        }
        let bytes = [UInt8](repeating: 7, count: 100)
        var samples = Samples.of(300) {
            precondition(write(file, bytes, bytes.count) == bytes.count, "the disk takes a hundred bytes")
            precondition(fdatasync(file) == 0, "the disk syncs")
        }
        return samples.percentile(0.5)
    }
}

/// Sends back what comes: the floor under every message.
final class EchoServer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    static func serve(at path: String, on group: any EventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(EchoServer()) }
        }.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    }
}

/// Sends 300 bytes, waits for them, again and again.
final class EchoProbe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private static let byteCount = 300
    private var samples = Samples()
    private var warmUp = 300
    private let count: Int
    private var pending = 0
    private var began: UInt64 = 0
    private let done: EventLoopPromise<Double>

    init(count: Int, done: EventLoopPromise<Double>) {
        self.count = count
        self.done = done
    }

    static func p50(at path: String, on loop: any EventLoop) async throws -> Double {
        let done = loop.makePromise(of: Double.self)
        let channel = try await ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(EchoProbe(count: 3000, done: done))
            }
        }.connect(unixDomainSocketPath: path).get()
        let p50 = try await done.futureResult.get()
        try await channel.close()
        return p50
    }

    func channelActive(context: ChannelHandlerContext) { send(context) }

    private func send(_ context: ChannelHandlerContext) {
        began = Monotonic.nanoseconds
        pending = Self.byteCount
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(repeating: 7, count: Self.byteCount)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending -= unwrapInboundIn(data).readableBytes
        guard pending == 0 else { return }
        if warmUp > 0 { warmUp -= 1 } else { samples.add(nanoseconds: Monotonic.nanoseconds - began) }
        if samples.count == count { done.succeed(samples.percentile(0.5)) } else { send(context) }
    }

    func channelInactive(context: ChannelHandlerContext) { done.fail(ShowcaseFailure("the echo ended early")) }
}
