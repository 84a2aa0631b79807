import CapnProto
import CapnProtoRPC
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import NetworkDriver

/// A folder that is gone with the test, and short enough for the path of a socket.
final class Folder: Sendable {
    let path: String

    init() {
        path = "/tmp/rpc-\(UInt32.random(in: 0 ... .max))"
        mkdir(path, 0o700)
    }

    var socket: RPCAddress { .unix(path: "\(path)/s") }

    deinit {
        for name in ["s"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

/// How `Mesh` is served.
enum MeshForm: CaseIterable, Sendable {
    case handler
    case server

    func make(on loop: any Loop) -> Mesh.Client {
        switch self {
        case .handler: Mesh.Client(hosting: MeshHandler(), on: loop)
        case .server: Mesh.Client(serving: MeshServer(), on: loop)
        }
    }
}

@Suite("Swift to Swift")
struct SwiftToSwiftTests {
    @Test(
        "everything works over TCP and Unix sockets, with both forms of server",
        arguments: MeshForm.allCases, [true, false])
    func conversation(_ form: MeshForm, _ isUnix: Bool) async throws {
        let folder = Folder()
        let group = MultiThreadedEventLoopGroup.singleton
        let sessions = Sessions()
        let listener = try await RPCListener.listen(
            at: isUnix ? folder.socket : .tcp(host: "127.0.0.1", port: 0), on: group.next()
        ) { arrival in
            sessions.append(arrival.session)
            return form.make(on: arrival.loop).capability
        }
        let connection = try await RPCConnection.connect(to: listener.address, on: group.next())
        try await Conversation(mesh: Mesh.Client(connection.bootstrap), loop: connection.loop).run()
        await sessions.expectNoLeaks(with: connection.session)
        await connection.close()
        await listener.close()
    }

    @Test("both sides may ask and answer: the listener calls the object of who connected")
    func bothWays() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let sessions = Sessions()
        let listener = try await RPCListener.listen(at: .tcp(host: "127.0.0.1", port: 0), on: group.next()) { arrival in
            sessions.append(arrival.session)
            return nil
        }
        let connection = try await RPCConnection.connect(to: listener.address, on: group.next()) { loop in
            Mesh.Client(hosting: MeshHandler(), on: loop).capability
        }
        let session = await sessions.first()
        try await Conversation(mesh: Mesh.Client(session.bootstrap), loop: session.loop).run()
        await connection.close()
        await listener.close()
    }

    @Test("a task that serves a call starts on the loop, without a hop, and comes back to it")
    func executor() async throws {
        let loop = LoopTaskExecutor(MultiThreadedEventLoopGroup.singleton.next())
        let places: [Bool] = await withCheckedContinuation { continuation in
            loop.eventLoop.execute {
                nonisolated(unsafe) var places: [Bool] = []
                _ = loop.start {
                    places.append(loop.isCurrent)
                    try? await Task.sleep(for: .milliseconds(1))
                    places.append(loop.isCurrent)
                    continuation.resume(returning: places)
                }
                places.append(places == [true])
            }
        }
        #expect(places == [true, true, true])
    }

    @Test("an open call fails as disconnected when the other side goes, and so does a later one")
    func disconnected() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let sessions = Sessions()
        let listener = try await RPCListener.listen(at: .tcp(host: "127.0.0.1", port: 0), on: group.next()) { arrival in
            sessions.append(arrival.session)
            return Mesh.Client(hosting: MeshHandler(), on: arrival.loop).capability
        }
        let connection = try await RPCConnection.connect(to: listener.address, on: group.next())
        let mesh = Mesh.Client(connection.bootstrap)
        let pending = mesh.sendNever()
        _ = try await mesh.cancelled()
        await sessions.first().close(.disconnected("over"))
        await #expect(throws: RPCException.self) { try await pending.response() }
        do {
            _ = try await mesh.cancelled()
        } catch {
            #expect(error.kind == .disconnected)
        }
        await connection.closed()
        await listener.close()
    }
}
