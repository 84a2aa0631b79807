import CapnProtoRPC
import NIOCore
import NIOPosix
import Primitives
import Testing

@testable import NetworkDriver

@Suite("Connections that come back")
struct ReconnectTests {
    @Test("a server goes and another one comes: the call under way fails, the next one finds it")
    func reconnects() async throws {
        let folder = Folder(), eventLoop = MultiThreadedEventLoopGroup.singleton.next(), sessions = Sessions()
        func listen() async throws -> RPCListener {
            try await RPCListener.listen(at: folder.socket, on: eventLoop) { arrival in
                sessions.append(arrival.session)
                return Mesh.Client(hosting: MeshHandler(), on: arrival.loop).capability
            }
        }
        let first = try await listen()
        let client = RPCConnection.reconnecting(
            to: folder.socket, on: eventLoop,
            backoff: Backoff(first: .milliseconds(5), most: .milliseconds(50), seed: 1))
        let mesh = Mesh.Client(client.capability)
        let underWay = mesh.sendNever()
        _ = try await mesh.cancelled()
        await first.close()
        for session in sessions.all { session.close(.disconnected("the server goes")) }
        do {
            _ = try await underWay.response()
            Issue.record("a call has results whose server has gone")
        } catch {
            #expect(error.kind == .disconnected)
        }
        let second = try await listen()
        var isBack = false
        await eventually {
            do {
                _ = try await mesh.cancelled()
                isBack = true
            } catch {
                isBack = false
            }
            return isBack
        }
        #expect(isBack && sessions.all.count == 2)
        client.close()
        await sessions.expectNoLeaks(with: sessions.all[0])
        await second.close()
    }

    @Test("a call that is not answered in time is cancelled, and its server hears of it")
    func deadline() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let listener = try await RPCListener.listen(at: .tcp(host: "127.0.0.1", port: 0), on: eventLoop) { arrival in
            Mesh.Client(hosting: MeshHandler(), on: arrival.loop).capability
        }
        let connection = try await RPCConnection.connect(to: listener.address, on: eventLoop)
        let mesh = Mesh.Client(connection.bootstrap)
        let never = mesh.sendNever()
        // Calls on one capability arrive in order: when this one was answered, the other has come.
        _ = try await mesh.cancelled()
        await #expect(throws: RPCException.overloaded("no answer within 20 ms")) {
            try await never.response(within: .milliseconds(20))
        }
        let cancelled = try await mesh.cancelled()
        #expect(cancelled.results.count == 1)
        let inTime = try await mesh.sendCancelled().response(within: .seconds(60))
        #expect(inTime.results.count == 1)
        await connection.close()
        await listener.close()
    }
}
