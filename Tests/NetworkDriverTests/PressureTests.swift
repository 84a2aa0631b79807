import CapnProto
import CapnProtoRPC
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import NetworkDriver

/// A mesh that counts the calls that it has answered.
private final class CountingHandler: CallHandler {
    static let count = Atomic(0)
    private let mesh = MeshHandler()

    func handle(_ call: IncomingCall) {
        mesh.handle(call)
        Self.count.add(1, ordering: .relaxed)
    }
}

extension EventLoop {
    /// How many calls were answered when the loop has done what it had to do by now.
    fileprivate func answeredCount() async -> Int {
        await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: CountingHandler.count.load(ordering: .relaxed)) }
        }
    }
}

extension Channel {
    /// Closes the channel, where it is not closed yet, and waits until it is.
    fileprivate func closed() async {
        close(promise: nil)
        await withCheckedContinuation { continuation in closeFuture.whenComplete { _ in continuation.resume() } }
    }
}

@Suite("Peers that misbehave on the wire", .serialized)
struct PressureTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func listen(
        _ sessions: Sessions, _ change: (inout RPCConfiguration) -> Void
    ) async throws -> RPCListener {
        var configuration = RPCConfiguration()
        change(&configuration)
        return try await RPCListener.listen(
            at: .tcp(host: "127.0.0.1", port: 0), on: loop, configuration: configuration
        ) { arrival in
            sessions.append(arrival.session)
            return Capability(hosting: CountingHandler(), on: arrival.loop)
        }
    }

    /// Connects without any handler that would read.
    private func connect(_ address: RPCAddress) async throws -> any Channel {
        guard case .tcp(let host, let port) = address else { preconditionFailure("TCP only") }
        return try await ClientBootstrap(group: loop).channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 4_096).connect(host: host, port: port).get()
    }

    private func reason(_ session: Session) async -> CloseReason? {
        await eventually { await session.reason() != nil }
        return await session.reason()
    }

    /// A bootstrap, and calls of `echo` on it with `byteCount` bytes each.
    private func calls(_ count: Int, _ byteCount: Int) -> ByteBuffer {
        let text = AgentMessage.Value(payload: .init(which: .text(String(repeating: "x", count: byteCount))))
        var buffer = ByteBuffer()
        buffer.writeMessage(TestMessages.bootstrap)
        for question in 1...count {
            buffer.writeMessage(TestMessages.echo(question: UInt32(question), .init(message: text)))
        }
        return buffer
    }

    @Test("a peer that sends calls and never reads the answers is read no more, then given up")
    func neverReads() async throws {
        let sessions = Sessions(), before = await loop.answeredCount()
        let listener = try await listen(sessions) { configuration in
            configuration.outboundLowWaterByteCount = 50_000
            configuration.outboundHighWaterByteCount = 100_000
            configuration.maxOutboundByteCount = 6_000_000
        }
        let channel = try await connect(listener.address)
        // Each read of the server brings a few calls more than it should read; 40 MB of answers would have to wait.
        channel.writeAndFlush(calls(400, 100_000), promise: nil)
        let session = await sessions.first()
        await eventually { await loop.answeredCount() > before }
        // Until nothing more is answered in many turns of the loop that both sides live on.
        var last = 0, still = 0
        while still < 3_000 {
            let count = await loop.answeredCount() - before
            still = count == last ? still + 1 : 0
            last = count
        }
        #expect(last > 0 && last < 200)
        #expect(await session.reason() == nil)  // it is throttled, not lost
        await channel.closed()
        await listener.close()
    }

    @Test("a burst whose answers are more than may wait is answered as its peer reads")
    func muchToSay() async throws {
        let sessions = Sessions()
        let listener = try await listen(sessions) { configuration in
            configuration.outboundLowWaterByteCount = 100_000
            configuration.outboundHighWaterByteCount = 200_000
            configuration.maxOutboundByteCount = 600_000
        }
        let connection = try await RPCConnection.connect(to: listener.address, on: loop)
        let mesh = Mesh.Client(connection.bootstrap)
        let text = String(repeating: "x", count: 20_000)
        let pending = (0..<200).map { _ in
            mesh.sendEcho { params in
                Mesh.Echo.Params.Value(message: .init(payload: .init(which: .text(text)))).write(to: &params)
            }
        }
        for call in pending { _ = try await call.response() }
        #expect(await sessions.first().reason() == nil)
        await connection.close()
        await listener.close()
    }

    @Test("what one burst makes a server say is bounded")
    func tooMuchToSay() async throws {
        let sessions = Sessions()
        let listener = try await listen(sessions) { configuration in
            configuration.outboundLowWaterByteCount = 1_000
            configuration.outboundHighWaterByteCount = 2_000
            configuration.maxOutboundByteCount = 3_000
        }
        let channel = try await connect(listener.address)
        channel.writeAndFlush(calls(1, 8_000), promise: nil)
        #expect(await reason(sessions.first()) == .disconnected("the peer does not read"))
        await channel.closed()
        await listener.close()
    }

    @Test("bytes that are no message end the connection, and the peer is told why")
    func malformed() async throws {
        let sessions = Sessions()
        let listener = try await listen(sessions) { _ in }
        let channel = try await connect(listener.address)
        channel.writeAndFlush(ByteBuffer(repeating: 0xff, count: 64), promise: nil)
        #expect(await reason(sessions.first()) == .peerFault(.malformed("tooManySegments")))
        await channel.closed()
        await listener.close()
    }

    @Test("a connection on which nothing comes ends after its time")
    func idle() async throws {
        let sessions = Sessions()
        let listener = try await listen(sessions) { $0.idleTimeout = .milliseconds(50) }
        let channel = try await connect(listener.address)
        #expect(await reason(sessions.first()) == .disconnected("nothing has come for 0 s"))
        await channel.closed()
        await listener.close()
    }

    @Test("a message may come byte by byte")
    func byteByByte() async throws {
        let sessions = Sessions()
        let listener = try await listen(sessions) { _ in }
        let channel = try await connect(listener.address)
        let stream = calls(1, 10)
        for byte in stream.readableBytesView { channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil) }
        let session = await sessions.first()
        await eventually { await session.counts().exports == 1 }
        // The bootstrap's answer is open, that of the echo is not.
        await eventually { await session.counts().callWords == 0 }
        let counts = await session.counts()
        #expect(counts.exports == 1 && counts.answers == 1)
        await channel.closed()
        await listener.close()
    }

    @Test("a configuration whose marks contradict each other is named")
    func problems() {
        var configuration = RPCConfiguration()
        #expect(configuration.problems().isEmpty)
        configuration.outboundLowWaterByteCount = configuration.outboundHighWaterByteCount
        configuration.maxOutboundByteCount = 1
        #expect(configuration.problems().count == 2)
    }
}
