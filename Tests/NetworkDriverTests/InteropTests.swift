import CapnProtoRPC
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import NetworkDriver

/// Other implementations of the protocol, in both roles: pycapnp 2.2.4 (on the C++ code of 1.4.0) and the system's
/// libcapnp.
@Suite("Other implementations", .serialized)
struct InteropTests {
    enum Peer: CaseIterable, Sendable {
        case python
        case cxx

        func serve(_ address: String) throws -> PeerProcess {
            switch self {
            case .python: try PeerProcess.python("server.py", address)
            case .cxx: try PeerProcess.cxx("serve", address)
            }
        }

        func check(_ address: String) throws -> PeerProcess {
            switch self {
            case .python: try PeerProcess.python("client.py", address)
            case .cxx: try PeerProcess.cxx("check", address)
            }
        }

        /// How many answers the client holds to what they must be.
        var checkCount: Int { self == .python ? 28 : 29 }
        /// pycapnp sends every exception of a server as `failed`.
        var sendsKinds: Bool { self == .cxx }
    }

    /// Waits on a thread of its own: the tests' pool is small.
    private func offThePool<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: body()) }.start()
        }
    }

    @Test("our client speaks to their server", arguments: Peer.allCases, [true, false])
    func ourClient(_ peer: Peer, _ isUnix: Bool) async throws {
        let folder = Folder()
        let address = isUnix ? folder.socket : .tcp(host: "127.0.0.1", port: try await Ports.free())
        let process = try peer.serve("\(address)")
        defer { process.stop() }
        let line = await offThePool { process.line() }
        #expect(line == "listening \(address)")
        let connection = try await RPCConnection.connect(
            to: address, on: MultiThreadedEventLoopGroup.singleton.next())
        try await Conversation(
            mesh: Mesh.Client(connection.bootstrap), loop: connection.loop, sendsKinds: peer.sendsKinds
        ).run()
        await Sessions().expectNoLeaks(with: connection.session)
        await connection.close()
    }

    @Test("their client speaks to our server", arguments: Peer.allCases, [true, false])
    func theirClient(_ peer: Peer, _ isUnix: Bool) async throws {
        let folder = Folder()
        let sessions = Sessions()
        for form in MeshForm.allCases {
            let listener = try await RPCListener.listen(
                at: isUnix ? folder.socket : .tcp(host: "127.0.0.1", port: 0),
                on: MultiThreadedEventLoopGroup.singleton.next()
            ) { arrival in
                sessions.append(arrival.session)
                return form.make(on: arrival.loop).capability
            }
            let process = try peer.check("\(listener.address)")
            defer { process.stop() }
            let (line, status) = await offThePool { (process.line(), process.end()) }
            #expect(line == "checks \(peer.checkCount)" && status == 0)
            await listener.close()
        }
        for session in sessions.all {
            // Nothing but the end of the transport ended it, and that left nothing.
            await eventually { await session.reason() != nil }
            #expect(await session.reason() == .disconnected("the peer closed the connection"))
            #expect(await session.counts() == .empty)
        }
    }

    @Test("zap-peer serves their clients", arguments: Peer.allCases, [true, false])
    func zapPeerServes(_ peer: Peer, _ isUnix: Bool) async throws {
        let folder = Folder()
        let asked = isUnix ? folder.socket : .tcp(host: "127.0.0.1", port: 0)
        let server = try PeerProcess.zapPeer("serve", "\(asked)")
        defer { server.stop() }
        let line = await offThePool { server.line() } ?? ""
        #expect(line.hasPrefix("listening ") && (!isUnix || line == "listening \(asked)"))
        let client = try peer.check(String(line.dropFirst("listening ".count)))
        defer { client.stop() }
        let (checks, status) = await offThePool { (client.line(), client.end()) }
        #expect(checks == "checks \(peer.checkCount)" && status == 0)
    }

    @Test("zap-peer measures their servers, and its own, in the words of the C++ peer")
    func zapPeerMeasures() async throws {
        let folder = Folder()
        for serve in [{ try PeerProcess.cxx("serve", $0) }, { try PeerProcess.zapPeer("serve", $0) }] {
            let server = try serve("\(folder.socket)")
            defer { server.stop() }
            _ = await offThePool { server.line() }
            let bench = try PeerProcess.zapPeer("bench", "\(folder.socket)", "100")
            let (names, status) = await offThePool { (bench.names(), bench.end()) }
            #expect(status == 0)
            let json = try PeerProcess.zapPeer("bench", "\(folder.socket)", "100", "--json")
            let (members, jsonStatus) = await offThePool { (json.members(), json.end()) }
            #expect(jsonStatus == 0 && members == Set(names) && names == [
                "seq call", "window 16", "window 64", "window 256", "pipelined 3-call chain", "stream 4096B chunks",
                "stream 65536B chunks", "echo AgentMessage",
            ])
            server.stop()
            unlink(folder.path + "/s")
        }
    }
}
