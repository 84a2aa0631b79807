import CapnProto
import CapnProtoRPC
import Foundation
import NIOCore
import NIOPosix
import NetworkDriver
import Primitives
import Testing

// The tutorial of Sources/CapnProtoRPC/Documentation.docc, as it stands there.

final class GreeterHandler: Greeter.Handler {
    func greet(_ call: ServerCall<Greeter.Greet.Params, Greeter.Greet.Results>) throws {
        let name = try call.params.name.string
        call.reply { $0.setGreeting("Hello, \(name)!") }
    }

    func remember(_ call: ServerCall<Greeter.Remember.Params, Greeter.Remember.Results>) throws {
        let name = try call.params.name.string
        let friend = Friend.Client(hosting: FriendHandler(name), on: call.loop)
        call.reply { $0.setFriend(friend, in: &$1) }
    }
}

final class FriendHandler: Friend.Handler {
    private let name: String
    init(_ name: String) { self.name = name }

    func greet(_ call: ServerCall<Friend.Greet.Params, Friend.Greet.Results>) {
        call.reply { $0.setGreeting("Hello again, \(name)!") }
    }
}

func serve(at address: RPCAddress, on eventLoop: any EventLoop) async throws -> RPCListener {
    try await RPCListener.listen(at: address, on: eventLoop) { arrival in
        Greeter.Client(hosting: GreeterHandler(), on: arrival.loop).capability
    }
}

func greet(at address: RPCAddress, on eventLoop: any EventLoop) async throws -> [String] {
    let connection = try await RPCConnection.connect(to: address, on: eventLoop)
    let greeter = Greeter.Client(connection.bootstrap)

    // A call, and its results in place.
    let response = try await greeter.greet { $0.setName("Ada") }
    let first = try response.results.greeting.string

    // A call on what another call will return: both go out together.
    let friend = greeter.sendRemember { $0.setName("Ada") }.friend
    let second = try await friend.sendGreet().response(within: .seconds(5))
    let again = try second.results.greeting.string

    await connection.close()
    return [first, again]
}

@Suite("The tutorial")
struct TutorialTests {
    @Test("the tutorial's client and server greet each other")
    func runs() async throws {
        let folder = Folder(), eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let listener = try await serve(at: folder.socket, on: eventLoop)
        #expect(try await greet(at: folder.socket, on: eventLoop) == ["Hello, Ada!", "Hello again, Ada!"])
        await listener.close()
    }

    @Test("the tutorial's code is this code, and its schema is the one that was generated from")
    func text() throws {
        let here = URL(filePath: #filePath)
        let root = here.deletingLastPathComponent().appending(path: "../..")
        let tutorial = try String(
            contentsOf: root.appending(path: "Sources/CapnProtoRPC/Documentation.docc/Tutorial.md"), encoding: .utf8)
        let code = try String(contentsOf: here, encoding: .utf8)
        let schema = try String(contentsOf: PeerProcess.folder.appending(path: "greeter.capnp"), encoding: .utf8)
        let blocks = tutorial.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        for block in blocks where block.hasPrefix("swift\n") { #expect(code.contains(block.dropFirst(6))) }
        for block in blocks where block.hasPrefix("capnp\n") { #expect(schema == block.dropFirst(6)) }
        #expect(blocks.count >= 4)
    }
}
