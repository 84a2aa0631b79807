import CapnProto
import CapnProtoRPC
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import NetworkDriver

@Suite("Listeners")
struct ListenerTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func listen(_ address: RPCAddress) async throws(RPCDriverError) -> RPCListener {
        try await RPCListener.listen(at: address, on: loop) { _ in nil }
    }

    @Test("a Unix socket is for its owner only, and gone when the listener is")
    func mode() async throws {
        let folder = Folder()
        let listener = try await listen(folder.socket)
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/s")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["s"])
        await listener.close()
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/s"))
    }

    @Test("the kernel says who is at the other end of a Unix socket")
    func credentials() async throws {
        let folder = Folder()
        let peers = Mutex<[RPCPeer]>([])
        let listener = try await RPCListener.listen(at: folder.socket, on: loop) { arrival in
            peers.withLock { $0.append(arrival.peer) }
            return Mesh.Client(hosting: MeshHandler(), on: arrival.loop).capability
        }
        let connection = try await RPCConnection.connect(to: folder.socket, on: loop)
        _ = try await Mesh.Client(connection.bootstrap).cancelled()
        let expected = RPCPeer.unix(userID: getuid(), groupID: getgid(), processID: getpid())
        #expect(peers.withLock { $0 } == [expected] && connection.peer == expected)
        #expect(connection.peer.userID == getuid())
        await connection.close()
        await listener.close()
    }

    @Test("a socket that a dead process left is replaced; a living one is not")
    func stale() async throws {
        let folder = Folder()
        let dead = try UnixSocket.bind("\(folder.path)/s")
        close(dead)
        let listener = try await listen(folder.socket)
        await #expect(throws: RPCDriverError(code: .addressInUse, address: folder.socket, detail: "")) {
            try await listen(folder.socket)
        }
        let connection = try await RPCConnection.connect(to: folder.socket, on: loop)
        await connection.close()
        await listener.close()
    }

    @Test("a file that is no socket is left alone, and a path that is too long is named")
    func notASocket() async throws {
        let folder = Folder()
        #expect(FileManager.default.createFile(atPath: "\(folder.path)/s", contents: Data("precious".utf8)))
        await #expect(throws: RPCDriverError(code: .notASocket, address: folder.socket, detail: "")) {
            try await listen(folder.socket)
        }
        #expect(FileManager.default.contents(atPath: "\(folder.path)/s") == Data("precious".utf8))
        let long = RPCAddress.unix(path: "/tmp/" + String(repeating: "x", count: 200))
        await #expect(throws: RPCDriverError(code: .pathTooLong, address: long, detail: "")) { try await listen(long) }
    }

    @Test("a listener takes so many connections, and another one when one has gone")
    func places() async throws {
        var configuration = RPCConfiguration()
        configuration.maxConnections = 1
        let listener = try await RPCListener.listen(
            at: .tcp(host: "127.0.0.1", port: 0), on: loop, configuration: configuration
        ) { Mesh.Client(hosting: MeshHandler(), on: $0.loop).capability }
        let first = try await RPCConnection.connect(to: listener.address, on: loop)
        _ = try await Mesh.Client(first.bootstrap).cancelled()
        let second = try await RPCConnection.connect(to: listener.address, on: loop)
        await #expect(throws: RPCException.self) { try await Mesh.Client(second.bootstrap).cancelled() }
        await first.close()
        var isServed = false
        await eventually {
            do {
                let third = try await RPCConnection.connect(to: listener.address, on: loop)
                _ = try await Mesh.Client(third.bootstrap).cancelled()
                await third.close()
                isServed = true
            } catch {
                isServed = false
            }
            return isServed
        }
        #expect(isServed)
        await listener.close()
    }

    @Test("a port that is taken is named, and port 0 becomes the port that the system chose")
    func ports() async throws {
        let listener = try await listen(.tcp(host: "127.0.0.1", port: 0))
        guard case .tcp(_, let port) = listener.address else { return }
        #expect(port > 0)
        await #expect(throws: RPCDriverError(code: .addressInUse, address: listener.address, detail: "")) {
            try await listen(listener.address)
        }
        await listener.close()
        do {
            let closed = RPCAddress.tcp(host: "127.0.0.1", port: try await Ports.free())
            _ = try await RPCConnection.connect(to: closed, on: loop)
            Issue.record("somebody answers on a closed port")
        } catch {
            #expect(error.code == .unreachable)
        }
    }
}
