import CapnProtoRPC
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import NetworkDriver

/// Says which owner and object a secret is for, with the bytes turned round: enough to tell forgeries from the real.
private final class TurningSealer: Sealer {
    func seal(_ object: [UInt8], for owner: [UInt8]) -> [UInt8] { (owner + [0] + object).reversed() }
}

@Suite("References that outlive connections, for others")
struct PersistenceInteropTests {
    @Test("pycapnp saves an object on one connection, and finds it on the next")
    func pycapnp() async throws {
        let folder = Folder(), sessions = Sessions(), eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let restorer = Restorer(sealer: TurningSealer()) { object, _ throws(RPCException) in
            guard object == Array("counter".utf8) else { throw RPCException.failed("no such reference") }
            return Counter.Client(serving: CounterServer(40), on: LoopTaskExecutor(eventLoop)).capability
        }
        let listener = try await RPCListener.listen(at: folder.socket, on: eventLoop) { arrival in
            defer { sessions.append(arrival.session) }
            guard sessions.all.isEmpty else {
                return restorer.service(for: Array("me".utf8), on: arrival.loop).capability
            }
            let object = restorer.persistent(CounterHandler(40), as: Array("counter".utf8))
            return Capability(hosting: object, on: arrival.loop)
        }
        let client = try PeerProcess.python("persist.py", "\(folder.socket)")
        defer { client.stop() }
        let (line, status) = await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: (client.line(), client.end())) }.start()
        }
        #expect(line == "checks 3" && status == 0)
        await listener.close()
    }
}
