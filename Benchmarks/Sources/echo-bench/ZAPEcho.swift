import CapnProtoRPC
import EchoSchema
import NIOCore
import NIOPosix
import NetworkDriver

/// The stack that agents and nodes speak: two-party Cap'n Proto RPC. Both sides decode the whole message and build another,
/// as those of JSON-RPC do.
func serveZAP(path: String) async throws {
    let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    let listener = try await RPCListener.listen(at: .unix(path: path), on: eventLoop) { arrival in
        EchoService.Client(hosting: ZAPEcho(), on: arrival.loop).capability
    }
    announceReady()
    try await Task.sleep(for: .seconds(3600))
    await listener.close()
}

private final class ZAPEcho: EchoService.Handler {
    func echo(_ call: ServerCall<EchoService.Echo.Params, EchoService.Echo.Results>) throws {
        var note = try Note.Value(call.params.note)
        note.timestamp += 1
        call.reply(EchoService.Echo.Results.Value(note: note))
    }
}

extension Note.Value {
    static let sample = Note.Value(
        id: Message.sample.id, from: Message.sample.from, to: Message.sample.to, timestamp: Message.sample.timestamp,
        text: Message.sample.text)
}

/// Lives on its connection's loop.
final class ZAPClient {
    private let service: Capability
    private var loop: ClosedLoop?

    private init(_ service: Capability) { self.service = service }

    static func measure(_ path: String, size: (sequential: Int, pipelined: Int)) async throws -> Figures {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let connection = try await RPCConnection.connect(to: .unix(path: path), on: eventLoop)
        let figures = await withCheckedContinuation { (continuation: CheckedContinuation<Figures, Never>) in
            eventLoop.execute {
                let client = ZAPClient(connection.bootstrap)
                client.loop = ClosedLoop(
                    stack: "zap-echo", sequential: size.sequential, pipelined: size.pipelined, send: client.send,
                    done: { continuation.resume(returning: $0) })
                client.loop?.begin()
            }
        }
        await connection.close()
        return figures
    }

    private func send() {
        service.send(
            EchoService.echo, { params, _ in params.setNote(.sample) },
            completion: { [self] result in
                guard let note = try? result.get().value().note, note.timestamp == Note.Value.sample.timestamp + 1 else {
                    fatalError("a wrong answer: \(result)")
                }
                loop?.answered()
            })
    }
}
